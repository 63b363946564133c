//! What one text of a model must be: plain, short enough, true to the numbers, within a coach's competence.
//!
//! Numbers are compared as runs of digits: `7,5` and `7.5` are two runs each. A number written as a word passes.

use std::collections::HashSet;

use super::words::Place;
use crate::violation::Violation;
use crate::wording;

/// Every run of digits in a text.
pub(super) fn numbers(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

/// `known`: the numbers of the facts.
pub(super) fn check(place: &Place, words: &str, known: &HashSet<String>) -> Result<(), Violation> {
    let object = |rule, what: &str| Err(Violation::new(rule, format!("{}: {what}", place.key)));
    if words == place.text.trim() {
        return Ok(());
    }
    let length = words.chars().count();
    if length == 0 {
        return object("text", "is empty");
    }
    if length > place.most {
        return object("text", &format!("has {length} characters, at most {} fit", place.most));
    }
    let lower = words.to_lowercase();
    let link = lower.contains("://") || lower.contains("www.");
    if link || words.contains(['<', '>', '`', '{', '}', '[', ']']) || words.chars().any(char::is_control) {
        return object("text", "must be plain words, without markup or links");
    }
    let own = numbers(&place.text);
    // "8 am" of "08:00": a leading zero makes no other number.
    let alike = |run: &str| {
        let plain = run.trim_start_matches('0');
        known.iter().chain(&own).any(|known| known == run || known.trim_start_matches('0') == plain)
    };
    if let Some(invented) = numbers(words).into_iter().find(|run| !alike(run)) {
        return object("invented-number", &format!("{invented} is not among the facts"));
    }
    if wording::oversteps(words) {
        return object("wording", "says what only a professional may");
    }
    Ok(())
}
