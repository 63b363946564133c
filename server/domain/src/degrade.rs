//! Cheaper before less, less before nothing: what an agent gives up, step by step, while a sum that it spends from fills.
//!
//! A policy is a list of steps, one text each for configuration, store, links and API: `80% any cheaper-model`. What holds
//! now is [`decide`]'s subject. The end is the same for every agent of ours: at 100 % the planner answers.

pub mod decide;
pub mod throttle;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::agent::Agent;
use crate::field_error::FieldError;

/// Of one policy: more than anybody reads in the night.
pub const MOST_STEPS: usize = 12;
/// Kept words may be as old: a month.
pub const OLDEST_WORDS_MIN: u32 = 44_640;
/// A throttle above is none.
pub const MOST_PER_MINUTE: u32 = 10_000;
/// Of a model's name.
const LONGEST_NAME: usize = 128;

/// The agents that ask models, and apps' chats: those that can have a policy.
pub const AGENTS: [Agent; 5] =
    [Agent::Behavior, Agent::Routine, Agent::Nutrition, Agent::Insights, Agent::Chat];

/// Which of the capped sums that a call counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sum {
    /// The fullest of the others.
    Any,
    /// Everything of a day, against the budget; of an essential agent against the ceiling.
    Global,
    /// Everything of a month.
    Month,
    /// All keys of the tier, a day.
    Tier,
    /// The agent, a day.
    Agent,
    /// The key, a day.
    Key,
    /// The person, a day.
    Person,
    PersonMonth,
}

impl Sum {
    pub const ALL: [Self; 8] = [
        Self::Any,
        Self::Global,
        Self::Month,
        Self::Tier,
        Self::Agent,
        Self::Key,
        Self::Person,
        Self::PersonMonth,
    ];
    /// Those that can fill.
    pub const REAL: [Self; 7] =
        [Self::Global, Self::Month, Self::Tier, Self::Agent, Self::Key, Self::Person, Self::PersonMonth];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Global => "global",
            Self::Month => "month",
            Self::Tier => "tier",
            Self::Agent => "agent",
            Self::Key => "key",
            Self::Person => "person",
            Self::PersonMonth => "person-month",
        }
    }

    /// For people: `the day's budget`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "any sum",
            Self::Global => "the day's budget",
            Self::Month => "the month's cap",
            Self::Tier => "the tier's day",
            Self::Agent => "the agent's day",
            Self::Key => "the key's day",
            Self::Person => "the person's day",
            Self::PersonMonth => "the person's month",
        }
    }
}

/// What is given up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Models dearer than this one are skipped; `None`: dearer than the next cheaper of the chain.
    CheaperModel(Option<String>),
    /// Words that a model wrote to the same question within so many minutes stand in before a model is asked.
    KeptWordsFirst { minutes: u32 },
    /// At most so many model calls of the agent in any 60 seconds, of each process.
    Throttle { per_minute: u32 },
    /// No model is asked.
    Planner,
}

impl Action {
    /// The stable word: a label, the beginning of the text.
    pub fn word(&self) -> &'static str {
        match self {
            Self::CheaperModel(_) => "cheaper-model",
            Self::KeptWordsFirst { .. } => "kept-words-first",
            Self::Throttle { .. } => "throttle",
            Self::Planner => "planner",
        }
    }

    /// For people: `cheaper model`.
    pub fn words(&self) -> String {
        match self {
            Self::CheaperModel(None) => "cheaper model".to_owned(),
            Self::CheaperModel(Some(name)) => format!("no model dearer than {name}"),
            Self::KeptWordsFirst { minutes } => format!("words of the last {minutes} min first"),
            Self::Throttle { per_minute: 1 } => "at most 1 model call a minute".to_owned(),
            Self::Throttle { per_minute } => format!("at most {per_minute} model calls a minute"),
            Self::Planner => "planner".to_owned(),
        }
    }
}

/// From a share of a sum on, something is given up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Step {
    /// 1 to 100.
    pub from_percent: u8,
    pub sum: Sum,
    pub action: Action,
}

impl Step {
    /// Where every policy of an agent of ours ends.
    const LAST: Self = Self { from_percent: 100, sum: Sum::Any, action: Action::Planner };

    /// For people: `from 80 % of any sum: cheaper model`.
    pub fn words(&self) -> String {
        format!("from {} % of {}: {}", self.from_percent, self.sum.words(), self.action.words())
    }

