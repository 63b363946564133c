//! Nutrition over any person: safe, within bounds, and honest when it cannot be.

mod bounds;
mod change;
mod days;
mod random;
mod safety;
mod week;

use agents::evidence::Evidence;
use agents::nutrition::{NutritionPlan, NutritionWishes, validate};
use domain::profile::Diet;

const DIETS: [Diet; 9] = [
    Diet::Omnivore,
    Diet::Vegetarian,
    Diet::Vegan,
    Diet::Pescatarian,
    Diet::Halal,
    Diet::Kosher,
    Diet::GlutenFree,
    Diet::LactoseFree,
    Diet::LowFodmap,
];

/// The rules that a plan breaks.
fn rules(plan: &NutritionPlan, evidence: &Evidence, wishes: &NutritionWishes) -> Vec<&'static str> {
    validate(plan, evidence, wishes).into_iter().map(|violation| violation.rule).collect()
}

fn diet(diet: Diet) -> NutritionWishes {
    NutritionWishes { diet: Some(diet), ..NutritionWishes::default() }
}
