//! Diets in a sentence: every one that is the person's own and still holds.
//!
//! What says that a diet is over or somebody else's counts only right before it: "halal, does not drink" is halal.

use domain::profile::Diet;

use super::{before, lowered};
use crate::memory::Memory;

/// "Vegan" before "vegetarian": the stricter one first.
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
const NOT: &[&str] = &[
    "no", "not", "never", "used", "stopped", "quit", "former", "formerly", "was", "were", "non", "ex",
    "nicht",
];
const OTHERS: &[&str] = &[
    "wife",
    "husband",
    "partner",
    "friend",
    "mother",
    "father",
    "sister",
    "brother",
    "son",
    "daughter",
    "colleague",
    "child",
    "children",
    "kid",
];
/// What may stand between.
const LINKING: &[&str] = &[
    "a",
    "an",
    "the",
    "is",
    "are",
    "be",
    "being",
    "been",
    "to",
    "eat",
    "eats",
    "eating",
    "ate",
    "on",
    "longer",
    "strictly",
    "strict",
    "mostly",
    "fully",
    "completely",
    "really",
    "very",
    "also",
    "now",
    "currently",
    "diet",
    "any",
    "more",
];
const CLAUSE: &[char] = &[',', ';', '.', ':', '\n', '!', '?', '(', ')'];

/// Each once, in the order of the list.
pub(in crate::memory) fn diets(memory: &Memory) -> Vec<Diet> {
    let text = lowered(&memory.content);
    let mut found: Vec<Diet> = Vec::new();
    for (name, diet) in DIETS {
        if !found.contains(diet) && text.match_indices(name).any(|(at, _)| own(&text, at, name)) {
            found.push(*diet);
        }
    }
    found
}

fn own(text: &str, at: usize, name: &str) -> bool {
    let after = &text[at + name.len()..];
    let next = after.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
    // "A vegan daughter"; in another clause it is not hers.
    let hers = after.starts_with(' ') && next.is_some_and(other);
    if hers
        || after.trim_start().starts_with("no longer")
        || before(text, at).is_some_and(char::is_alphanumeric)
    {
        return false;
    }
    let clause = text[..at].rsplit(CLAUSE).next().unwrap_or_default();
    // A diet of several words is one word.
    let whole = DIETS.iter().fold(clause.to_owned(), |clause, (name, _)| clause.replace(name, "\u{1}"));
    let words: Vec<&str> = whole
        .split(|c: char| !c.is_alphanumeric() && !"'\u{1}".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let said = words.iter().enumerate().rev().find(|(at, word)| {
        let listed = matches!(**word, "and" | "or" | "und") && *at > 0 && words[at - 1].contains('\u{1}');
        !(LINKING.contains(word) || word.contains('\u{1}') || listed)
    });
    !said.is_some_and(|(_, word)| NOT.contains(word) || word.ends_with("n't") || other(word))
}

fn other(word: &str) -> bool {
    OTHERS.iter().any(|name| {
        word == *name || word.strip_suffix('s') == Some(name) || word.strip_suffix("'s") == Some(name)
    })
}
