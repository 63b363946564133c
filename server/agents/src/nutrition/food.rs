//! The foods that plans are made of: one table, read once, the only place for figures about food.
//!
//! `nutrients.csv` is an extract of the USDA National Nutrient Database for Standard Reference, release 28 (2016, public
//! domain): per 100 g as eaten, found by its number there (`ndb`, the NDB number); nothing in it is ours. `fdc_id` is the
//! record of the same food among SR Legacy in `FoodData` Central, whose figures can be newer by a little. Alpha-linolenic
//! acid is 18:3 n-3, or undifferentiated 18:3 where that is all there is. An empty cell was never measured and counts
//! as none, so sums are lower bounds. `foods.csv` is ours: names, roles, portions, allergens, what to buy.
//! Oats count as gluten (contamination), soba too (most has wheat), packaged wheat bread as soy, pine nuts as tree nuts:
//! rather one food less than one too many. Lactose-free milk has the figures of reduced-fat milk, whose lactose is split.
//! FODMAP levels follow the common lists and are strict: a food that is low only in small amounts is high. No grapefruit
//! (medicines), no fava beans (favism), no big predatory fish (mercury).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::allergy::singular;
use super::nutrient::{Amounts, Nutrient};

const FOODS: &str = include_str!("foods.csv");
const NUTRIENTS: &str = include_str!("nutrients.csv");

/// One food. Amounts per 100 g as eaten.
#[derive(Clone, Debug, PartialEq)]
pub struct Food {
    /// Its number in the source.
    pub ndb: String,
    pub name: String,
    /// In lower case, for comparisons.
    pub(crate) lower: String,
    /// The words of its name in lower case, each as it is and in singular.
    pub(crate) words: Vec<String>,
    pub role: Role,
    /// How usual it is: 1 on most tables, 2 often, 3 seldom, 4 only when nothing else reaches the target.
    pub(crate) rank: u8,
    allergens: String,
    pub origin: Origin,
    pub(crate) lactose: YesNo,
    pub(crate) fodmap: Level,
    /// A sensible portion for one person and one meal, grams: the least, the usual and the most.
    pub min_g: f64,
    pub usual_g: f64,
    pub max_g: f64,
    fits: String,
    /// Grams to buy per gram eaten (peel, bones, water of cooking).
    pub buy: f64,
    /// Of one piece without peel and stone, where it is bought by the piece.
    pub piece_g: Option<f64>,
    pub per_100: Amounts,
    /// Of the same food in `FoodData` Central.
    pub fdc_id: String,
    /// `USDA SR28, NDB 16070 (FoodData Central 172421): Lentils, mature seeds, …`.
    pub source: String,
}

/// A row of `foods.csv`.
#[derive(Deserialize)]
struct Row {
    ndb: String,
    name: String,
    role: Role,
    rank: u8,
    /// Words of the EU list of 14, separated by spaces: `gluten soy`.
    allergens: String,
    origin: Origin,
    lactose: YesNo,
    fodmap: Level,
    min_g: f64,
    usual_g: f64,
    max_g: f64,
    /// Where it fits: b breakfast bowl, p breakfast plate, m main meal, s snack.
    fits: String,
    buy: f64,
    piece_g: Option<f64>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schema(as = FoodRole)]
pub enum Role {
    Protein,
    Starch,
    Vegetable,
    Fruit,
    Fat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Plant,
    Egg,
    Dairy,
    Fish,
    Shellfish,
    Poultry,
    Beef,
    Lamb,
    Pork,
}

/// What a meal is like, and so which foods go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Bowl,
    Plate,
    Main,
    Snack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    Low,
    High,
}

/// The whole table, in its own order.
pub fn table() -> &'static [Food] {
    static TABLE: LazyLock<Vec<Food>> = LazyLock::new(|| {
        let nutrients = nutrients();
        csv::Reader::from_reader(FOODS.as_bytes())
            .deserialize()
            .map(|row| {
                let row: Row = row.expect("foods.csv is part of the program and tested");
                let facts = &nutrients[&row.ndb];
                Food::new(row, facts)
            })
            .collect()
    });
    &TABLE
}

/// A row of `nutrients.csv`.
struct Facts {
    fdc_id: String,
    description: String,
    per_100: Amounts,
}

/// By NDB number.
fn nutrients() -> BTreeMap<String, Facts> {
    let mut reader = csv::Reader::from_reader(NUTRIENTS.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.expect("nutrients.csv is part of the program and tested");
        let mut values = [0.0; Nutrient::ALL.len()];
        for (value, cell) in values.iter_mut().zip(row.iter().skip(3)) {
            *value = if cell.is_empty() { 0.0 } else { cell.parse().expect("a number") };
        }
        let facts = Facts {
            fdc_id: row[1].to_owned(),
            description: row[2].to_owned(),
            per_100: Amounts::new(values),
        };
        (row[0].to_owned(), facts)
    });
    rows.collect()
}

/// By its exact name.
pub fn by_name(name: &str) -> Option<&'static Food> {
    static NAMES: LazyLock<BTreeMap<&str, &Food>> =
        LazyLock::new(|| table().iter().map(|food| (food.name.as_str(), food)).collect());
    NAMES.get(name).copied()
}

impl Food {
    fn new(row: Row, facts: &Facts) -> Self {
        let lower = row.name.to_lowercase();
        let split = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<String> = split.flat_map(|word| [word.to_owned(), singular(word)]).collect();
        words.dedup();
        Self {
            words,
            source: format!(
                "USDA SR28, NDB {} (FoodData Central {}): {}",
                row.ndb, facts.fdc_id, facts.description
            ),
            fdc_id: facts.fdc_id.clone(),
            lower,
            ndb: row.ndb,
            name: row.name,
            role: row.role,
            rank: row.rank,
            allergens: row.allergens,
            origin: row.origin,
            lactose: row.lactose,
            fodmap: row.fodmap,
            min_g: row.min_g,
            usual_g: row.usual_g,
            max_g: row.max_g,
            fits: row.fits,
            buy: row.buy,
            piece_g: row.piece_g,
            per_100: facts.per_100,
        }
    }

    /// Energy of 100 g.
    pub fn kcal(&self) -> f64 {
        self.per_100[Nutrient::Energy]
    }

    /// Protein of 100 g, g.
    pub fn protein(&self) -> f64 {
        self.per_100[Nutrient::Protein]
    }

    pub fn allergens(&self) -> impl Iterator<Item = &str> {
        self.allergens.split_whitespace()
    }

    pub(crate) fn suits(&self, style: Style) -> bool {
        self.fits.contains(match style {
            Style::Bowl => 'b',
            Style::Plate => 'p',
            Style::Main => 'm',
            Style::Snack => 's',
        })
    }

    /// Of a land animal.
    pub fn is_meat(&self) -> bool {
        matches!(self.origin, Origin::Poultry | Origin::Beef | Origin::Lamb | Origin::Pork)
    }

    /// Meat of a mammal.
    pub fn is_red_meat(&self) -> bool {
        matches!(self.origin, Origin::Beef | Origin::Lamb | Origin::Pork)
    }

    /// Grams that one step of a plan moves by: small for oils, nuts and powders.
    pub fn step_g(&self) -> f64 {
        if self.max_g <= 60.0 { 1.0 } else { 5.0 }
    }
}

#[cfg(test)]
mod tests;
