//! A day of food as people and apps get it, or the refusal.

use domain::profile::{Diet, Goal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::food::Role;
use super::nutrient::{Amounts, Nutrient};
use super::shopping::Aisle;
use super::target::Targets;
use crate::memory::MemoryUsed;

/// One day of food.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NutritionPlan {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub diet: Diet,
    pub goal: Option<Goal>,
    pub targets: Targets,
    /// Of all meals together.
    pub totals: Nutrients,
    /// Vitamins, minerals and such, beside what covers the need. Where a source has no figure for a food, it counts as
    /// none: there may be more.
    #[serde(default)]
    pub micronutrients: Vec<Micronutrient>,
    /// 3–5.
    pub meals: Vec<Meal>,
    /// One alternative for every main food (protein and starch) of every meal that has one.
    pub swaps: Vec<Swap>,
    pub shopping: Vec<ShoppingItem>,
    /// The words that foods were left out for: the profile's, the caller's and what the person told.
    pub allergies: Vec<String>,
    /// Entries among them with a word that no allergen and no food of ours is known by. Foods with the word in their name
    /// are left out, but nobody should rely on that: an app must show these.
    pub unmatched_allergies: Vec<String>,
    /// What was not known and assumed, in sentences.
    pub assumptions: Vec<String>,
    /// What the person should read, such as when to see a professional, and what was left out for what they told.
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memories: Vec<MemoryUsed>,
}

/// Amounts of energy and nutrients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Nutrients {
    pub energy_kcal: f64,
    pub protein_g: f64,
    pub fat_g: f64,
    pub saturated_fat_g: f64,
    pub carbohydrate_g: f64,
    pub sugars_g: f64,
    pub fibre_g: f64,
    /// As bought and cooked without salt; what is added at the table comes on top.
    pub sodium_mg: f64,
}

/// What a day holds of one vitamin, mineral or fatty acid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Micronutrient {
    pub nutrient: Nutrient,
    /// `g`, `mg` or `µg`.
    pub unit: String,
    pub amount: f64,
    /// The recommended or adequate daily intake by age and sex.
    pub goal: f64,
    /// `amount` of `goal`, per cent.
    pub percent: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Meal {
    /// `Breakfast`, `Morning snack`, `Lunch`, `Afternoon snack` or `Dinner`.
    pub name: String,
    /// What it is: `Oats with kefir, blueberries and walnuts`.
    pub title: String,
    pub foods: Vec<Portion>,
    pub totals: Nutrients,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FoodPortion)]
pub struct Portion {
    /// A name of the food table.
    pub food: String,
    pub role: Role,
    /// As eaten (cooked, peeled).
    pub grams: f64,
    /// Of these grams.
    pub nutrients: Nutrients,
    /// Where the figures come from: `USDA SR28, NDB 15237 (FoodData Central 175168): Fish, …`.
    pub source: String,
}

/// Instead of `food` in `meal`, eat `grams` of `instead`. The day keeps all its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FoodSwap)]
pub struct Swap {
    pub meal: String,
    pub food: String,
    pub instead: String,
    pub grams: f64,
    /// Other foods of the meal whose grams change with it.
    #[serde(default)]
    pub beside: Vec<FoodAmount>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FoodAmount {
    pub food: String,
    /// As eaten.
    pub grams: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShoppingItem {
    pub aisle: Aisle,
    pub food: String,
    pub role: Role,
    /// As eaten, over all meals.
    pub grams: f64,
    /// To buy: raw and unpeeled, pulses and grains dry, rounded up to what a shop weighs.
    pub buy_grams: f64,
    /// How many, where it is sold by the piece.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pieces: Option<u32>,
}

/// No plan, because none would be safe or honest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct NutritionRefusal {
    pub reason: RefusalReason,
    /// One sentence for the person, without health values.
    pub detail: String,
    /// What could not be met together with the rest: each of these alone would have to give way.
    #[serde(default)]
    pub conflict: Vec<Nutrient>,
    /// The wish that would make a plan possible, where one was found. Never an allergy given up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub possible_with: Option<String>,
    pub unmatched_allergies: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalReason {
    /// Diet and allergies leave too few foods for meals.
    TooFewFoods,
    /// Foods are left, but no sensible portions of them keep the day's limits.
    TargetsOutOfReach,
    /// The body needs a professional's plan, not ours.
    NeedsProfessional,
}

impl Nutrients {
    /// To a tenth, so that sums read like sums.
    pub fn of(amounts: &Amounts) -> Self {
        let tenth = |nutrient| (amounts[nutrient] * 10.0).round() / 10.0;
        Self {
            energy_kcal: tenth(Nutrient::Energy),
            protein_g: tenth(Nutrient::Protein),
            fat_g: tenth(Nutrient::Fat),
            saturated_fat_g: tenth(Nutrient::SaturatedFat),
            carbohydrate_g: tenth(Nutrient::Carbohydrate),
            sugars_g: tenth(Nutrient::Sugars),
            fibre_g: tenth(Nutrient::Fibre),
            sodium_mg: tenth(Nutrient::Sodium),
        }
    }

    /// In one order, for comparisons.
    pub fn values(&self) -> [f64; 8] {
        [
            self.energy_kcal,
            self.protein_g,
            self.fat_g,
            self.saturated_fat_g,
            self.carbohydrate_g,
            self.sugars_g,
            self.fibre_g,
            self.sodium_mg,
        ]
    }
}

impl Micronutrient {
    /// What a day has of each goal.
    pub(super) fn of(day: &Amounts, goals: &[(Nutrient, f64)]) -> Vec<Self> {
        let one = |(nutrient, goal): &(Nutrient, f64)| {
            let amount = day[*nutrient];
            Self {
                nutrient: *nutrient,
                unit: nutrient.unit().to_owned(),
                // About three digits are what the source can bear.
                amount: match amount {
                    100.0.. => amount.round(),
                    10.0.. => (amount * 10.0).round() / 10.0,
                    _ => (amount * 100.0).round() / 100.0,
                },
                goal: *goal,
                percent: (100.0 * amount / goal).round() as u32,
            }
        };
        goals.iter().map(one).collect()
    }
}
