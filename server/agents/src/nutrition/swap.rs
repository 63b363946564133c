//! What follows from the meals: one alternative per main food, and what to buy.

use domain::profile::Diet;

use super::food::{Food, Role, by_name, may_share_a_meal};
use super::menu::styles;
use super::portion::{least_g, most_g};
use super::{Meal, ShoppingItem, Swap};

/// How much protein and energy a swap may change, as a share of the portion it replaces.
const CHANGE: f64 = 0.35;

/// For each protein and starch the closest allowed food of the same role, in the grams that keep what the role is for:
/// protein for a protein, energy for a starch. `day` is the target, kcal. A food without a fair alternative has no swap.
pub(super) fn swaps(meals: &[Meal], diet: Diet, allowed: &[&'static Food], day: f64) -> Vec<Swap> {
    let mut swaps: Vec<Swap> = Vec::new();
    for meal in meals {
        let here: Vec<&Food> = meal.foods.iter().filter_map(|portion| by_name(&portion.food)).collect();
        for (portion, food) in meal.foods.iter().zip(&here) {
            if !matches!(food.role, Role::Protein | Role::Starch) {
                continue;
            }
            let candidates = allowed
                .iter()
                .filter(|other| other.role == food.role && other.name != food.name && other.rank < 4);
            let best = candidates
                .filter(|other| styles(&meal.name).iter().any(|s| food.suits(*s) && other.suits(*s)))
                .filter(|other| here.iter().all(|beside| other.name != beside.name))
                .filter(|other| {
                    here.iter().filter(|f| f.name != food.name).all(|f| may_share_a_meal(diet, other, f))
                })
                .filter_map(|other| {
                    let (grams, cost) = exchange(food, portion.grams, other, day)?;
                    // Another one than for the meal before, when it is about as good.
                    let again = swaps.iter().any(|swap| swap.instead == other.name);
                    let unusual = 0.08 * f64::from(other.rank - 1);
                    Some((cost + unusual + if again { CHANGE } else { 0.0 }, grams, *other))
                })
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, grams, other)) = best {
                swaps.push(Swap {
                    meal: meal.name.clone(),
                    food: food.name.clone(),
                    instead: other.name.clone(),
                    grams,
                });
            }
        }
    }
    swaps
}

/// The grams of `other` that stand for `grams` of `food`, and how far that is from it.
fn exchange(food: &Food, grams: f64, other: &Food, day_kcal: f64) -> Option<(f64, f64)> {
    let keep = |f: &Food| if food.role == Role::Protein { f.protein } else { f.kcal };
    let exact = grams * keep(food) / keep(other);
    let step = other.step_g();
    let rounded = (exact / step).round() * step;
    if !(least_g(other, day_kcal)..=most_g(other, day_kcal)).contains(&rounded) {
        return None;
    }
    let change = |of: fn(&Food) -> f64| {
        let old = of(food) * grams;
        (of(other) * rounded - old).abs() / old.max(1.0)
    };
    let (energy, protein) = (change(|f| f.kcal), change(|f| f.protein));
    let fair = energy <= CHANGE && (food.role != Role::Protein || protein <= CHANGE);
    fair.then_some((rounded, energy + 0.2 * protein))
}

/// Every food once, by role and name.
pub(super) fn shopping(meals: &[Meal]) -> Vec<ShoppingItem> {
    let mut items: Vec<ShoppingItem> = Vec::new();
    for portion in meals.iter().flat_map(|meal| &meal.foods) {
        match items.iter_mut().find(|item| item.food == portion.food) {
            Some(item) => item.grams += portion.grams,
            None => items.push(ShoppingItem {
                food: portion.food.clone(),
                role: portion.role,
                grams: portion.grams,
                buy_grams: 0.0,
            }),
        }
    }
    for item in &mut items {
        let factor = by_name(&item.food).map_or(1.0, |food| food.buy);
        item.buy_grams = (item.grams * factor / 5.0).ceil() * 5.0;
    }
    items.sort_by(|a, b| (a.role, &a.food).cmp(&(b.role, &b.food)));
    items
}
