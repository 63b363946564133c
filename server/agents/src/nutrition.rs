//! Nutrition: a day of meals with grams that meets a person's energy and protein, safely.
//!
//! Allergies are excluded before anything else is decided, and again from every swap. What cannot be met safely is
//! refused with the reason, never approximated. When a meal is eaten is the routine's business.

use domain::archetype::Archetype;
use domain::profile::Diet;

use crate::draw;
use crate::evidence::Evidence;

mod allergy;
mod answer;
pub mod food;
mod menu;
mod portion;
mod swap;
mod target;
mod validate;
mod wishes;

pub use answer::{
    Meal, Nutrients, NutritionPlan, NutritionRefusal, Portion, RefusalReason, ShoppingItem, Swap,
};
pub use target::{EnergyBasis, Targets};
pub use validate::validate;
pub use wishes::NutritionWishes;

use allergy::Exclusions;
use food::Food;

/// How far a day's energy may be from its target, as a share of it.
pub const ENERGY_TOLERANCE: f64 = 0.07;
/// The least share of the protein target that a day must reach.
pub const PROTEIN_SHARE: f64 = 0.90;

/// The day's plan. The same evidence and wishes give the same plan.
pub fn plan(evidence: &Evidence, wishes: &NutritionWishes) -> Result<NutritionPlan, NutritionRefusal> {
    let order = Order::new(evidence, wishes);
    let refuse = |reason, detail: &str| NutritionRefusal {
        reason,
        detail: detail.to_owned(),
        unmatched_allergies: order.exclusions.unmatched.clone(),
    };
    let need = target::need(evidence);
    if need.needs_professional(evidence.profile.age) {
        let detail = "At this weight a plan must come from a doctor or dietitian: please see one soon.";
        return Err(refuse(RefusalReason::NeedsProfessional, detail));
    }
    let allowed = menu::allowed(order.diet, |food| order.exclusions.forbids(food));
    let choice = menu::Choice {
        diet: order.diet,
        allowed: &allowed,
        dislikes: &order.dislikes,
        seed: draw::seed(&[&evidence.today.to_string(), evidence.archetype.name(), "nutrition"]),
        breakfast_seed: draw::seed(&[&breakfast_period(evidence), evidence.archetype.name(), "breakfast"]),
        habit: match evidence.archetype {
            Archetype::FoundationBuilder => 250,
            Archetype::ConnectedExplorer => 40,
            _ => 100,
        },
    };
    let mut drawn = false;
    for attempt in 0..menu::ATTEMPTS {
        let Some(dishes) = menu::draw_day(&choice, order.meals, attempt) else { continue };
        drawn = true;
        let grams = portion::solve(&dishes, &need.targets);
        let meals: Vec<Meal> = dishes.iter().zip(&grams).map(|(dish, grams)| meal(dish, grams)).collect();
        let totals = meals.iter().map(|meal| meal.totals).sum::<Nutrients>().rounded();
        if meets(&totals, &need.targets) {
            return Ok(finish(evidence, order, need, meals, totals, allowed));
        }
    }
    Err(if drawn {
        refuse(
            RefusalReason::TargetsOutOfReach,
            "With this diet and these allergies no day of sensible portions has enough energy and protein: \
             a dietitian can plan with foods beyond ours.",
        )
    } else {
        refuse(
            RefusalReason::TooFewFoods,
            "This diet and these allergies leave too few foods for full meals: a dietitian can help.",
        )
    })
}

/// For how long breakfast stays the same: a week for those who build habits or measure them.
fn breakfast_period(evidence: &Evidence) -> String {
    match evidence.archetype {
        Archetype::FoundationBuilder | Archetype::SystematicImprover => {
            let week = evidence.today.iso_week_date();
            format!("{}-W{}", week.year(), week.week())
        }
        _ => evidence.today.to_string(),
    }
}

