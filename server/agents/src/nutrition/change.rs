//! What a person may change of a day of food by themselves: one of its swaps, carried out.
//!
//! The plan's own targets stay its frame for the day, whatever was weighed or walked since. What comes of a swap has swaps of its own.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::food::by_name;
use super::target::{self, Need};
use super::{
    Micronutrient, Nutrients, NutritionPlan, NutritionWishes, Order, Swap, day, shopping, swap as offers,
};
use crate::evidence::Evidence;

/// Which swap of a meal. What is absent may be any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SwapChoice {
    /// The food that goes, as the plan names it.
    pub food: Option<String>,
    /// The food that comes, as one of the plan's `swaps` names it.
    pub instead: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SwapError {
    #[error("this plan has no meal of this name: nothing was changed; take the name from the plan")]
    NoSuchMeal,
    #[error("no other food keeps this day within its limits: nothing was changed")]
    NoSwap,
    #[error("this food is not swapped in this meal: nothing was changed; take one of the plan's `swaps`")]
    NoSuchFood,
    #[error("this food is not offered here: nothing was changed; take one of the plan's `swaps`")]
    NotOffered,
}

/// The plan with one of its swaps carried out: the first of the meal that fits the choice. Figures, swaps and shopping follow.
///
/// # Errors
/// When there is no such meal, or it offers no such swap.
pub fn swap(
    plan: &NutritionPlan,
    meal: &str,
    choice: &SwapChoice,
    evidence: &Evidence,
    wishes: &NutritionWishes,
) -> Result<NutritionPlan, SwapError> {
    let at = plan.meals.iter().position(|one| one.name == meal).ok_or(SwapError::NoSuchMeal)?;
    let of_meal: Vec<&Swap> = plan.swaps.iter().filter(|swap| swap.meal == meal).collect();
    if of_meal.is_empty() {
        return Err(SwapError::NoSwap);
    }
    let wanted = |wish: &Option<String>, name: &str| wish.as_ref().is_none_or(|wish| wish == name);
    let of_food: Vec<&&Swap> = of_meal.iter().filter(|swap| wanted(&choice.food, &swap.food)).collect();
    if of_food.is_empty() {
        return Err(SwapError::NoSuchFood);
    }
    let found = of_food.into_iter().find(|swap| wanted(&choice.instead, &swap.instead));
    let chosen = found.ok_or(SwapError::NotOffered)?;

    let mut changed = plan.clone();
    let mut portions = Vec::new();
    for portion in &plan.meals[at].foods {
        let beside = chosen.beside.iter().find(|other| other.food == portion.food);
        let (name, grams) = match beside {
            _ if portion.food == chosen.food => (&chosen.instead, chosen.grams),
            Some(other) => (&portion.food, other.grams),
            None => (&portion.food, portion.grams),
        };
        portions.push((by_name(name).ok_or(SwapError::NotOffered)?, grams));
    }
    changed.meals[at] = day::of_portions(meal, &portions);
    let (order, need) = frame(plan, evidence, wishes);
    let amounts = day::amounts(&changed.meals);
    changed.totals = Nutrients::of(&amounts);
    changed.micronutrients = Micronutrient::of(&amounts, &need.goals);
    changed.swaps = offers::swaps(&changed.meals, &order, &need);
    changed.shopping = shopping::list(&changed.meals);
    Ok(changed)
}

/// Whom a given plan is for, and what it is to hold: as it says itself. Exclusions, diet and body are the evidence's.
pub(super) fn frame(given: &NutritionPlan, evidence: &Evidence, wishes: &NutritionWishes) -> (Order, Need) {
    let mut order = Order::new(evidence, wishes);
    order.meals = u32::try_from(given.meals.len()).unwrap_or(order.meals).clamp(3, 5);
    let goals = given.micronutrients.iter().map(|micro| (micro.nutrient, micro.goal));
    let need = Need {
        targets: given.targets.clone(),
        goals: goals.collect(),
        assumptions: given.assumptions.clone(),
        // Said when it was given; no change takes a note away.
        notes: Vec::new(),
        ..target::need(evidence)
    };
    (order, need)
}
