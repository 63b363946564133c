//! Which foods belong to a diet, which may stand together in one meal, and what the person must know about it.

use domain::profile::Diet;

use super::food::{Food, Level, Origin, YesNo};

/// Whether the food itself belongs to a diet. What may stand together in one meal is [`may_share_a_meal`].
pub fn fits(food: &Food, diet: Diet) -> bool {
    match diet {
        Diet::Omnivore => true,
        Diet::Vegetarian => matches!(food.origin, Origin::Plant | Origin::Egg | Origin::Dairy),
        Diet::Vegan => food.origin == Origin::Plant,
        Diet::Pescatarian => !food.is_meat(),
        Diet::Halal => food.origin != Origin::Pork,
        Diet::Kosher => !matches!(food.origin, Origin::Pork | Origin::Shellfish),
        Diet::GlutenFree => food.allergens().all(|allergen| allergen != "gluten"),
        Diet::LactoseFree => food.lactose == YesNo::No,
        Diet::LowFodmap => food.fodmap == Level::Low,
    }
}

/// Kosher: meat and milk never in one meal. Every other diet judges each food alone.
pub fn may_share_a_meal(diet: Diet, one: &Food, other: &Food) -> bool {
    diet != Diet::Kosher
        || !(one.is_meat() && other.origin == Origin::Dairy || one.origin == Origin::Dairy && other.is_meat())
}

/// What the table cannot see, said to the person.
pub(super) fn note(diet: Diet) -> Option<&'static str> {
    match diet {
        Diet::Halal => {
            Some("Buy meat and poultry that is certified halal, and cheese without animal rennet.")
        }
        Diet::Kosher => Some("Buy meat and cheese that are certified kosher."),
        Diet::Vegetarian => Some("Choose cheese made without animal rennet."),
        Diet::Vegan => Some(
            "A vegan diet needs vitamin B12 from a supplement or fortified food, and iodine from iodised salt or a supplement.",
        ),
        Diet::LowFodmap => {
            Some("Low-FODMAP eating is for 2 to 6 weeks, with a dietitian to bring foods back.")
        }
        _ => None,
    }
}
