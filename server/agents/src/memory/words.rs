//! Words of a text by their stems, so that *sleeping* finds what says *sleeps*.
//!
//! Light stemming: the S-stemmer (Harman 1991, "How effective is suffixing?"), then step 1b of Porter (1980) without its measures: -ing and
//! -ed go, a doubled consonant is undone, a last -e goes. Too light for linguists, and the same for question and memory.

use std::collections::BTreeSet;

/// Words that are in every sentence.
const STOP: [&str; 36] = [
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "had", "has",
    "have", "how", "i", "in", "is", "it", "its", "me", "my", "of", "on", "or", "that", "the", "they", "to",
    "was", "what", "when", "with", "you",
];

/// The stems of a text, each once; of every script, in lower case.
pub(crate) fn stems(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !STOP.contains(word))
        .map(stem)
        .collect()
}

fn stem(word: &str) -> String {
    let word = singular(word);
    let bare = ["ing", "ed"].into_iter().find_map(|suffix| {
        let rest = word.strip_suffix(suffix)?;
        (rest.chars().count() >= 3 && rest.contains(['a', 'e', 'i', 'o', 'u', 'y'])).then_some(rest)
    });
    let stem = bare.map_or(word.as_str(), undoubled);
    let short = stem.chars().count() <= 3;
    if short { stem } else { stem.strip_suffix('e').unwrap_or(stem) }.to_owned()
}

fn singular(word: &str) -> String {
    let kept = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if word.chars().count() <= 3 {
        word.to_owned()
    } else if let Some(rest) = word.strip_suffix("ies").filter(|_| !kept(&["eies", "aies"])) {
        format!("{rest}y")
    } else if word.ends_with('s') && !kept(&["us", "ss"]) {
        word.strip_suffix('s').unwrap_or(word).to_owned()
    } else {
        word.to_owned()
    }
}

/// `runn` is `run`; `fall`, `miss` and `buzz` stay.
fn undoubled(stem: &str) -> &str {
    let mut back = stem.chars().rev();
    match (back.next(), back.next()) {
        (Some(last), Some(before)) if last == before && !"aeioulsz".contains(last) => {
            &stem[..stem.len() - last.len_utf8()]
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        let families: [&[&str]; 8] = [
            &["walk", "walks", "walking", "walked"],
            &["wake", "wakes", "waking", "waked"],
            &["run", "runs", "running"],
            &["sleep", "sleeps", "sleeping"],
            &["habit", "habits"],
            &["activity", "activities"],
            &["plan", "plans", "planned", "planning"],
            &["exercise", "exercises", "exercising"],
        ];
        for family in families {
            for word in family {
                assert_eq!(stem(word), stem(family[0]), "{word}");
            }
        }
        let apart = [("stress", "stre"), ("bus", "bu"), ("bed", "b"), ("ring", "r"), ("falling", "fal")];
        for (word, not) in apart {
            assert_ne!(stem(word), not, "{word}");
        }
    }
}