    /// Reads what [`Display`](fmt::Display) writes: `90% person throttle 30/min`.
    ///
    /// # Errors
    /// Names the field `steps`; the refused text is not repeated.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        Self::read(text).ok_or_else(|| {
            FieldError::new(
                "steps",
                "must be like: 80% any cheaper-model, 85% global cheaper-model NAME, 90% any kept-words-first 720min, \
                 90% agent throttle 30/min, 100% any planner; the sums are any, global, month, tier, agent, key, person \
                 and person-month",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let from_percent = words.next()?.strip_suffix('%')?.parse().ok().filter(|n| (1..=100).contains(n))?;
        let sum = words.next()?;
        let sum = Sum::ALL.into_iter().find(|known| known.as_str() == sum)?;
        let (action, detail) = (words.next()?, words.next());
        if words.next().is_some() {
            return None;
        }
        let number = |unit: &str, most: u32| {
            let n = detail?.strip_suffix(unit)?.parse::<u32>().ok()?;
            (1..=most).contains(&n).then_some(n)
        };
        let action = match (action, detail) {
            ("cheaper-model", name) => Action::CheaperModel(name.map(str::to_owned)).checked()?,
            ("kept-words-first", Some(_)) => {
                Action::KeptWordsFirst { minutes: number("min", OLDEST_WORDS_MIN)? }
            }
            ("throttle", Some(_)) => Action::Throttle { per_minute: number("/min", MOST_PER_MINUTE)? },
            ("planner", None) => Action::Planner,
            _ => return None,
        };
        Some(Self { from_percent, sum, action })
    }
}

impl Action {
    fn checked(self) -> Option<Self> {
        match &self {
            Self::CheaperModel(Some(name)) if name.len() > LONGEST_NAME => None,
            _ => Some(self),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}% {} {}", self.from_percent, self.sum.as_str(), self.action.word())?;
        match &self.action {
            Action::CheaperModel(Some(name)) => write!(f, " {name}"),
            Action::KeptWordsFirst { minutes } => write!(f, " {minutes}min"),
            Action::Throttle { per_minute } => write!(f, " {per_minute}/min"),
            Action::CheaperModel(None) | Action::Planner => Ok(()),
        }
    }
}

/// The steps of one agent, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    steps: Vec<Step>,
}

impl Policy {
    /// A policy of one agent. That the planner answers at 100 % is added where it is not said, so that it is always read.
    ///
    /// # Errors
    /// Names the field `steps`: too many, out of order, or nothing that this agent can do. An app's chat has no planner and
    /// names its model itself, so it can only be throttled.
    pub fn new(agent: Agent, mut steps: Vec<Step>) -> Result<Self, FieldError> {
        let fault = |detail: &str| Err(FieldError::new("steps", detail));
        if !AGENTS.contains(&agent) {
            return fault("are of agents that ask models: behavior, routine, nutrition, insights, chat");
        }
        if steps.len() > MOST_STEPS {
            return fault("must be 12 at most");
        }
        if !steps.is_sorted_by_key(|step| step.from_percent) {
            return fault("must be in order: the lowest percentage first");
        }
        if agent == Agent::Chat {
            if !steps.iter().all(|step| matches!(step.action, Action::Throttle { .. })) {
                return fault(
                    "of chat must be throttle: an app names its model itself, and nobody else could answer",
                );
            }
        } else if !steps.contains(&Step::LAST) {
            if steps.len() == MOST_STEPS {
                return fault("must be 11 at most beside the last, 100% any planner");
            }
            steps.push(Step::LAST);
        }
        Ok(Self { steps })
    }

    /// One step a line or item; empty lines are nothing.
    ///
    /// # Errors
    /// As [`Policy::new`] and [`Step::parse`], which names the place: `steps[2]`.
    pub fn parse<'a>(agent: Agent, lines: impl IntoIterator<Item = &'a str>) -> Result<Self, FieldError> {
        let lines = lines.into_iter().map(str::trim).filter(|line| !line.is_empty());
        let steps = lines.enumerate().map(|(at, line)| {
            Step::parse(line).map_err(|fault| FieldError::new(format!("steps[{at}]"), fault.detail))
        });
        Self::new(agent, steps.collect::<Result<_, _>>()?)
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether it does anything before a sum is full. Where it does not, nobody needs to know how full they are.
    pub fn acts_early(&self) -> bool {
        self.steps.iter().any(|step| step.from_percent < 100)
            || self.steps.iter().any(|step| step.action != Action::Planner)
    }

    /// The oldest words that it lets stand in, minutes.
    pub fn oldest_words(&self) -> u32 {
        let ages = self.steps.iter().map(|step| match step.action {
            Action::KeptWordsFirst { minutes } => minutes,
            _ => 0,
        });
        ages.max().unwrap_or(0)
    }

    /// The models it names.
    pub fn named_models(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::CheaperModel(Some(name)) => Some(name.as_str()),
            _ => None,
        })
    }
}

/// One step a line.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}
