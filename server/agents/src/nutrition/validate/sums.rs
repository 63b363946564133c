//! Figures of a plan against the food table: portions, meals, the day, its vitamins and minerals, what to buy.

use crate::nutrition::food::by_name;
use crate::nutrition::target::Need;
use crate::nutrition::{Micronutrient, Nutrients, NutritionPlan, day, shopping};
use crate::violation::Violation;

pub(super) fn check(plan: &NutritionPlan, need: &Need, found: &mut Vec<Violation>) {
    let close = |a: &Nutrients, b: &Nutrients| {
        a.values().iter().zip(b.values()).all(|(a, b)| (a - b).abs() <= 0.05 + 1e-6 && a.is_finite())
    };
    for (m, meal) in plan.meals.iter().enumerate() {
        for (f, portion) in meal.foods.iter().enumerate() {
            let right = by_name(&portion.food).is_none_or(|food| {
                close(&portion.nutrients, &Nutrients::of(&food.per_100.of_grams(portion.grams)))
                    && portion.role == food.role
                    && portion.source == food.source
            });
            if !right {
                found.push(Violation::new("sum", format!("meals[{m}].foods[{f}]: not what the table gives")));
            }
        }
        if !close(&meal.totals, &Nutrients::of(&day::amounts([meal]))) {
            found.push(Violation::new("sum", format!("meals[{m}].totals: not the sum of its foods")));
        }
    }
    let amounts = day::amounts(&plan.meals);
    if !close(&plan.totals, &Nutrients::of(&amounts)) {
        found.push(Violation::new("sum", "totals: not the sum of the meals"));
    }
    if plan.micronutrients != Micronutrient::of(&amounts, &need.goals) {
        found.push(Violation::new("sum", "micronutrients: not what the meals hold"));
    }
    if plan.shopping != shopping::list(&plan.meals) {
        found.push(Violation::new("shopping", "not what the meals need"));
    }
}
