//! Each swap of a plan, carried out: the meal with it must be a meal, and the day with it must keep its limits.

use crate::nutrition::diet::may_share_a_meal;
use crate::nutrition::food::{Food, by_name};
use crate::nutrition::target::Need;
use crate::nutrition::{Amounts, NutritionPlan, Order, Swap, swap};
use crate::violation::Violation;

pub(super) fn check(plan: &NutritionPlan, order: &Order, need: &Need, found: &mut Vec<Violation>) {
    for (i, one) in plan.swaps.iter().enumerate() {
        if let Err((rule, detail)) = carried_out(one, plan, order, need) {
            found.push(Violation::new(rule, format!("swaps[{i}]: {detail}")));
        }
    }
}

fn carried_out(
    one: &Swap,
    plan: &NutritionPlan,
    order: &Order,
    need: &Need,
) -> Result<(), (&'static str, &'static str)> {
    let found = plan.meals.iter().enumerate().find(|(_, meal)| meal.name == one.meal);
    let Some((at, meal)) = found.filter(|(_, meal)| meal.foods.iter().any(|p| p.food == one.food)) else {
        return Err(("swap", "for a food that is not there"));
    };
    if one
        .beside
        .iter()
        .any(|other| other.food == one.food || meal.foods.iter().all(|portion| portion.food != other.food))
    {
        return Err(("swap", "changes a food that is not beside it"));
    }
    let Some(instead) = by_name(&one.instead) else { return Ok(()) };
    let mut foods: Vec<(&Food, f64)> = vec![(instead, one.grams)];
    for portion in meal.foods.iter().filter(|portion| portion.food != one.food) {
        let changed = one.beside.iter().find(|other| other.food == portion.food);
        if let Some(food) = by_name(&portion.food) {
            foods.push((food, changed.map_or(portion.grams, |other| other.grams)));
        }
    }
    if by_name(&one.food).is_some_and(|food| food.role != instead.role) {
        return Err(("swap", "not of the same role"));
    }
    for (food, _) in &foods[1..] {
        if food.name == instead.name {
            return Err(("swap", "the same food twice"));
        }
        if !may_share_a_meal(order.diet, instead, food) {
            return Err(("diet", "may not share this meal"));
        }
    }
    let meal: Amounts = foods.iter().map(|(food, grams)| food.per_100.of_grams(*grams)).sum();
    let mut day = swap::beside(&plan.meals, at);
    day += meal;
    if need.targets.limits.iter().any(|limit| !limit.holds(&day))
        || super::off_its_share(&meal, need, order, at)
    {
        return Err(("swap", "the day would leave its limits"));
    }
    Ok(())
}