/// Profile and wishes as one, decided the same way for planner and validator.
struct Order {
    diet: Diet,
    meals: u32,
    allergies: Vec<String>,
    exclusions: Exclusions,
    dislikes: Vec<String>,
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
        let dislikes = profile.dislikes.iter().map(|word| word.trim().to_lowercase());
        Self {
            diet: wishes.diet.or(profile.diet).unwrap_or(Diet::Omnivore),
            meals: wishes.meals_per_day.unwrap_or(evidence.settings.meals_per_day).clamp(3, 5),
            exclusions: Exclusions::from_words(allergies.iter().map(String::as_str)),
            dislikes: dislikes
                .filter(|word| !word.is_empty())
                .map(|word| word.strip_suffix('s').unwrap_or(&word).to_owned())
                .collect(),
            allergies,
        }
    }
}

fn finish(
    evidence: &Evidence,
    order: Order,
    need: target::Need,
    meals: Vec<Meal>,
    totals: Nutrients,
    mut allowed: Vec<&'static Food>,
) -> NutritionPlan {
    allowed
        .retain(|food| !order.dislikes.iter().any(|word| food.name.to_lowercase().contains(word.as_str())));
    let notes = notes(&order, &need);
    NutritionPlan {
        date: evidence.today,
        diet: order.diet,
        goal: evidence.profile.goal,
        totals,
        swaps: swap::swaps(&meals, order.diet, &allowed, need.targets.energy_kcal),
        targets: need.targets,
        shopping: swap::shopping(&meals),
        meals,
        allergies: order.allergies,
        unmatched_allergies: order.exclusions.unmatched,
        assumptions: need.assumptions,
        notes,
    }
}

/// What the person must read; a model may add to it, never take away.
fn notes(order: &Order, need: &target::Need) -> Vec<String> {
    let mut notes = need.notes.clone();
    if !order.allergies.is_empty() {
        notes.push("Read the label of every packaged food: traces are not in our table.".to_owned());
    }
    for word in &order.exclusions.unmatched {
        notes.push(format!(
            "We do not know “{word}” as an allergen: check every food of this plan for it yourself."
        ));
    }
    let by_diet = match order.diet {
        Diet::Halal => Some("Buy meat and poultry that is certified halal."),
        Diet::Kosher => Some("Buy meat and cheese that are certified kosher."),
        Diet::Vegan => Some("A vegan diet needs vitamin B12 from a supplement or fortified food."),
        Diet::LowFodmap => {
            Some("Low-FODMAP eating is for 2 to 6 weeks, with a dietitian to bring foods back.")
        }
        _ => None,
    };
    notes.extend(by_diet.map(str::to_owned));
    notes
}

fn meets(totals: &Nutrients, targets: &Targets) -> bool {
    (totals.energy_kcal - targets.energy_kcal).abs() <= ENERGY_TOLERANCE * targets.energy_kcal
        && totals.protein_g >= PROTEIN_SHARE * targets.protein_g
}

fn meal(dish: &menu::Dish, grams: &[f64]) -> Meal {
    let foods: Vec<Portion> =
        dish.foods.iter().zip(grams).map(|(food, grams)| portion_of(food, *grams)).collect();
    let totals = foods.iter().map(|portion| portion.nutrients).sum::<Nutrients>().rounded();
    Meal { name: dish.name.to_owned(), title: title(&dish.foods), foods, totals }
}

fn portion_of(food: &Food, grams: f64) -> Portion {
    Portion {
        food: food.name.clone(),
        role: food.role,
        grams,
        nutrients: Nutrients::of(food, grams),
        source: food.source.clone(),
    }
}

/// `Salmon with potatoes, green beans and olive oil`: what fills first, then the rest.
fn title(foods: &[&Food]) -> String {
    let names: Vec<String> = foods
        .iter()
        .enumerate()
        .map(|(i, food)| {
            let name = &food.name;
            if i == 0 || name.starts_with("Greek") || name.starts_with("Brussels") {
                name.clone()
            } else {
                name[..1].to_lowercase() + &name[1..]
            }
        })
        .collect();
    match names.as_slice() {
        [only] => only.clone(),
        [first, second] => format!("{first} with {second}"),
        [first, middle @ .., last] => format!("{first} with {} and {last}", middle.join(", ")),
        [] => String::new(),
    }
}
