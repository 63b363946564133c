//! The words that a model would change, and how.
//!
//! Promises to change only the texts that are meant to be told to a person, to add no numbers and no advice, to stay
//! within the longest length and to end as a sentence. Under the fault `unsafe` every such text is bad advice instead.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// The fields that a model may rewrite, as they are named in answers. In flat replies their place goes before the name
/// (`priorities_0_why`).
const TOLD: [&str; 8] =
    ["title", "why", "summary", "content", "detail", "purpose", "next_step", "scale_down"];
/// How often such a text is changed.
const SHARE: f64 = 0.5;
/// After a whole sentence.
const SENTENCES: [&str; 6] = [
    "Be kind to yourself.",
    "You are on a good way.",
    "Take it at your own pace.",
    "Every small step counts.",
    "Enjoy it.",
    "That is worth a smile.",
];
/// After words that do not end as a sentence.
const CLAUSES: [&str; 4] = [", at your own pace.", ", with ease.", ", gently.", ", one step at a time."];
/// Without a schema.
const REPLIES: [&str; 4] = [
    "You are doing well; keep today's step small and let it feel easy.",
    "A short walk in daylight is a fine way to begin.",
    "Rest is part of the plan, so take the evening slowly.",
    "Pick the one thing that feels light today and start there.",
];
const BAD_ADVICE: &str = "Stop taking your medication.";

pub(super) struct Wording {
    chance: StdRng,
    bad: bool,
}

impl Wording {
    /// `bad`: every told text becomes advice that nobody may give.
    pub(super) fn new(chance: StdRng, bad: bool) -> Self {
        Self { chance, bad }
    }

    /// The text of the field `name`, at most `most` characters; texts that are not told stay as they are.
    pub(super) fn tell(&mut self, name: &str, text: String, most: usize) -> String {
        if !is_told(name) || text.trim().is_empty() {
            return text;
        }
        if self.bad {
            return if BAD_ADVICE.chars().count() <= most { BAD_ADVICE.to_owned() } else { text };
        }
        if !self.chance.random_bool(SHARE) {
            return text;
        }
        let plain = text.trim_end();
        let warmer = if plain.ends_with(['.', '!', '?', '…']) {
            self.pick(&SENTENCES).map(|sentence| format!("{plain} {sentence}"))
        } else {
            let plain = plain.trim_end_matches([',', ';', ':', '-', '–']);
            self.pick(&CLAUSES).map(|clause| format!("{plain}{clause}"))
        };
        warmer.filter(|warmer| warmer.chars().count() <= most).unwrap_or(text)
    }

    /// One or two sentences for a question without a schema.
    pub(super) fn reply(&mut self) -> &'static str {
        if self.bad { BAD_ADVICE } else { self.pick(&REPLIES).unwrap_or_default() }
    }

    fn pick(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.choose(&mut self.chance).copied()
    }
}

fn is_told(name: &str) -> bool {
    TOLD.iter().any(|told| {
        name.strip_suffix(told).is_some_and(|place| {
            let place = place.strip_suffix('_').map(|place| place.ends_with(|c: char| c.is_ascii_digit()));
            place.unwrap_or(name == *told)
        })
    })
}
