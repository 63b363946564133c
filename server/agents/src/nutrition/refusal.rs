//! Why no plan could be made, and what would make one possible: never an allergy given up, nor a faith.

use domain::archetype::Archetype;
use domain::profile::Diet;
use jiff::civil::Date;

use super::nutrient::Nutrient;
use super::target::Need;
use super::{NutritionRefusal, Order, RefusalReason, day, menu};

/// Why the draws came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// A main role could not be filled.
    Foods,
    /// No grams keep the limits.
    Limits,
}

pub(super) fn professional(order: &Order) -> NutritionRefusal {
    let detail = "At this weight a plan must come from a doctor or dietitian: please see one soon.";
    refusal(RefusalReason::NeedsProfessional, detail.to_owned(), order)
}

fn refusal(reason: RefusalReason, detail: String, order: &Order) -> NutritionRefusal {
    NutritionRefusal {
        reason,
        detail,
        conflict: Vec::new(),
        possible_with: None,
        unmatched_allergies: order.exclusions.unmatched.clone(),
    }
}

pub(super) fn explain(
    failure: Failure,
    order: &Order,
    need: &Need,
    archetype: Archetype,
    date: Date,
) -> NutritionRefusal {
    let possible_with = possible_with(order, need, archetype, date);
    let way = possible_with.as_ref().map_or_else(
        || "A dietitian can plan with foods beyond ours.".to_owned(),
        |wish| format!("It would be possible {wish}."),
    );
    match failure {
        Failure::Foods => NutritionRefusal {
            possible_with,
            ..refusal(
                RefusalReason::TooFewFoods,
                format!("This diet and these allergies leave too few foods for full meals. {way}"),
                order,
            )
        },
        Failure::Limits => {
            let conflict = conflict(order, need, archetype, date);
            let names: Vec<&str> = conflict.iter().map(|nutrient| nutrient.name()).collect();
            let what = match names.as_slice() {
                [] => "the day's limits together".to_owned(),
                [only] => format!("the limit of {only} together with the others"),
                [first @ .., last] => format!("the limits of {} and {last} together", first.join(", ")),
            };
            let detail = format!(
                "With this diet and these allergies no sensible portions of our foods meet {what}. {way}"
            );
            NutritionRefusal {
                conflict,
                possible_with,
                ..refusal(RefusalReason::TargetsOutOfReach, detail, order)
            }
        }
    }
}

/// The limits of which each alone, if it gave way, would let a day be planned.
fn conflict(order: &Order, need: &Need, archetype: Archetype, date: Date) -> Vec<Nutrient> {
    let dishes: Vec<_> = day::draws(order, archetype, date, few()).collect();
    let without = |nutrient: Nutrient| {
        let mut need = need.clone();
        need.targets.limits.retain(|limit| limit.nutrient != nutrient);
        dishes.iter().any(|dishes| day::programme(dishes, &need).solve().is_some())
    };
    let limits = need.targets.limits.iter().map(|limit| limit.nutrient);
    // Energy is never what gives way: it is what the others are measured by.
    limits.filter(|nutrient| *nutrient != Nutrient::Energy).filter(|nutrient| without(*nutrient)).collect()
}

/// The nearest wish with which a day can be planned, as it goes on after “possible”.
fn possible_with(order: &Order, need: &Need, archetype: Archetype, date: Date) -> Option<String> {
    let mut others: Vec<(Order, String)> = Vec::new();
    if !order.dislikes.is_empty() {
        others.push((
            Order { dislikes: Vec::new(), ..order.clone() },
            "with foods that are disliked".to_owned(),
        ));
    }
    for meals in (3..=5).rev().filter(|meals| *meals != order.meals) {
        others.push((Order { meals, ..order.clone() }, format!("with {meals} meals a day")));
    }
    let wider: &[(Diet, &str)] = match order.diet {
        Diet::Vegan => &[(Diet::Vegetarian, "a vegetarian"), (Diet::Pescatarian, "a pescatarian")],
        Diet::Vegetarian => &[(Diet::Pescatarian, "a pescatarian")],
        _ => &[],
    };
    for (diet, name) in wider {
        others.push((order.clone().with_diet(*diet), format!("with {name} diet")));
    }
    let possible = |(other, _): &(Order, String)| day::meals(other, need, archetype, date, few()).is_ok();
    others.into_iter().find(possible).map(|(_, wish)| wish)
}

/// Some draws of every sort.
fn few() -> impl Iterator<Item = u64> {
    (0..menu::ATTEMPTS).step_by(4)
}
