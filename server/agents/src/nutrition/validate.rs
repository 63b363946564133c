//! What a day of food must hold, whoever wrote it: planner or model.
//!
//! Nothing in the plan is believed: targets, sums, exclusions and shopping are computed again.

use super::food::{Food, by_name, may_share_a_meal};
use super::portion::{least_g, most_g};
use super::{Nutrients, NutritionPlan, NutritionWishes, Order, menu, swap, target};
use crate::evidence::Evidence;
use crate::violation::Violation;
use crate::wording;

/// Empty when the plan may be given to the person.
pub fn validate(plan: &NutritionPlan, evidence: &Evidence, wishes: &NutritionWishes) -> Vec<Violation> {
    let order = Order::new(evidence, wishes);
    let mut found = Vec::new();
    if plan.date != evidence.today {
        found.push(Violation::new("date", "the plan is for another day"));
    }
    if plan.diet != order.diet {
        found.push(Violation::new("diet", "the plan is for another diet"));
    }
    if plan.allergies != order.allergies || plan.unmatched_allergies != order.exclusions.unmatched {
        found.push(Violation::new("allergies", "the allergies are not those of the person"));
    }
    let need = target::need(evidence);
    if plan.goal != evidence.profile.goal || plan.assumptions != need.assumptions {
        found.push(Violation::new("basis", "goal or assumptions are not those of the evidence"));
    }
    if super::notes(&order, &need).iter().any(|note| !plan.notes.contains(note)) {
        found.push(Violation::new("notes", "a note that the person must read is missing"));
    }
    let texts = plan.notes.iter().chain(plan.meals.iter().map(|meal| &meal.title));
    if texts.into_iter().any(|text| wording::oversteps(text) || text.chars().count() > 300) {
        found.push(Violation::new("wording", "says what only a professional may, or too much"));
    }
    if need.needs_professional(evidence.profile.age) {
        found.push(Violation::new("professional", "no plan of ours is safe for this person"));
    }
    if plan.targets != need.targets {
        found.push(Violation::new("targets", "the targets do not follow from the evidence"));
    }
    foods(plan, &order, need.targets.energy_kcal, &mut found);
    meals(plan, &order, &mut found);
    sums(plan, &mut found);
    let (energy, protein) = (need.targets.energy_kcal, need.targets.protein_g);
    if (plan.totals.energy_kcal - energy).abs() > super::ENERGY_TOLERANCE * energy {
        found.push(Violation::new("energy", "the day's energy is more than 7 % from the target"));
    }
    if plan.totals.protein_g < super::PROTEIN_SHARE * protein {
        found.push(Violation::new("protein", "the day has less than 90 % of the protein target"));
    }
    found
}

/// Every food anywhere in the plan: known, not forbidden, of the diet, in a sensible amount.
fn foods(plan: &NutritionPlan, order: &Order, energy: f64, found: &mut Vec<Violation>) {
    let mut check = |place: String, name: &str, grams: Option<f64>| {
        let Some(food) = by_name(name) else {
            found.push(Violation::new("food", format!("{place}: not in the food table")));
            return;
        };
        if order.exclusions.forbids(food) {
            found.push(Violation::new("allergen", format!("{place}: must never be given to this person")));
        }
        if !food.fits_diet(order.diet) {
            found.push(Violation::new("diet", format!("{place}: not part of the diet")));
        }
        let sensible = least_g(food, energy) - 0.01..=most_g(food, energy) + 0.01;
        if grams.is_some_and(|grams| !sensible.contains(&grams)) {
            found.push(Violation::new("portion", format!("{place}: not a sensible amount")));
        }
    };
    for (m, meal) in plan.meals.iter().enumerate() {
        for (f, portion) in meal.foods.iter().enumerate() {
            check(format!("meals[{m}].foods[{f}]"), &portion.food, Some(portion.grams));
        }
    }
    for (i, swap) in plan.swaps.iter().enumerate() {
        check(format!("swaps[{i}]"), &swap.instead, Some(swap.grams));
    }
    for (i, item) in plan.shopping.iter().enumerate() {
        check(format!("shopping[{i}]"), &item.food, None);
    }
    texts(plan, order, found);
}

