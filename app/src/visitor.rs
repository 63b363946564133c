//! Who looks at a page, and how they want it: put into context by the server for every request.

use leptos::prelude::*;
use ops::Ops;
use ops::access::{Actor, Person};

/// The person signed in; absent on the pages that need nobody.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Person>);

/// The colour scheme a person chose; the system's when none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Dark,
    Light,
}

impl Theme {
    pub fn parse(text: &str) -> Self {
        match text {
            "dark" => Self::Dark,
            "light" => Self::Light,
            _ => Self::System,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    pub fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "dark light",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

/// Whether the islands were built into this binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    Built,
    Missing,
}

/// One message to show once, left by the action before.
#[derive(Clone, Debug)]
pub struct Flash(pub Option<Notice>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub good: bool,
    pub text: String,
}

/// The path and query of the page asked for.
#[derive(Clone, Debug)]
pub struct PagePath(pub String);

pub fn ops() -> Ops {
    expect_context::<Ops>()
}

/// The person on whose behalf a page or action runs. Pages that need nobody must not call it.
pub fn person() -> ops::Result<Person> {
    use_context::<Visitor>()
        .and_then(|visitor| visitor.0)
        .ok_or(ops::Error::Unauthenticated("your session has ended: sign in again, nothing was changed"))
}

pub fn actor() -> ops::Result<Actor> {
    person().map(|person| person.actor())
}
