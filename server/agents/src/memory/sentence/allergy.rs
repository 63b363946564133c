//! Allergies in a sentence: the foods that it names, and whether it tells of one that is not known by its words.
//!
//! A "no" counts only right at the word: "no known allergies". "Allergic to lychee, must not have any" is an allergy.

use super::{begins_another, lowered};
use crate::memory::Memory;
use crate::nutrition::named_foods;

/// Parts of words that tell of an allergy or intolerance: `Nussallergie`.
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
/// Words that hold such a part and tell of none.
const NO_ALLERGY: &[&str] = &["hypoallerg", "hypo-allerg", "antiallerg"];
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
const NO: &[&str] = &[
    "no",
    "non",
    "not",
    "none",
    "never",
    "without",
    "nor",
    "kein",
    "keine",
    "keinen",
    "keinerlei",
    "nicht",
    "ohne",
];
/// What may stand between a "no" and the allergy, or alone beside it where the allergy is in the key.
const BETWEEN: &[&str] = &[
    "a",
    "an",
    "any",
    "known",
    "other",
    "such",
    "food",
    "foods",
    "drug",
    "or",
    "and",
    "oder",
    "und",
    "have",
    "has",
    "bekannt",
    "bekannte",
    "bekannten",
    "weitere",
    "weiteren",
    "diagnosed",
    "at",
    "all",
    "so",
    "far",
    "had",
    "aware",
    "of",
    "history",
];
/// What takes a "no" back.
const EXCEPT: &[&str] = &["except", "besides", "apart", "other than", "außer"];
/// Where what is said of the allergy ends.
const END: &[&str] = &[". ", ";", "\n", " but ", " aber ", "!", "?"];
/// Where what is said of one food ends.
const SINCE: &[&str] = &[" since ", " seit ", " because ", " weil ", " when ", " if ", " after "];
/// Words of a piece that name no food.
const PLAIN: &[&str] = &[
    "a",
    "an",
    "the",
    "to",
    "of",
    "in",
    "on",
    "from",
    "for",
    "with",
    "by",
    "it",
    "them",
    "these",
    "those",
    "this",
    "that",
    "any",
    "all",
    "both",
    "some",
    "so",
    "too",
    "also",
    "very",
    "is",
    "am",
    "are",
    "was",
    "be",
    "been",
    "has",
    "have",
    "had",
    "i",
    "my",
    "must",
    "not",
    "never",
    "no",
    "cannot",
    "can't",
    "don't",
    "doesn't",
    "does",
    "do",
    "eat",
    "avoid",
    "avoids",
    "carry",
    "carries",
    "pen",
    "severe",
    "severely",
    "mild",
    "mildly",
    "strong",
    "strongly",
    "bad",
    "badly",
    "life",
    "threatening",
    "shock",
    "reaction",
    "reactions",
    "since",
    "childhood",
    "birth",
    "years",
    "ago",
    "always",
    "diagnosed",
    "doctor",
    "hospital",
    "more",
    "anymore",
    "longer",
    "gegen",
    "auf",
    "bin",
    "ich",
    "habe",
    "ist",
    "eine",
    "einen",
    "seit",
    "kindheit",
    "sehr",
    "stark",
    "starke",
    "disease",
    "food",
    "foods",
    "symptoms",
    "test",
    "tested",
    "positive",
    "known",
    "trace",
    "traces",
];

/// What a sentence says of allergies.
#[derive(Default)]
pub(in crate::memory) struct Allergies {
    pub foods: Vec<String>,
    /// Words that tell of an allergy and name nothing we know, each of one piece: "linsen" of "peanuts and Linsen"; the whole sentence
    /// where nothing is named and it has no such pieces.
    pub unread: Vec<String>,
}

pub(in crate::memory) fn allergies(memory: &Memory) -> Allergies {
    let text = lowered(&memory.content);
    let words = tokens(&text);
    let filed = memory.key.split(['.', '-']).any(|part| ALLERGY.iter().any(|name| part.starts_with(name)))
        || memory.about.iter().any(|topic| topic.starts_with("allerg"));
    let spoken = words.iter().any(|word| tells(word));
    let foods = named_foods(&text);
    if !filed && !spoken {
        let reacts = !foods.is_empty() && REACTION.iter().any(|phrase| text.contains(phrase));
        return Allergies { foods: if reacts { foods } else { Vec::new() }, unread: Vec::new() };
    }
    let none =
        if spoken { denied(&text) } else { words.iter().all(|word| says_no(word) || BETWEEN.contains(word)) };
    let unread = match (none, foods.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => Some(unread(&text)).filter(|pieces| !pieces.is_empty()).unwrap_or(vec![text]),
        (false, false) => unread(&text),
    };
    Allergies { foods, unread }
}

fn tells(word: &str) -> bool {
    ALLERGY.iter().any(|part| word.contains(part)) && !NO_ALLERGY.iter().any(|name| word.starts_with(name))
}

fn says_no(word: &str) -> bool {
    NO.contains(&word) || word.ends_with("n't")
}

/// Words with their apostrophes.
fn tokens(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect()
}

/// Whether every word of an allergy in it is a denied one.
fn denied(text: &str) -> bool {
    if EXCEPT.iter().any(|word| text.contains(word)) {
        return false;
    }
    text.split([',', ';', '.', '\n']).all(|clause| {
        let words = tokens(clause);
        words.iter().enumerate().filter(|(_, word)| tells(word)).all(|(at, _)| {
            let passed = |word: &&&str| BETWEEN.contains(*word) || tells(word);
            let no_before =
                words[..at].iter().rev().find(|word| !passed(word)).is_some_and(|word| says_no(word));
            let rest = &words[at + 1..];
            // "Allergies: none known."
            let no_after = rest.first().is_some_and(|word| says_no(word))
                && rest.iter().all(|word| says_no(word) || BETWEEN.contains(word));
            no_before || no_after
        })
    })
}

/// The pieces of a list after the word of an allergy that name nothing known.
fn unread(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(after) = after_word(rest) {
        let end = END.iter().filter_map(|stop| after.find(stop)).min().unwrap_or(after.len());
        // "Not allergic to milk": nothing of a list is told.
        if !denied(&rest[..rest.len() - after.len()]) {
            found.extend(pieces(&after[..end]));
        }
        rest = &after[end..];
    }
    found
}

/// What follows the first word that tells of an allergy.
fn after_word(text: &str) -> Option<&str> {
    let mut at = 0;
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '\'') {
        if tells(word) {
            return Some(&text[at + word.len()..]);
        }
        // What parts two words is one letter of any length.
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    None
}

/// Those of a list that name nothing known.
fn pieces(list: &str) -> Vec<String> {
    let joined = list.replace(" and ", ",").replace(" und ", ",").replace(" or ", ",").replace(" oder ", ",");
    let pieces = joined.split([',', '&', '/', '+', '(', ')', ':', '.']);
    let cut = pieces.map(|piece| {
        let piece = format!(" {piece} ");
        let end = SINCE.iter().filter_map(|stop| piece.find(stop)).min().unwrap_or(piece.len());
        piece[..end].trim().to_owned()
    });
    cut.filter(|piece| {
        let words = tokens(piece);
        let says =
            |word: &&str| !PLAIN.contains(word) && !tells(word) && !word.chars().all(|c| c.is_ascii_digit());
        !begins_another(piece) && words.iter().any(says) && named_foods(piece).is_empty()
    })
    .collect()
}
