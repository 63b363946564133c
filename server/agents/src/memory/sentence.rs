//! What a sentence that a person told says for their safety, where no typed claim says it: allergies, injuries, diets, and what they do not
//! want to eat or do.
//!
//! Read by few words and on the safe side: who tells of an allergy, even of one that is over, is kept from the food until the memory is
//! forgotten. What is read of a sentence is named in the plan with the memory's key, so that it can be taken back. The lists are our choice.

use domain::profile::Diet;

use super::Memory;
use crate::nutrition::named_foods;
use crate::routine::{ExerciseTiming, activities_in, speaks_of_injury};

/// Beginnings of words that tell of an allergy or intolerance.
const ALLERGY: &[&str] = &[
    "allerg",
    "anaphyl",
    "intoleran",
    "celiac",
    "coeliac",
    "zöliakie",
    "unverträglich",
    "epipen",
    "alérgic",
    "alergi",
];
/// Phrases that tell of a reaction, with a food named.
const REACTION: &[&str] = &[
    "reaction to",
    "react to",
    "reacts to",
    "cannot tolerate",
    "can't tolerate",
    "does not tolerate",
    "doesn't tolerate",
    "must not eat",
    "must never eat",
    "cannot eat",
    "can't eat",
];
const DISLIKE: &[&str] = &[
    "dislike",
    "hate",
    "do not like",
    "does not like",
    "don't like",
    "doesn't like",
    "cannot stand",
    "can't stand",
    "not fond of",
    "no fan of",
    "not a fan of",
    "do not want",
    "does not want",
    "don't want",
    "doesn't want",
    "would rather not",
    "never wants to",
    "mag kein",
    "mag nicht",
];
/// What is liked after all.
const BUT: &[&str] = &[" but ", " except ", " aber ", ";", ". "];
const DIETS: &[(&str, Diet)] = &[
    ("vegan", Diet::Vegan),
    ("vegetarian", Diet::Vegetarian),
    ("pescatarian", Diet::Pescatarian),
    ("pescetarian", Diet::Pescatarian),
    ("halal", Diet::Halal),
    ("kosher", Diet::Kosher),
    ("gluten-free", Diet::GlutenFree),
    ("gluten free", Diet::GlutenFree),
    ("lactose-free", Diet::LactoseFree),
    ("lactose free", Diet::LactoseFree),
    ("low-fodmap", Diet::LowFodmap),
    ("low fodmap", Diet::LowFodmap),
];
/// Beside a diet these say that it is over, or somebody else's.
const NOT: &[&str] = &["no longer", "not ", "n't ", "never ", "used to", "stopped", "former", "was "];
const OTHERS: &[&str] = &[
    "wife",
    "husband",
    "partner",
    "friend",
    "mother",
    "father",
    "sister",
    "brother",
    "son ",
    "daughter",
    "colleague",
    "child",
    "kids",
];
const EXERCISE: &[&str] = &[
    "exercis", "train", "workout", "work out", "sport", "run", "swim", "gym", "yoga", "walk", "cycl", "move",
];

/// Foods of the allergies that a sentence tells; `Some` of none: it tells of one that is not known by its words.
pub(super) fn allergies(memory: &Memory) -> Option<Vec<String>> {
    let text = memory.content.to_lowercase();
    let tells = has_word(&text, ALLERGY)
        || memory.key.split(['.', '-']).any(|part| ALLERGY.iter().any(|name| part.starts_with(name)))
        || memory.about.iter().any(|topic| topic.starts_with("allerg"));
    let foods = named_foods(&memory.content);
    match (tells, foods.is_empty()) {
        (true, false) => Some(foods),
        // "No known allergies" names nothing.
        (true, true) => {
            (!has_word(&text, &["no", "none", "not", "never", "keine", "without"])).then_some(foods)
        }
        (false, false) => REACTION.iter().any(|phrase| text.contains(phrase)).then_some(foods),
        (false, true) => None,
    }
}

/// Whether what it says must be read as an injury.
pub(super) fn injury(memory: &Memory) -> bool {
    let filed = memory.key.split(['.', '-']).any(|part| part.starts_with("injur"))
        || memory.about.iter().any(|topic| topic.starts_with("injur"));
    filed || speaks_of_injury(&memory.content)
}

/// A diet of their own that still holds.
pub(super) fn diet(memory: &Memory) -> Option<Diet> {
    let text = format!("{} ", memory.content.to_lowercase());
    let other = OTHERS.iter().any(|word| text.contains(word)) || NOT.iter().any(|word| text.contains(word));
    // "Vegan" before "vegetarian": the stricter one.
    DIETS.iter().find(|(name, _)| text.contains(name)).map(|(_, diet)| *diet).filter(|_| !other)
}

/// Foods that it says they do not like.
pub(super) fn dislikes(memory: &Memory) -> Vec<String> {
    disliked(&memory.content).map(|rest| named_foods(&rest)).unwrap_or_default()
}

/// Activities that it says they do not want.
pub(super) fn avoids(memory: &Memory) -> Vec<String> {
    disliked(&memory.content).map(|rest| activities_in(&rest)).unwrap_or_default()
}

/// "Trains in the mornings only."
pub(super) fn exercise(memory: &Memory) -> Option<ExerciseTiming> {
    let text = memory.content.to_lowercase();
    let about = has_word(&text, EXERCISE)
        || memory.about.iter().any(|topic| topic == "activity" || topic == "exercise")
        || memory.key.split(['.', '-']).any(|part| part == "exercise");
    let only = has_word(&text, &["only", "nur"]) && about;
    let at = |words: &[&str]| has_word(&text, words);
    match (at(&["morning"]), at(&["midday", "noon", "lunch"]), at(&["evening"])) {
        (true, false, false) if only => Some(ExerciseTiming::Morning),
        (false, true, false) if only => Some(ExerciseTiming::Midday),
        (false, false, true) if only => Some(ExerciseTiming::Evening),
        _ => None,
    }
}

/// What follows the first word of dislike, up to what is liked after all.
fn disliked(content: &str) -> Option<String> {
    let text = format!("{} ", content.to_lowercase());
    let (at, phrase) =
        DISLIKE.iter().filter_map(|phrase| Some((text.find(phrase)?, phrase))).min_by_key(|(at, _)| *at)?;
    let rest = &text[at + phrase.len()..];
    let end = BUT.iter().filter_map(|stop| rest.find(stop)).min().unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// Whether a word begins so.
fn has_word(lower: &str, beginnings: &[&str]) -> bool {
    let exact = |name: &str| matches!(name, "no" | "not" | "none" | "only" | "nur");
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        beginnings.iter().any(|name| if exact(name) { word == *name } else { word.starts_with(name) })
    }) || beginnings.iter().any(|name| name.contains(' ') && lower.contains(name))
}
