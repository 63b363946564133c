//! Titles of meals: they may be worded anew, but name no food that is not on the plate.
//!
//! Read word by word against the food table and a list of foods that people avoid. Foods in neither are not seen; allergens
//! by the table's names are checked again by nutrition's validator.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::parts::Item;
use crate::nutrition::food::table;
use crate::violation::Violation;

/// Words of the table's names that say how a food is, not what.
const QUALITIES: &[&str] = &[
    "black", "bell", "brown", "canned", "dried", "drink", "eyed", "firm", "fat", "free", "fruit", "green",
    "ground", "leaf", "lean", "low", "pine", "powder", "pearl", "red", "round", "skim", "snow", "soft",
    "split", "sweet", "swiss", "vital", "water", "white", "whole", "wild",
];

/// Foods beyond the table that diets, faiths and allergies forbid.
const AVOIDED: &[&str] = &[
    "alcohol",
    "almond",
    "anchovy",
    "bacon",
    "beer",
    "bread",
    "celery",
    "cheese",
    "clam",
    "crab",
    "cream",
    "fish",
    "gelatin",
    "ham",
    "honey",
    "lobster",
    "lupin",
    "mayonnaise",
    "meat",
    "mustard",
    "nut",
    "octopus",
    "oyster",
    "pecan",
    "pistachio",
    "poultry",
    "prawn",
    "rum",
    "salami",
    "sausage",
    "scallop",
    "seafood",
    "sesame",
    "shellfish",
    "squid",
    "steak",
    "veal",
    "wine",
    "yoghurt",
];

/// The title that a model gave to a meal of the draft.
pub(super) fn check(place: &str, meal: &Item<'_>, title: &str) -> Result<(), Violation> {
    static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let named = table().iter().flat_map(|food| words(&food.name));
        let names = named.filter(|word| !QUALITIES.contains(&word.as_str()));
        names.chain(AVOIDED.iter().map(|word| (*word).to_owned())).collect()
    });
    let foods = meal.value["foods"].as_array().into_iter().flatten().filter_map(|food| food["food"].as_str());
    let served: BTreeSet<String> = foods.chain(meal.value["title"].as_str()).flat_map(words).collect();
    let foreign = words(title).into_iter().find(|word| NAMES.contains(word) && !served.contains(word));
    match foreign {
        Some(_) => {
            Err(Violation::new("invented-food", format!("{place}: names a food that the meal does not have")))
        }
        None => Ok(()),
    }
}

/// Lower-case words of three letters or more, in singular.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let split = lower.split(|c: char| !c.is_alphabetic());
    split.filter(|word| word.chars().count() >= 3).map(singular).collect()
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = word.strip_suffix("oes").map(|stem| format!("{stem}o"));
    stem.unwrap_or_else(|| word.strip_suffix('s').unwrap_or(word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_title_names_what_is_on_the_plate() {
        let value = json!({"title": "Oats with kefir and blueberries", "foods": [
            {"food": "Oats"}, {"food": "Kefir"}, {"food": "Blueberries"}
        ]});
        let meal = Item { pointer: String::new(), value: &value };
        for good in ["A warm bowl of oats with kefir and a blueberry or two", "Sweet start: oats, kefir"] {
            assert!(check("meals[0].title", &meal, good).is_ok(), "{good}");
        }
        for bad in ["Oats with walnuts", "Oats with bacon", "Oats in low-fat milk"] {
            assert!(check("meals[0].title", &meal, bad).is_err(), "{bad}");
        }
    }
}
