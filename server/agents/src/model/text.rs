//! What every text of a model must hold before a person may read it.
//!
//! Checks form and words, not sense: whether a text is kind or to the point is left to the prompt and to people. A link is
//! anything with `://`, `www.` or a name like `example.com`; a few honest texts are refused with the rest.

use std::collections::BTreeSet;

use super::number;
use crate::violation::Violation;
use crate::wording;

/// Characters of Markdown, HTML and addresses. Plain sentences need none of them.
const MARKUP: &[char] = &['<', '>', '`', '[', ']', '{', '}', '|', '\\', '*', '_', '#', '~', '@'];

/// `place` names the text in the violation; `most` is in characters; `known` are the numbers that it may say.
pub(super) fn check(place: &str, text: &str, most: usize, known: &BTreeSet<String>) -> Result<(), Violation> {
    let object = |rule, what: &str| Err(Violation::new(rule, format!("{place}: {what}")));
    if text.chars().count() > most {
        return object("too-long", &format!("more than {most} characters"));
    }
    if text.trim().is_empty() {
        return object("text", "is empty");
    }
    if text.chars().any(|letter| letter.is_control() || invisible(letter)) {
        return object("text", "has control characters");
    }
    if text.contains(MARKUP) {
        return object("text", "has markup");
    }
    if links(text) {
        return object("text", "has a link");
    }
    if wording::oversteps(text) {
        return object("wording", "says what only a professional may");
    }
    if number::in_text(text).iter().any(|number| !known.contains(number)) {
        return object("invented-number", "has a number that the draft does not have here");
    }
    Ok(())
}

/// Of no width, or changing the direction of what follows: words could be hidden with them.
fn invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn links(text: &str) -> bool {
    let lower = text.to_lowercase();
    let address = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.split('/').next().and_then(|name| name.rsplit_once('.')).is_some_and(|(name, end)| {
            end.len() >= 2 && end.chars().all(char::is_alphabetic) && name.ends_with(char::is_alphanumeric)
        })
    };
    lower.contains("://") || lower.contains("www.") || lower.split_whitespace().any(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_plain_sentences_from_the_rest() {
        let known = number::in_text("10 minutes, 7,000 steps");
        let rule = |text: &str| check("here", text, 60, &known).err().map(|violation| violation.rule);
        for good in
            ["Ten calm minutes, e.g. outside.", "Your 7000 steps – well done! 🙂", "“Slow” is fine; 10 %."]
        {
            assert_eq!(rule(good), None, "{good}");
        }
        for (bad, expected) in [
            (" ", "text"),
            ("See https://x.y", "text"),
            ("See example.com/walk.", "text"),
            ("**Walk**", "text"),
            ("Walk\nnow", "text"),
            ("fas\u{200b}ting", "text"),
            ("Try fasting", "wording"),
            ("Walk 11 minutes", "invented-number"),
            ("Walk ninety minutes", "invented-number"),
            (&"a".repeat(61), "too-long"),
        ] {
            assert_eq!(rule(bad), Some(expected), "{bad}");
        }
    }
}