/// Free text may come from a model: a title must not offer what the portions do not hold.
fn texts(plan: &NutritionPlan, order: &Order, found: &mut Vec<Violation>) {
    let forbidden: Vec<String> = super::food::table()
        .iter()
        .filter(|food| order.exclusions.forbids(food))
        .map(|food| food.name.to_lowercase())
        .collect();
    for (m, meal) in plan.meals.iter().enumerate() {
        let title = meal.title.to_lowercase();
        let named = |name: &String| {
            title.split(|c: char| !c.is_alphanumeric() && c != ' ').any(|part| part.contains(name.as_str()))
        };
        let harmless = |name: &String| {
            // "Peanut butter" in a title is not "butter" when the portion is peanut butter.
            meal.foods.iter().any(|portion| portion.food.to_lowercase().contains(name.as_str()))
        };
        if forbidden.iter().any(|name| named(name) && !harmless(name)) {
            found.push(Violation::new("allergen", format!("meals[{m}].title: names a forbidden food")));
        }
    }
}

fn meals(plan: &NutritionPlan, order: &Order, found: &mut Vec<Violation>) {
    let names: Vec<&str> = plan.meals.iter().map(|meal| meal.name.as_str()).collect();
    if names != menu::meal_names(order.meals) {
        found.push(Violation::new("meals", "not the meals that were asked for"));
    }
    for (m, meal) in plan.meals.iter().enumerate() {
        let foods: Vec<&Food> = meal.foods.iter().filter_map(|portion| by_name(&portion.food)).collect();
        if foods.is_empty() {
            found.push(Violation::new("meals", format!("meals[{m}]: no food")));
        }
        for (i, one) in foods.iter().enumerate() {
            if foods[..i].iter().any(|other| other.name == one.name) {
                found.push(Violation::new("meals", format!("meals[{m}]: the same food twice")));
            }
            if foods.iter().any(|other| !may_share_a_meal(order.diet, one, other)) {
                found.push(Violation::new("diet", format!("meals[{m}]: foods that may not share a meal")));
            }
        }
    }
    for (i, swap) in plan.swaps.iter().enumerate() {
        let meal = plan.meals.iter().find(|meal| meal.name == swap.meal);
        let Some(meal) = meal.filter(|meal| meal.foods.iter().any(|portion| portion.food == swap.food))
        else {
            found.push(Violation::new("swap", format!("swaps[{i}]: for a food that is not there")));
            continue;
        };
        let beside = meal.foods.iter().filter(|portion| portion.food != swap.food);
        let instead = by_name(&swap.instead);
        let clash = |food: &Food| instead.is_some_and(|instead| !may_share_a_meal(order.diet, instead, food));
        if beside.filter_map(|portion| by_name(&portion.food)).any(clash) {
            found.push(Violation::new("diet", format!("swaps[{i}]: may not share this meal")));
        }
    }
}

fn sums(plan: &NutritionPlan, found: &mut Vec<Violation>) {
    let close = |a: &Nutrients, b: &Nutrients| {
        a.values().iter().zip(b.values()).all(|(a, b)| (a - b).abs() <= 0.05 + 1e-6 && a.is_finite())
    };
    for (m, meal) in plan.meals.iter().enumerate() {
        for (f, portion) in meal.foods.iter().enumerate() {
            let right = by_name(&portion.food).is_none_or(|food| {
                close(&portion.nutrients, &Nutrients::of(food, portion.grams)) && portion.role == food.role
            });
            if !right {
                found.push(Violation::new("sum", format!("meals[{m}].foods[{f}]: not what the table gives")));
            }
        }
        let parts = meal.foods.iter().map(|portion| portion.nutrients).sum::<Nutrients>();
        if !close(&meal.totals, &parts) {
            found.push(Violation::new("sum", format!("meals[{m}].totals: not the sum of its foods")));
        }
    }
    if !close(&plan.totals, &plan.meals.iter().map(|meal| meal.totals).sum()) {
        found.push(Violation::new("sum", "totals: not the sum of the meals"));
    }
    if plan.shopping != swap::shopping(&plan.meals) {
        found.push(Violation::new("shopping", "not what the meals need"));
    }
}
