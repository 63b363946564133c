//! The foods that plans are made of: one table, read once, the only place for figures about food.
//!
//! Figures are per 100 g as eaten, after USDA `FoodData` Central (SR Legacy; "Branded" where it says so); `source` is the
//! description there. Tempeh's fibre is not in that source and counts as none.
//! Oats count as gluten (contamination) and packaged wheat bread as soy: rather one food less than one too many.
//! FODMAP flags follow the common low-FODMAP lists and are strict: a food that is low only in small amounts is high.

use std::sync::LazyLock;

use domain::profile::Diet;
use serde::{Deserialize, Serialize};

const TABLE: &str = include_str!("foods.csv");

/// One food. Amounts per 100 g as eaten.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Food {
    pub name: String,
    pub role: Role,
    /// How usual it is: 1 on most tables, 2 often, 3 seldom, 4 only when nothing else reaches the target.
    pub(crate) rank: u8,
    pub kcal: f64,
    pub protein: f64,
    pub fat: f64,
    pub carbohydrate: f64,
    pub fibre: f64,
    /// Words of the EU list of 14, separated by spaces: `gluten soy`.
    allergens: String,
    pub origin: Origin,
    lactose: YesNo,
    fodmap: Level,
    /// A sensible portion for one person and one meal, grams.
    pub min_g: f64,
    pub max_g: f64,
    /// Where it fits: b breakfast bowl, p breakfast plate, m main meal, s snack.
    fits: String,
    /// Grams to buy per gram eaten (peel, bones, water of cooking).
    pub buy: f64,
    /// Its description in `FoodData` Central.
    pub source: String,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schema(as = FoodRole)]
pub enum Role {
    Protein,
    Starch,
    Vegetable,
    Fruit,
    Fat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Plant,
    Egg,
    Dairy,
    Fish,
    Shellfish,
    Poultry,
    Beef,
    Lamb,
    Pork,
}

/// What a meal is like, and so which foods go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Bowl,
    Plate,
    Main,
    Snack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Low,
    High,
}

/// The whole table, in its own order.
pub fn table() -> &'static [Food] {
    static FOODS: LazyLock<Vec<Food>> = LazyLock::new(|| {
        csv::Reader::from_reader(TABLE.as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("foods.csv is part of the program and tested")
    });
    &FOODS
}

/// By its exact name.
pub fn by_name(name: &str) -> Option<&'static Food> {
    table().iter().find(|food| food.name == name)
}

impl Food {
    pub fn allergens(&self) -> impl Iterator<Item = &str> {
        self.allergens.split_whitespace()
    }

    pub(crate) fn suits(&self, style: Style) -> bool {
        self.fits.contains(match style {
            Style::Bowl => 'b',
            Style::Plate => 'p',
            Style::Main => 'm',
            Style::Snack => 's',
        })
    }

    pub fn is_meat(&self) -> bool {
        matches!(self.origin, Origin::Poultry | Origin::Beef | Origin::Lamb | Origin::Pork)
    }

    /// Whether the food itself belongs to a diet. What may stand together in one meal is [`may_share_a_meal`].
    pub fn fits_diet(&self, diet: Diet) -> bool {
        match diet {
            Diet::Omnivore => true,
            Diet::Vegetarian => matches!(self.origin, Origin::Plant | Origin::Egg | Origin::Dairy),
            Diet::Vegan => self.origin == Origin::Plant,
            Diet::Pescatarian => !self.is_meat(),
            Diet::Halal => self.origin != Origin::Pork,
            Diet::Kosher => !matches!(self.origin, Origin::Pork | Origin::Shellfish),
            Diet::GlutenFree => self.allergens().all(|allergen| allergen != "gluten"),
            Diet::LactoseFree => self.lactose == YesNo::No,
            Diet::LowFodmap => self.fodmap == Level::Low,
        }
    }

    /// Grams that one step of a plan moves by: small for oils, nuts and powders.
    pub fn step_g(&self) -> f64 {
        if self.max_g <= 60.0 { 1.0 } else { 5.0 }
    }
}

/// Kosher: meat and milk never in one meal. Every other diet judges each food alone.
pub fn may_share_a_meal(diet: Diet, one: &Food, other: &Food) -> bool {
    diet != Diet::Kosher
        || !(one.is_meat() && other.origin == Origin::Dairy || one.origin == Origin::Dairy && other.is_meat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_agrees_with_the_nutrients() {
        assert!(table().len() >= 60);
        for food in table() {
            // Atwater: fibre is part of carbohydrate in the source and yields about 2 kcal/g.
            let digestible = (food.carbohydrate - food.fibre).max(0.0);
            let atwater = 4.0 * food.protein + 9.0 * food.fat + 4.0 * digestible + 2.0 * food.fibre;
            let off = (food.kcal - atwater).abs();
            assert!(
                off <= 0.16 * food.kcal + 6.0,
                "{}: {} kcal, by Atwater {atwater:.0}",
                food.name,
                food.kcal
            );
            assert!(food.min_g < food.max_g && food.buy > 0.0 && !food.fits.is_empty(), "{}", food.name);
        }
    }

    #[test]
    fn names_are_unique_and_animal_foods_carry_their_allergen() {
        for (i, food) in table().iter().enumerate() {
            assert!(table()[..i].iter().all(|other| other.name != food.name), "{} twice", food.name);
            let must = match food.origin {
                Origin::Dairy => "milk",
                Origin::Egg => "egg",
                Origin::Fish => "fish",
                Origin::Shellfish => continue,
                _ => continue,
            };
            assert!(food.allergens().any(|a| a == must), "{} lacks {must}", food.name);
        }
    }

    #[test]
    fn every_diet_has_foods_for_every_role_of_a_main_meal() {
        let diets =
            [Diet::Vegan, Diet::Vegetarian, Diet::Halal, Diet::Kosher, Diet::GlutenFree, Diet::LowFodmap];
        for diet in diets {
            for role in [Role::Protein, Role::Starch, Role::Vegetable, Role::Fat] {
                let fits = |f: &&Food| f.role == role && f.suits(Style::Main) && f.fits_diet(diet);
                assert!(table().iter().filter(fits).count() >= 3, "{diet:?} {role:?}");
            }
        }
    }
}
