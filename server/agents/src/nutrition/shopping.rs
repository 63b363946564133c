//! What to buy for a day or a week: raw weights, rounded up to what a shop weighs, sorted as a shop is.

use serde::{Deserialize, Serialize};

use super::food::{Food, Origin, Role, by_name};
use super::{Meal, ShoppingItem};

/// Where in a shop.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Aisle {
    Vegetables,
    Fruit,
    MeatAndPoultry,
    Fish,
    DairyAndEggs,
    PulsesAndSoy,
    BreadAndGrains,
    NutsSeedsAndOils,
}

impl Aisle {
    fn of(food: &Food) -> Self {
        match (food.origin, food.role) {
            (Origin::Dairy, _) => Self::DairyAndEggs,
            (Origin::Fish | Origin::Shellfish, _) => Self::Fish,
            (Origin::Poultry | Origin::Beef | Origin::Lamb | Origin::Pork, _) => Self::MeatAndPoultry,
            // Egg noodles stand with the pasta.
            (_, Role::Starch) => Self::BreadAndGrains,
            (Origin::Egg, _) => Self::DairyAndEggs,
            (_, Role::Protein) => Self::PulsesAndSoy,
            (_, Role::Vegetable) => Self::Vegetables,
            (_, Role::Fruit) => Self::Fruit,
            (_, Role::Fat) => Self::NutsSeedsAndOils,
        }
    }
}

/// Every food of the meals once, by aisle and name.
pub(super) fn list<'a>(meals: impl IntoIterator<Item = &'a Meal>) -> Vec<ShoppingItem> {
    let mut items: Vec<ShoppingItem> = Vec::new();
    for portion in meals.into_iter().flat_map(|meal| &meal.foods) {
        let Some(food) = by_name(&portion.food) else { continue };
        match items.iter_mut().find(|item| item.food == portion.food) {
            Some(item) => item.grams += portion.grams,
            None => items.push(ShoppingItem {
                aisle: Aisle::of(food),
                food: portion.food.clone(),
                role: food.role,
                grams: portion.grams,
                buy_grams: 0.0,
                pieces: None,
            }),
        }
    }
    for item in &mut items {
        if let Some(food) = by_name(&item.food) {
            item.buy_grams = weighed(item.grams * food.buy);
            item.pieces = food.piece_g.map(|piece| (item.grams / piece).ceil() as u32);
        }
    }
    items.sort_by(|a, b| (a.aisle, &a.food).cmp(&(b.aisle, &b.food)));
    items
}

/// Upwards to 10 g, above 100 g to 50 g, above 500 g to 100 g.
fn weighed(grams: f64) -> f64 {
    let step = match grams {
        500.0.. => 100.0,
        100.0.. => 50.0,
        _ => 10.0,
    };
    (grams / step - 1e-9).ceil() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_weigh_in_steps() {
        let cases =
            [(3.0, 10.0), (95.0, 100.0), (101.0, 150.0), (500.0, 500.0), (501.0, 600.0), (70.0, 70.0)];
        for (needed, bought) in cases {
            assert_eq!(weighed(needed), bought, "{needed}");
        }
    }

    #[test]
    fn things_stand_where_one_looks_for_them() {
        let aisle = |name| Aisle::of(by_name(name).unwrap());
        assert_eq!(aisle("Egg noodles"), Aisle::BreadAndGrains);
        assert_eq!(aisle("Eggs"), Aisle::DairyAndEggs);
        assert_eq!(aisle("Butter"), Aisle::DairyAndEggs);
        assert_eq!(aisle("Lentils"), Aisle::PulsesAndSoy);
        assert_eq!(aisle("Mussels"), Aisle::Fish);
    }
}
