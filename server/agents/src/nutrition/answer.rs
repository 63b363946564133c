//! A day of food as people and apps get it, or the refusal.

use domain::profile::{Diet, Goal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::food::{Food, Role};
use super::target::Targets;

/// One day of food.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NutritionPlan {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub diet: Diet,
    pub goal: Option<Goal>,
    pub targets: Targets,
    /// Of all meals together.
    pub totals: Nutrients,
    /// 3–5.
    pub meals: Vec<Meal>,
    /// One alternative for every main food (protein and starch) of every meal that has one.
    pub swaps: Vec<Swap>,
    pub shopping: Vec<ShoppingItem>,
    /// The words that foods were left out for: the profile's and the caller's.
    pub allergies: Vec<String>,
    /// Words among them that no allergen and no food of ours is known by. Foods with the word in their name are left
    /// out, but nobody should rely on that: an app must show these.
    pub unmatched_allergies: Vec<String>,
    /// What was not known and assumed, in sentences.
    pub assumptions: Vec<String>,
    /// What the person should read, such as when to see a professional.
    pub notes: Vec<String>,
}

/// Amounts of energy and nutrients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Nutrients {
    pub energy_kcal: f64,
    pub protein_g: f64,
    pub fat_g: f64,
    pub carbohydrate_g: f64,
    pub fibre_g: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Meal {
    /// `Breakfast`, `Morning snack`, `Lunch`, `Afternoon snack` or `Dinner`.
    pub name: String,
    /// What it is: `Oats with kefir, blueberries and walnuts`.
    pub title: String,
    pub foods: Vec<Portion>,
    pub totals: Nutrients,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FoodPortion)]
pub struct Portion {
    /// A name of the food table.
    pub food: String,
    pub role: Role,
    /// As eaten (cooked, peeled).
    pub grams: f64,
    /// Of these grams.
    pub nutrients: Nutrients,
    /// Where the figures come from: the description in USDA `FoodData` Central.
    pub source: String,
}

/// Instead of `food` in `meal`, eat `grams` of `instead`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FoodSwap)]
pub struct Swap {
    pub meal: String,
    pub food: String,
    pub instead: String,
    pub grams: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShoppingItem {
    pub food: String,
    pub role: Role,
    /// As eaten, over all meals.
    pub grams: f64,
    /// To buy: raw and unpeeled.
    pub buy_grams: f64,
}

/// No plan, because none would be safe or honest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct NutritionRefusal {
    pub reason: RefusalReason,
    /// One sentence for the person, without health values.
    pub detail: String,
    pub unmatched_allergies: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalReason {
    /// Diet and allergies leave too few foods for meals.
    TooFewFoods,
    /// Foods are left, but energy or protein cannot be met with sensible portions.
    TargetsOutOfReach,
    /// The body needs a professional's plan, not ours.
    NeedsProfessional,
}

impl Nutrients {
    /// Of `grams` of a food, to a tenth.
    pub fn of(food: &Food, grams: f64) -> Self {
        let part = grams / 100.0;
        Self {
            energy_kcal: food.kcal * part,
            protein_g: food.protein * part,
            fat_g: food.fat * part,
            carbohydrate_g: food.carbohydrate * part,
            fibre_g: food.fibre * part,
        }
        .rounded()
    }

    /// To a tenth, so that sums read like sums.
    #[must_use]
    pub fn rounded(self) -> Self {
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        Self {
            energy_kcal: tenth(self.energy_kcal),
            protein_g: tenth(self.protein_g),
            fat_g: tenth(self.fat_g),
            carbohydrate_g: tenth(self.carbohydrate_g),
            fibre_g: tenth(self.fibre_g),
        }
    }

    /// In one order, for comparisons.
    pub fn values(&self) -> [f64; 5] {
        [self.energy_kcal, self.protein_g, self.fat_g, self.carbohydrate_g, self.fibre_g]
    }
}

impl std::iter::Sum for Nutrients {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |a, b| Self {
            energy_kcal: a.energy_kcal + b.energy_kcal,
            protein_g: a.protein_g + b.protein_g,
            fat_g: a.fat_g + b.fat_g,
            carbohydrate_g: a.carbohydrate_g + b.carbohydrate_g,
            fibre_g: a.fibre_g + b.fibre_g,
        })
    }
}
