//! What a sentence that a person told says for their safety, beside what its typed claim says: allergies, injuries, diets, and what they do
//! not want to eat or do.
//!
//! A typed claim does not silence its sentence: what either says is united, but for the time for exercise, of which the typed one goes first.
//! Read by few words and on the safe side: who tells of an allergy, even of one that is over, is kept from the food until the memory is
//! forgotten. What is read of a sentence is named in the plan with the memory's key, so that it can be taken back. The lists are our choice.

use super::Memory;
use crate::nutrition::named_foods;
use crate::routine::{ExerciseTiming, activities_in, names_more, of_the_body, speaks_of_injury};

mod allergy;
mod diet;
pub(super) use allergy::allergies;
pub(super) use diet::diets;

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
/// Beginnings of what is said of something else.
const ANOTHER: &[&str] = &[
    "likes", "loves", "lives", "works", "trains", "wants", "prefers", "sleeps", "wakes", "goes", "runs",
    "swims", "enjoys", "plays", "studies", "carries", "uses",
];
const EXERCISE: &[&str] = &[
    "exercis", "train", "workout", "work out", "sport", "run", "swim", "gym", "yoga", "walk", "cycl", "move",
];

/// Lower case, with one apostrophe: what phones write for it is another letter.
fn lowered(content: &str) -> String {
    content.to_lowercase().replace(['\u{2019}', '\u{2018}', '\u{2bc}', '\u{b4}', '`'], "'")
}

/// The letter before a place in a text.
fn before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

/// What of it must be read as an injury, beside the `typed` ones: all of a memory that is filed as one, else the clauses that are of the
/// body. "Has a bad knee, likes swimming" says nothing of the body in its second.
pub(super) fn injury(memory: &Memory, typed: &[String]) -> Option<String> {
    let filed = memory.key.split(['.', '-']).any(|part| part.starts_with("injur"))
        || memory.about.iter().any(|topic| topic.starts_with("injur"));
    if !filed && !speaks_of_injury(&memory.content) {
        return None;
    }
    let read = if filed { memory.content.clone() } else { clauses_of_the_body(&memory.content) };
    (typed.is_empty() || names_more(&read, typed)).then_some(read)
}

/// Without the clauses that have no word of the body. Between "and"s only what begins as another subject is a clause: "knee and spleen" is a
/// list.
fn clauses_of_the_body(content: &str) -> String {
    let mut pieces: Vec<&str> = vec![content];
    for stop in [",", ";", ":", ".", "\n", " but ", " and ", " und "] {
        let list = matches!(stop, " and " | " und ");
        pieces = pieces
            .into_iter()
            .flat_map(|piece| {
                let apart = !list || piece.split(stop).skip(1).all(begins_another);
                if apart { piece.split(stop).collect() } else { vec![piece] }
            })
            .collect();
    }
    let kept: Vec<&str> = pieces.into_iter().map(str::trim).filter(|piece| of_the_body(piece)).collect();
    kept.join(", ")
}

fn begins_another(piece: &str) -> bool {
    let lower = piece.trim_start().to_lowercase();
    ANOTHER.iter().any(|verb| lower.split(' ').next() == Some(verb))
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
    let text = lowered(&memory.content);
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
    let text = format!("{} ", lowered(content));
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
