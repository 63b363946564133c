//! What days and weeks of food must hold, whoever wrote them: planner or model.
//!
//! Nothing in a plan is believed: targets, sums, limits, exclusions, swaps and shopping are computed again.

use jiff::civil::Date;

use super::diet::{self, may_share_a_meal};
use super::food::{Food, by_name};
use super::portion::{MEAL_TOLERANCE, least_g, most_g};
use super::target::Need;
use super::{
    NutritionPlan, NutritionWeek, NutritionWishes, Order, Variety, change, day, menu, shopping, target, told,
    week,
};
use crate::evidence::Evidence;
use crate::violation::Violation;
use crate::wording;

mod bounds;
mod sums;
mod swaps;

/// Empty when the plan may be given to the person.
pub fn validate(plan: &NutritionPlan, evidence: &Evidence, wishes: &NutritionWishes) -> Vec<Violation> {
    judge(plan, evidence, &Order::new(evidence, wishes), &target::need(evidence), evidence.today)
}

/// Empty when `plan` may stand in the place of `given`, which was validated and given earlier today and changed by the person since. What
/// was measured meanwhile does not move its targets; allergies, diet and every limit still hold.
pub fn validate_changed(
    plan: &NutritionPlan,
    given: &NutritionPlan,
    evidence: &Evidence,
    wishes: &NutritionWishes,
) -> Vec<Violation> {
    let (order, need) = change::frame(given, evidence, wishes);
    judge(plan, evidence, &order, &need, evidence.today)
}

/// Empty when the week may be given to the person.
pub fn validate_week(week: &NutritionWeek, evidence: &Evidence, wishes: &NutritionWishes) -> Vec<Violation> {
    week_from(week, evidence.today, None, evidence, wishes)
}

/// The same of a week that goes on after a given plan of today, from `first` days after it on.
pub fn validate_continued(
    week: &NutritionWeek,
    (today, first): (&NutritionPlan, u8),
    evidence: &Evidence,
    wishes: &NutritionWishes,
) -> Vec<Violation> {
    let start = week::day_after(evidence.today, first);
    let given = (first == 0).then_some(today);
    let mut found = week_from(week, start, given, evidence, wishes);
    if given.is_some_and(|today| week.days.first() != Some(today)) {
        found.push(Violation::new("today", "the first day is not the plan that was given"));
    }
    found
}

/// `given`: what stands on the first day already.
fn week_from(
    week: &NutritionWeek,
    start: Date,
    given: Option<&NutritionPlan>,
    evidence: &Evidence,
    wishes: &NutritionWishes,
) -> Vec<Violation> {
    let (order, need) = (Order::new(evidence, wishes), target::need(evidence));
    let mut found = Vec::new();
    if week.start != start || week.days.len() != 7 {
        found.push(Violation::new("week", "not the seven days from its start on"));
    }
    for (i, (plan, date)) in week.days.iter().zip(week::dates(start)).enumerate() {
        let judged = match given.filter(|_| i == 0) {
            Some(given) => validate_changed(plan, given, evidence, wishes),
            None => judge(plan, evidence, &order, &need, date),
        };
        for violation in judged {
            found.push(Violation::new(violation.rule, format!("days[{i}]: {}", violation.detail)));
        }
    }
    let variety = Variety::of(&week.days);
    if week.variety != variety {
        found.push(Violation::new("variety", "not what the days hold"));
    }
    if week.notes != variety.notes(&order) {
        found.push(Violation::new("notes", "not what the week does not reach"));
    }
    if week.shopping != shopping::list(week.days.iter().flat_map(|day| &day.meals)) {
        found.push(Violation::new("shopping", "not what the days need"));
    }
    found
}

