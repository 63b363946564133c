//! Limits on how often, how much and how much at once: what a rule counts, over which window, for whom, and how many may be.
//!
//! A rule's [scope] says whose use is counted together; which of several rules holds is [`book`]'s subject, and finding it fast
//! is [`index`]'s.

pub mod book;
pub mod index;
pub mod scope;
mod words;

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

pub use scope::{Asking, Part, Scope, Subject};

use crate::field_error::FieldError;

/// Above this a quota is a slip of the finger.
const MOST: u32 = 1_000_000_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// Requests to agents and chats.
    Requests,
    /// Input and output of model calls.
    Tokens,
    /// Requests under way at the same time.
    Parallel,
}

impl Resource {
    pub const ALL: [Self; 3] = [Self::Requests, Self::Tokens, Self::Parallel];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Parallel => "parallel",
        }
    }
}

/// The span in which a quota refills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    Second,
    Minute,
    Hour,
    Day,
}

impl Window {
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    pub fn span(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }
}

/// A rule without its quota. Its text, `requests:hour:tier=free,agent=behavior,person=*`, is its name in the store, in links, in
/// the API and in what apps are told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule {
    resource: Resource,
    window: Option<Window>,
    scope: Scope,
}

impl Rule {
    /// # Errors
    /// Names `window` (requests and tokens have one, what runs at the same time has none) or `model` (a request is admitted before
    /// a model is chosen, so only tokens are counted by model).
    pub fn new(resource: Resource, window: Option<Window>, scope: Scope) -> Result<Self, FieldError> {
        match (resource, window) {
            (Resource::Parallel, Some(_)) => {
                return Err(FieldError::new("window", "must be absent: what runs at the same time has none"));
            }
            (Resource::Requests | Resource::Tokens, None) => {
                return Err(FieldError::new("window", "must be second, minute, hour or day"));
            }
            _ => {}
        }
        if scope.model.is_some() && resource != Resource::Tokens {
            let why = "only tokens are counted by model: a request is admitted before a model is chosen";
            return Err(FieldError::new("model", why));
        }
        Ok(Self { resource, window, scope })
    }

    pub fn resource(&self) -> Resource {
        self.resource
    }

    /// `None`: at the same time.
    pub fn window(&self) -> Option<Window> {
        self.window
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether it tells about one person: ids of people are not for everybody.
    pub fn is_of_a_person(&self) -> bool {
        matches!(self.scope.person, Some(Part::One(_)))
    }

    /// Reads what [`Display`](fmt::Display) writes; the parts of the scope in any order.
    ///
    /// # Errors
    /// Names the field `rule`; the refused text is not repeated.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        Self::read(text).ok_or_else(|| {
            FieldError::new(
                "rule",
                "must be RESOURCE:WINDOW:SCOPE: requests or tokens with second, minute, hour or day, or parallel without a window; the \
                 scope a list of tenant=, key=, tier=, agent=, model= (tokens only) and person=TENANT/USER, `*` for each, nothing for \
                 all together: requests:hour:tier=free,agent=behavior,person=*",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (resource, rest) = text.split_once(':').map_or((text, None), |(head, rest)| (head, Some(rest)));
        let resource = Resource::ALL.into_iter().find(|known| known.as_str() == resource)?;
        let (window, scope) = match (resource, rest) {
            (Resource::Parallel, rest) => (None, rest),
            (_, None) => return None,
            (_, Some(rest)) => {
                let (window, scope) =
                    rest.split_once(':').map_or((rest, None), |(w, scope)| (w, Some(scope)));
                (Some(Window::ALL.into_iter().find(|known| known.as_str() == window)?), scope)
            }
        };
        let scope = match scope {
            Some(text) => Scope::read(text)?,
            None => Scope::default(),
        };
        Self::new(resource, window, scope).ok()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.resource.as_str())?;
        if let Some(window) = self.window {
            write!(f, ":{}", window.as_str())?;
        }
        if self.scope == Scope::default() { Ok(()) } else { write!(f, ":{}", self.scope) }
    }
}

/// How many may be. No limit is above every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    Most(NonZeroU32),
    NoLimit,
}

impl Quota {
    /// As people, configuration and store write it: 0 for no limit.
    ///
    /// # Errors
    /// Names `field`: more than a thousand million.
    pub fn parse(field: &str, n: u64) -> Result<Self, FieldError> {
        let fits = u32::try_from(n).ok().filter(|n| *n <= MOST);
        let fault =
            || FieldError::new(field, format!("must be a whole number from 0, for no limit, to {MOST}"));
        fits.map(Self::of).ok_or_else(fault)
    }

    /// 0 for no limit.
    pub fn of(n: u32) -> Self {
        NonZeroU32::new(n).map_or(Self::NoLimit, Self::Most)
    }

    /// 0 for no limit.
    pub fn number(self) -> u32 {
        self.most().unwrap_or(0)
    }

    pub fn most(self) -> Option<u32> {
        match self {
            Self::Most(most) => Some(most.get()),
            Self::NoLimit => None,
        }
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Most(most) => most.fmt(f),
            Self::NoLimit => f.write_str("no limit"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
