//! A week of food: seven days that vary, and one list of what to buy for them.

use domain::profile::Diet;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::food::{Food, Role, Style, by_name};
use super::rota::Kind;
use super::{NutritionPlan, NutritionRefusal, NutritionWishes, Order, ShoppingItem, day, shopping};
use crate::evidence::Evidence;

/// Seven days of food from `start` on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NutritionWeek {
    #[schema(value_type = String, format = Date)]
    pub start: Date,
    /// In order. Each is what [`super::plan`] gives for that day from the same evidence, or was given before.
    pub days: Vec<NutritionPlan>,
    pub variety: Variety,
    /// For all days, by aisle.
    pub shopping: Vec<ShoppingItem>,
    /// What the week does not reach, and why.
    pub notes: Vec<String>,
}

/// How the week's 14 main meals differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FoodVariety)]
pub struct Variety {
    pub fish_meals: u32,
    pub red_meat_meals: u32,
    /// Different protein foods of main meals.
    pub main_foods: u32,
    /// How often the most frequent of them comes.
    pub most_often: u32,
    /// Different vegetables of all meals.
    pub vegetables: u32,
}

/// Fish or seafood at least so often a week, where somebody eats it: see [`super::rota`].
pub const LEAST_FISH: u32 = 2;
/// Red meat at most so often a week.
pub const MOST_RED_MEAT: u32 = 2;
/// The same main dish at most so often a week.
pub const MOST_OFTEN: u32 = 2;

/// Seven days from the evidence's day on. Refused as a whole when one of them would be.
pub fn plan_week(evidence: &Evidence, wishes: &NutritionWishes) -> Result<NutritionWeek, NutritionRefusal> {
    let (order, need) = super::ready(evidence, wishes)?;
    let days = dates(evidence.today)
        .map(|date| day::plan(evidence, &order, &need, date))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(summed(evidence.today, days, &order))
}

/// The week that begins `first` days after today. From today on its first day is the plan as it was given, with its swaps; the others are
/// planned from what is known now.
pub fn continue_week(
    today: &NutritionPlan,
    first: u8,
    evidence: &Evidence,
    wishes: &NutritionWishes,
) -> Result<NutritionWeek, NutritionRefusal> {
    let (order, need) = super::ready(evidence, wishes)?;
    let start = day_after(evidence.today, first);
    let planned = |date| match first {
        0 if date == start => Ok(today.clone()),
        _ => day::plan(evidence, &order, &need, date),
    };
    let days = dates(start).map(planned).collect::<Result<Vec<_>, _>>()?;
    Ok(summed(start, days, &order))
}

fn summed(start: Date, days: Vec<NutritionPlan>, order: &Order) -> NutritionWeek {
    let variety = Variety::of(&days);
    NutritionWeek {
        start,
        notes: variety.notes(order),
        variety,
        shopping: shopping::list(days.iter().flat_map(|day| &day.meals)),
        days,
    }
}

pub(super) fn day_after(today: Date, days: u8) -> Date {
    today.checked_add(i32::from(days).days()).unwrap_or(Date::MAX)
}

/// The week's days.
pub(super) fn dates(start: Date) -> impl Iterator<Item = Date> {
    (0..7).filter_map(move |day| start.checked_add(day.days()).ok())
}

impl Variety {
    pub(super) fn of(days: &[NutritionPlan]) -> Self {
        let mut mains: BTreeMap<&str, u32> = BTreeMap::new();
        let (mut fish_meals, mut red_meat_meals) = (0, 0);
        let mut vegetables: Vec<&str> = Vec::new();
        for meal in days.iter().flat_map(|day| &day.meals) {
            let is_main = matches!(meal.name.as_str(), "Lunch" | "Dinner");
            for food in meal.foods.iter().filter_map(|portion| by_name(&portion.food)) {
                if food.role == Role::Vegetable && !vegetables.contains(&food.name.as_str()) {
                    vegetables.push(&food.name);
                }
                if is_main && food.role == Role::Protein {
                    *mains.entry(&food.name).or_default() += 1;
                    fish_meals += u32::from(Kind::of(food) == Kind::Fish);
                    red_meat_meals += u32::from(food.is_red_meat());
                }
            }
        }
        Self {
            fish_meals,
            red_meat_meals,
            main_foods: mains.len() as u32,
            most_often: mains.values().copied().max().unwrap_or(0),
            vegetables: vegetables.len() as u32,
        }
    }

    /// What is not reached: by a person's choices, or because days would not keep their limits.
    pub(super) fn notes(&self, order: &Order) -> Vec<String> {
        let mut notes = Vec::new();
        let may = |food: &&'static Food| {
            food.role == Role::Protein && food.suits(Style::Main) && !order.dislikes(food)
        };
        let fish =
            order.allowed.iter().copied().filter(may).filter(|food| Kind::of(food) == Kind::Fish).count();
        let eats_fish = !matches!(order.diet, Diet::Vegan | Diet::Vegetarian);
        if eats_fish && self.fish_meals < LEAST_FISH {
            notes.push(if fish == 0 {
                "This week has no fish: seeds, walnuts and rapeseed oil give another omega-3 fat.".to_owned()
            } else {
                "This week has less fish than two meals: other days would not have kept their limits."
                    .to_owned()
            });
        }
        if self.red_meat_meals > MOST_RED_MEAT {
            notes.push("This week has more red meat than two meals: little else is left.".to_owned());
        }
        if self.most_often > MOST_OFTEN {
            notes.push(
                "Some main dishes come more than twice: few foods fit this diet and these allergies."
                    .to_owned(),
            );
        }
        notes
    }
}
