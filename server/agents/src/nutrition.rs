//! Nutrition: days of meals with grams that meet a person's needs and keep every limit, safely.
//!
//! Allergies are excluded before anything else is decided, and again from every swap. What cannot be met safely is
//! refused with the reason, never approximated. When a meal is eaten is the routine's business.

use domain::profile::Diet;

use crate::evidence::Evidence;

mod allergy;
mod answer;
mod day;
pub mod diet;
pub mod food;
mod menu;
mod nutrient;
mod portion;
mod reference;
mod refusal;
mod rota;
mod shopping;
mod swap;
mod target;
mod validate;
mod week;
mod wishes;

pub use answer::{
    FoodAmount, Meal, Micronutrient, Nutrients, NutritionPlan, NutritionRefusal, Portion, RefusalReason,
    ShoppingItem, Swap,
};
pub use nutrient::{Amounts, Nutrient};
pub use reference::Limit;
pub use shopping::Aisle;
pub use target::{EnergyBasis, Targets};
pub use validate::{validate, validate_week};
pub use week::{LEAST_FISH, MOST_OFTEN, MOST_RED_MEAT, NutritionWeek, Variety, plan_week};
pub use wishes::NutritionWishes;

use allergy::Exclusions;
use food::Food;

/// How far a day's energy may be from its target, as a share of it.
pub const ENERGY_TOLERANCE: f64 = 0.07;
/// The least share of the protein target that a day must reach.
pub const PROTEIN_SHARE: f64 = 0.90;

/// The plan of the evidence's day. The same evidence and wishes give the same plan, and it is the first day of
/// [`plan_week`].
pub fn plan(evidence: &Evidence, wishes: &NutritionWishes) -> Result<NutritionPlan, NutritionRefusal> {
    let (order, need) = ready(evidence, wishes)?;
    day::plan(evidence, &order, &need, evidence.today)
}

/// What a plan is made from, unless the body needs a professional's.
fn ready(evidence: &Evidence, wishes: &NutritionWishes) -> Result<(Order, target::Need), NutritionRefusal> {
    let order = Order::new(evidence, wishes);
    let need = target::need(evidence);
    if need.needs_professional(&evidence.profile) {
        return Err(refusal::professional(&order));
    }
    Ok((order, need))
}

/// Profile and wishes as one, decided the same way for planner and validator.
#[derive(Clone, Debug)]
struct Order {
    diet: Diet,
    meals: u32,
    allergies: Vec<String>,
    exclusions: Exclusions,
    /// Lower-case words of foods left out where possible.
    dislikes: Vec<String>,
    /// Every food the person may get.
    allowed: Vec<&'static Food>,
}

impl Order {
    fn new(evidence: &Evidence, wishes: &NutritionWishes) -> Self {
        let profile = &evidence.profile;
        let mut allergies: Vec<String> = Vec::new();
        for word in profile.allergies.iter().chain(&wishes.allergies) {
            let word = word.trim();
            if !word.is_empty() && !allergies.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                allergies.push(word.to_owned());
            }
        }
        let order = Self {
            diet: Diet::Omnivore,
            allowed: Vec::new(),
            meals: wishes.meals_per_day.unwrap_or(evidence.settings.meals_per_day).clamp(3, 5),
            exclusions: Exclusions::from_words(allergies.iter().map(String::as_str)),
            dislikes: profile.dislikes.iter().filter_map(|word| allergy::disliked(word)).collect(),
            allergies,
        };
        order.with_diet(wishes.diet.or(profile.diet).unwrap_or(Diet::Omnivore))
    }

    fn with_diet(self, diet: Diet) -> Self {
        let allowed = menu::allowed(diet, |food| self.exclusions.forbids(food));
        Self { diet, allowed, ..self }
    }

    fn dislikes(&self, food: &Food) -> bool {
        allergy::dislikes(&self.dislikes, food)
    }
}
