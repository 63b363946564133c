//! Nutrition: days of meals with grams that meet a person's needs and keep every limit, safely.
//!
//! Allergies are excluded before anything else is decided, and again from every swap. What cannot be met safely is
//! refused with the reason, never approximated. When a meal is eaten is the routine's business.

use domain::profile::Diet;

use crate::evidence::Evidence;
use crate::memory::Told;

mod allergy;
mod answer;
mod change;
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
mod told;
mod validate;
mod week;
mod wishes;

pub use answer::{
    FoodAmount, Meal, Micronutrient, Nutrients, NutritionPlan, NutritionRefusal, Portion, RefusalReason,
    ShoppingItem, Swap,
};
pub use change::{SwapChoice, SwapError, swap as swap_food};
pub use nutrient::{Amounts, Nutrient};
pub use reference::Limit;
pub use shopping::Aisle;
pub use target::{EnergyBasis, Targets};
pub use validate::{validate, validate_changed, validate_continued, validate_week};
pub use week::{LEAST_FISH, MOST_OFTEN, MOST_RED_MEAT, NutritionWeek, Variety, continue_week, plan_week};
pub use wishes::NutritionWishes;

use allergy::Exclusions;
pub(crate) use allergy::named_foods;
use food::Food;

/// Of the planner: a stored answer of another version is made anew. Raise it when the same evidence gives another answer.
pub const VERSION: u32 = 2;

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

/// Profile, wishes and what the person told as one, decided the same way for planner and validator.
#[derive(Clone, Debug)]
struct Order {
    diet: Diet,
    /// What every food must fit as well.
    also: Vec<Diet>,
    meals: u32,
    allergies: Vec<String>,
    exclusions: Exclusions,
    /// Lower-case words of foods left out where possible.
    dislikes: Vec<String>,
    /// Every food the person may get.
    allowed: Vec<&'static Food>,
    told: Told,
    /// The request wished for a diet.
    wished: bool,
}

impl Order {
    fn new(evidence: &Evidence, wishes: &NutritionWishes) -> Self {
        let profile = &evidence.profile;
        let mut allergies: Vec<String> = Vec::new();
        let told = Told::of(&evidence.memories);
        let told_allergies = told.allergies.iter().map(|fact| &fact.what);
        for word in profile.allergies.iter().chain(&wishes.allergies).chain(told_allergies) {
            let word = word.trim();
            if !word.is_empty() && !allergies.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                allergies.push(word.to_owned());
            }
        }
        let told_dislikes = told.dislikes.iter().map(|fact| &fact.what);
        let dislikes = profile.dislikes.iter().chain(told_dislikes);
        let (diet, also) = told::diets(wishes.diet, profile.diet, &told);
        let order = Self {
            diet,
            also,
            wished: wishes.diet.is_some(),
            allowed: Vec::new(),
            meals: wishes.meals_per_day.unwrap_or(evidence.settings.meals_per_day).clamp(3, 5),
            exclusions: Exclusions::from_words(allergies.iter().map(String::as_str)),
            dislikes: dislikes.filter_map(|word| allergy::disliked(word)).collect(),
            allergies,
            told,
        };
        order.with_diet(diet)
    }

    fn with_diet(self, diet: Diet) -> Self {
        let allowed = menu::allowed(diet, |food| self.exclusions.forbids(food) || !self.also_fits(food));
        Self { diet, allowed, ..self }
    }

    /// Whether a food belongs to the diets beside the first.
    fn also_fits(&self, food: &Food) -> bool {
        self.also.iter().all(|diet| diet::fits(food, *diet))
    }

    fn dislikes(&self, food: &Food) -> bool {
        allergy::dislikes(&self.dislikes, food)
    }
}