fn judge(
    plan: &NutritionPlan,
    evidence: &Evidence,
    order: &Order,
    need: &Need,
    date: Date,
) -> Vec<Violation> {
    let mut found = Vec::new();
    if plan.date != date {
        found.push(Violation::new("date", "the plan is for another day"));
    }
    if plan.diet != order.diet {
        found.push(Violation::new("diet", "the plan is for another diet"));
    }
    if plan.allergies != order.allergies || plan.unmatched_allergies != order.exclusions.unmatched {
        found.push(Violation::new("allergies", "the allergies are not those of the person"));
    }
    if plan.goal != evidence.profile.goal || plan.assumptions != need.assumptions {
        found.push(Violation::new("basis", "goal or assumptions are not those of the evidence"));
    }
    if plan.memories != told::used(&order.told, order.wished) {
        found.push(Violation::new("memories", "the memories are not those that were used"));
    }
    if day::notes(order, need).iter().any(|note| !plan.notes.contains(note)) {
        found.push(Violation::new("notes", "a note that the person must read is missing"));
    }
    let texts = plan.notes.iter().chain(plan.meals.iter().map(|meal| &meal.title));
    if texts.into_iter().any(|text| wording::oversteps(text) || text.chars().count() > 300) {
        found.push(Violation::new("wording", "says what only a professional may, or too much"));
    }
    if need.needs_professional(&evidence.profile) {
        found.push(Violation::new("professional", "no plan of ours is safe for this person"));
    }
    if plan.targets != need.targets {
        found.push(Violation::new("targets", "the targets do not follow from the evidence"));
    }
    bounds::check(&plan.targets, evidence, &mut found);
    foods(plan, order, need.targets.energy_kcal, &mut found);
    texts_name_no_allergen(plan, order, &mut found);
    meals(plan, order, need, &mut found);
    swaps::check(plan, order, need, &mut found);
    sums::check(plan, need, &mut found);
    let amounts = day::amounts(&plan.meals);
    for limit in need.targets.limits.iter().filter(|limit| !limit.holds(&amounts)) {
        found.push(Violation::new("limit", format!("{} is outside its limits", limit.nutrient.name())));
    }
    found
}

/// A food anywhere in the plan: known, not forbidden, of the diet, in a sensible amount.
fn food(place: &str, name: &str, grams: Option<f64>, order: &Order, energy: f64, found: &mut Vec<Violation>) {
    let Some(food) = by_name(name) else {
        found.push(Violation::new("food", format!("{place}: not in the food table")));
        return;
    };
    if order.exclusions.forbids(food) {
        found.push(Violation::new("allergen", format!("{place}: must never be given to this person")));
    }
    if !diet::fits(food, order.diet) || !order.also_fits(food) {
        found.push(Violation::new("diet", format!("{place}: not part of the diet")));
    }
    let sensible = least_g(food, energy) - 0.01..=most_g(food, energy) + 0.01;
    if grams.is_some_and(|grams| !sensible.contains(&grams)) {
        found.push(Violation::new("portion", format!("{place}: not a sensible amount")));
    }
}

fn foods(plan: &NutritionPlan, order: &Order, energy: f64, found: &mut Vec<Violation>) {
    for (m, meal) in plan.meals.iter().enumerate() {
        for (f, portion) in meal.foods.iter().enumerate() {
            let place = format!("meals[{m}].foods[{f}]");
            food(&place, &portion.food, Some(portion.grams), order, energy, found);
        }
    }
    for (i, swap) in plan.swaps.iter().enumerate() {
        food(&format!("swaps[{i}]"), &swap.instead, Some(swap.grams), order, energy, found);
        for (b, other) in swap.beside.iter().enumerate() {
            let place = format!("swaps[{i}].beside[{b}]");
            food(&place, &other.food, Some(other.grams), order, energy, found);
        }
    }
    for (i, item) in plan.shopping.iter().enumerate() {
        food(&format!("shopping[{i}]"), &item.food, None, order, energy, found);
    }
}

/// Free text may come from a model: a title must not offer what the portions do not hold, in no language we know.
fn texts_name_no_allergen(plan: &NutritionPlan, order: &Order, found: &mut Vec<Violation>) {
    let table = super::food::table();
    let forbidden: Vec<&Food> = table.iter().filter(|food| order.exclusions.forbids(food)).collect();
    for (m, meal) in plan.meals.iter().enumerate() {
        // "Peanut butter" in a title is not "butter" when the portion is peanut butter.
        let mut rest = meal.title.to_lowercase();
        for portion in &meal.foods {
            if let Some(food) = by_name(&portion.food).filter(|food| !order.exclusions.forbids(food)) {
                rest = rest.replace(&food.lower, " ");
            }
        }
        let by_food = forbidden.iter().any(|food| rest.contains(food.lower.as_str()));
        if by_food || order.exclusions.named_in(&rest).is_some() {
            found.push(Violation::new("allergen", format!("meals[{m}].title: names a forbidden food")));
        }
    }
}

fn meals(plan: &NutritionPlan, order: &Order, need: &Need, found: &mut Vec<Violation>) {
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
        if off_its_share(&day::amounts([meal]), need, order, m) {
            found.push(Violation::new("meals", format!("meals[{m}]: not its share of the day's energy")));
        }
    }
}

fn off_its_share(amounts: &super::Amounts, need: &Need, order: &Order, meal: usize) -> bool {
    let share = menu::share(order.meals, meal) * need.targets.energy_kcal;
    (amounts[super::Nutrient::Energy] - share).abs() > MEAL_TOLERANCE * share + 1e-6
}
