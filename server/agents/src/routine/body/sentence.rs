//! Injuries in a sentence that a person told: whether it speaks of one, and which of its clauses do.

use super::words::{
    ACHES, AILMENTS, AMBIGUOUS, INJURIES, NAMED_AILMENTS, PLAIN, PLAIN_PHRASES, STROKE_OF, STROKES,
};
use super::{injured, serious};

/// What the words of a text are of.
struct Read {
    /// A part of the body.
    part: bool,
    /// Something that is not well.
    unwell: bool,
    /// What is for a professional, or may be.
    serious: bool,
    /// The same, whatever stands beside it.
    certain: bool,
    /// What needs no other word.
    plain: bool,
}

impl Read {
    fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let tokens: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let begins = |token: &str, names: &[&str]| names.iter().any(|name| token.starts_with(name));
        let any = |names: &[&str]| tokens.iter().any(|token| begins(token, names));
        let spaced = tokens.join(" ");
        let stroke = tokens.iter().enumerate().any(|(at, token)| {
            let earlier = at.checked_sub(1).and_then(|at| tokens.get(at));
            let sport = earlier.is_some_and(|word| begins(word, STROKES))
                || tokens.get(at + 1).is_some_and(|word| STROKE_OF.contains(word));
            matches!(*token, "stroke" | "strokes") && !sport
        });
        Self {
            part: INJURIES.iter().any(|(name, _)| any(&[name])),
            unwell: any(AILMENTS) || tokens.iter().any(|token| ACHES.iter().any(|end| token.ends_with(end))),
            serious: tokens.iter().any(|token| serious(token)),
            certain: tokens.iter().any(|token| serious(token) && !begins(token, AMBIGUOUS)),
            plain: any(PLAIN)
                || any(NAMED_AILMENTS)
                || stroke
                || PLAIN_PHRASES.iter().any(|phrase| spaced.contains(phrase)),
        }
    }
}

/// Whether a sentence must be read as an injury: a part, or what may be for a professional, with a word for what is wrong with it; or an
/// illness that needs no such word.
pub(crate) fn speaks_of_injury(sentence: &str) -> bool {
    let read = Read::of(sentence);
    read.plain || read.unwell && (read.part || read.certain)
}

/// Whether a clause of such a sentence has a word of the body and of what is wrong with it: "likes swimming" has none. Both halves of
/// "my knee, it hurts" have one.
pub(crate) fn of_the_body(clause: &str) -> bool {
    let read = Read::of(clause);
    read.part || read.unwell || read.serious || read.plain
}

/// Whether a sentence names a part that the typed words do not, or what is for a professional where they do not.
pub(crate) fn names_more(sentence: &str, typed: &[String]) -> bool {
    let (known, open) = injured(typed);
    let own = injured(std::slice::from_ref(&sentence.to_owned())).0;
    let read = Read::of(sentence);
    own.iter().any(|part| !known.contains(part)) || open.is_empty() && (read.serious || read.plain)
}
