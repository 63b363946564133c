//! The state of a thing: an icon, a word and a colour, never the colour alone.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Bad,
    Unknown,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }
}

/// A state word with its shape and colour.
#[component]
pub fn State(tone: Tone, #[prop(into)] word: String) -> impl IntoView {
    view! { <span class=format!("state {}", tone.class())>{word}</span> }
}
