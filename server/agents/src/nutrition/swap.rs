//! For each main food one alternative that keeps the day within all its limits: the meal is solved anew with it.

use super::diet::may_share_a_meal;
use super::food::{Food, Role, by_name};
use super::menu::styles;
use super::nutrient::{Amounts, Nutrient};
use super::portion::{Item, PORTION_COST, Programme};
use super::rota::Kind;
use super::target::Need;
use super::{FoodAmount, Meal, Order, Swap, menu};

/// How many alternatives are tried for a food.
const TRIED: usize = 3;
/// What leaving the planned grams of the meal's other foods costs: as a rule they stay.
const STAY_COST: f64 = 4.0;

/// One swap for each protein and starch that has a fair alternative.
pub(super) fn swaps(meals: &[Meal], order: &Order, need: &Need) -> Vec<Swap> {
    let mut swaps: Vec<Swap> = Vec::new();
    for (m, meal) in meals.iter().enumerate() {
        let here: Vec<(&Food, f64)> =
            meal.foods.iter().filter_map(|portion| Some((by_name(&portion.food)?, portion.grams))).collect();
        let fixed = beside(meals, m);
        for (at, (food, _)) in here.iter().enumerate() {
            if !matches!(food.role, Role::Protein | Role::Starch) {
                continue;
            }
            let mut candidates = candidates(&here, at, meal, order);
            // Another one than for the meal before, when it is about as good.
            candidates.sort_by_cached_key(|other| {
                let again = swaps.iter().any(|swap| swap.instead == other.name);
                let unlike = 100.0 * unlikeness(food, other) + 8.0 * f64::from(other.rank - 1);
                (unlike as u64 + if again { 40 } else { 0 }, &other.name)
            });
            let share = need.targets.energy_kcal * menu::share(order.meals, m);
            let found = candidates.into_iter().take(TRIED).find_map(|other| {
                let grams = solve(need, &here, at, other, fixed, share)?;
                Some(swap(meal, &here, at, other, &grams))
            });
            swaps.extend(found);
        }
    }
    swaps
}

/// What the other meals hold.
pub(super) fn beside(meals: &[Meal], meal: usize) -> Amounts {
    let others = meals.iter().enumerate().filter(|(at, _)| *at != meal);
    let portions = others.flat_map(|(_, other)| &other.foods);
    portions.filter_map(|portion| Some(by_name(&portion.food)?.per_100.of_grams(portion.grams))).sum()
}

fn candidates(here: &[(&Food, f64)], at: usize, meal: &Meal, order: &Order) -> Vec<&'static Food> {
    let food = here[at].0;
    let fits = |other: &&&'static Food| {
        let others = || here.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, (beside, _))| *beside);
        other.role == food.role
            && other.name != food.name
            && other.rank < 4
            && !order.dislikes(other)
            // A week has enough red meat without swaps.
            && (Kind::of(other) != Kind::RedMeat || Kind::of(food) == Kind::RedMeat)
            && styles(&meal.name).iter().any(|style| food.suits(*style) && other.suits(*style))
            && others().all(|beside| beside.name != other.name && may_share_a_meal(order.diet, other, beside))
    };
    order.allowed.iter().filter(fits).copied().collect()
}

/// How different two foods of a role are, by what the role is for: protein by its density, starch by its fibre.
fn unlikeness(food: &Food, other: &Food) -> f64 {
    let of = |food: &Food| match food.role {
        Role::Protein => food.protein() / food.kcal(),
        _ => food.per_100[Nutrient::Fibre] / food.kcal() * 4.0,
    };
    let size =
        (food.usual_g * food.kcal() - other.usual_g * other.kcal()).abs() / (food.usual_g * food.kcal());
    4.0 * (of(food) - of(other)).abs() + 0.5 * size
}

/// Grams of the whole meal with `other` in the place of the food at `at`.
fn solve(
    need: &Need,
    here: &[(&Food, f64)],
    at: usize,
    other: &Food,
    fixed: Amounts,
    share: f64,
) -> Option<Vec<f64>> {
    let item = |(i, (food, grams)): (usize, &(&'static Food, f64))| {
        if i == at {
            Item { food: other, meal: 0, near: other.usual_g, cost: PORTION_COST }
        } else {
            Item { food, meal: 0, near: *grams, cost: STAY_COST }
        }
    };
    let here: Vec<(&'static Food, f64)> =
        here.iter().filter_map(|(food, grams)| Some((by_name(&food.name)?, *grams))).collect();
    let items = here.iter().enumerate().map(item).collect();
    Programme { need, items, fixed, meals: vec![share] }.solve()
}

fn swap(meal: &Meal, here: &[(&Food, f64)], at: usize, other: &Food, grams: &[f64]) -> Swap {
    let changed = here.iter().zip(grams).enumerate().filter(|(i, ((_, was), is))| *i != at && was != *is);
    Swap {
        meal: meal.name.clone(),
        food: here[at].0.name.clone(),
        instead: other.name.clone(),
        grams: grams[at],
        beside: changed
            .map(|(_, ((food, _), grams))| FoodAmount { food: food.name.clone(), grams: *grams })
            .collect(),
    }
}
