//! Caps on spending: what a cap is of and over which window, and how much may be spent.
//!
//! Which of several rules holds for a call, with what people set and allowed for a while, is [`book`]'s subject.

pub mod book;

use std::fmt;

use crate::access::Tier;
use crate::agent::Agent;
use crate::field_error::FieldError;
use crate::id::{TenantId, UserId};
use crate::money::MicroUsd;

/// Above this an amount is a slip of the finger.
const MOST_USD: f64 = 1e9;
/// Of a model's or key's name.
const LONGEST_NAME: usize = 128;

/// Calendar day or month, in the cost zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    Day,
    Month,
}

impl Window {
    pub const ALL: [Self; 2] = [Self::Day, Self::Month];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// What a cap is of. Its text, `agent:routine:day`, is its name in the store, in links and in the API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The three steps of the day's ladder.
    Alert,
    Budget,
    Ceiling,
    /// Everything in a month.
    Month,
    /// All keys of one tier, a day.
    Tier(Tier),
    /// One agent, a day; `None`: each agent that has no cap of its own.
    Agent(Option<Agent>),
    /// One model, a day; `None`: likewise.
    Model(Option<String>),
    /// One key by its prefix, a day; `None`: likewise.
    Key(Option<String>),
    /// Each person without a cap of their own who is asked for with a key of this tier.
    People(Tier, Window),
    /// One person.
    Person(TenantId, UserId, Window),
}

/// Stands for each that has no cap of its own.
const EACH: &str = "*";

impl Rule {
    /// Every rule that has a default, in the order people read them.
    pub fn all_defaults() -> Vec<Self> {
        let mut rules = vec![Self::Alert, Self::Budget, Self::Ceiling, Self::Month];
        rules.extend(Tier::ALL.map(Self::Tier));
        rules.extend([Self::Agent(None), Self::Model(None), Self::Key(None)]);
        rules.extend(Tier::ALL.into_iter().flat_map(|tier| Window::ALL.map(|w| Self::People(tier, w))));
        rules
    }

    pub fn window(&self) -> Window {
        match self {
            Self::Month => Window::Month,
            Self::People(_, window) | Self::Person(_, _, window) => *window,
            _ => Window::Day,
        }
    }

    /// The rule that holds where this one has no amount. A person has no tier of their own: `tier` is the asking key's.
    pub fn broader(&self, tier: Tier) -> Option<Self> {
        match self {
            Self::Agent(Some(_)) => Some(Self::Agent(None)),
            Self::Model(Some(_)) => Some(Self::Model(None)),
            Self::Key(Some(_)) => Some(Self::Key(None)),
            Self::Person(_, _, window) => Some(Self::People(tier, *window)),
            _ => None,
        }
    }

    /// Whether it is of one agent, model, key or person: without an amount of its own a broader rule holds.
    pub fn is_of_one(&self) -> bool {
        self.broader(Tier::Free).is_some()
    }

    /// Whether it tells about one person: ids of people are not for everybody.
    pub fn is_of_a_person(&self) -> bool {
        matches!(self, Self::Person(..))
    }

    /// The ladder needs all three of its steps: they may be moved, not taken away.
    pub fn may_be_without(&self) -> bool {
        !matches!(self, Self::Alert | Self::Budget | Self::Ceiling)
    }

    /// Reads what [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// Names the field `rule`; the refused text is not repeated.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        Self::read(text).ok_or_else(|| {
            FieldError::new(
                "rule",
                "must be alert:day, budget:day, ceiling:day, global:month, tier:TIER:day, agent:AGENT:day, model:MODEL:day, \
                 key:PREFIX:day, person:TIER:day, person:TENANT/USER:day or either with month; * stands for each agent, \
                 model or key without a cap of its own",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (rest, window) = text.rsplit_once(':')?;
        let window = Window::ALL.into_iter().find(|known| known.as_str() == window)?;
        // Names of models may have colons, so the name is all between the first and the last one.
        let (kind, name) = rest.split_once(':').map_or((rest, None), |(kind, name)| (kind, Some(name)));
        let tier = |name: &str| Tier::parse(name).ok();
        let rule = match (kind, name) {
            ("alert", None) => Self::Alert,
            ("budget", None) => Self::Budget,
            ("ceiling", None) => Self::Ceiling,
            ("global", None) => Self::Month,
            ("tier", Some(name)) => Self::Tier(tier(name)?),
            ("agent", Some(EACH)) => Self::Agent(None),
            ("agent", Some(name)) => Self::Agent(Some(Agent::parse(name)?)),
            ("model", Some(name)) => Self::Model(one(name)?),
            ("key", Some(name)) => Self::Key(one(name)?),
            ("person", Some(name)) => match name.split_once('/') {
                None => Self::People(tier(name)?, window),
                Some((tenant, user)) => {
                    Self::Person(TenantId::parse(tenant).ok()?, UserId::parse(user).ok()?, window)
                }
            },
            _ => return None,
        };
        (rule.window() == window).then_some(rule)
    }

    /// For people: `agent routine, a day`.
    pub fn words(&self) -> String {
        let window = self.window().as_str();
        match self {
            Self::Alert => "alert line of the day".to_owned(),
            Self::Budget => "budget of the day".to_owned(),
            Self::Ceiling => "ceiling of the day".to_owned(),
            Self::Month => "everything, a month".to_owned(),
            Self::Tier(tier) => format!("tier {}, a day", tier.as_str()),
            Self::Agent(None) => "each agent, a day".to_owned(),
            Self::Agent(Some(agent)) => format!("agent {agent}, a day"),
            Self::Model(None) => "each model, a day".to_owned(),
            Self::Model(Some(model)) => format!("model {model}, a day"),
            Self::Key(None) => "each key, a day".to_owned(),
            Self::Key(Some(prefix)) => format!("key {prefix}, a day"),
            Self::People(tier, _) => format!("each person of tier {}, a {window}", tier.as_str()),
            Self::Person(tenant, user, _) => format!("person {tenant}/{user}, a {window}"),
        }
    }
}

/// The name of a model or key; `*` is none of them. `None`: no name.
#[expect(clippy::option_option, reason = "no name and the name of none are two things")]
fn one(name: &str) -> Option<Option<String>> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(|c| !c.is_control() && !c.is_whitespace());
    fits.then(|| (name != EACH).then(|| name.to_owned()))
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = self.window().as_str();
        match self {
            Self::Alert => write!(f, "alert:{window}"),
            Self::Budget => write!(f, "budget:{window}"),
            Self::Ceiling => write!(f, "ceiling:{window}"),
            Self::Month => write!(f, "global:{window}"),
            Self::Tier(tier) => write!(f, "tier:{}:{window}", tier.as_str()),
            Self::Agent(agent) => write!(f, "agent:{}:{window}", agent.map_or(EACH, Agent::as_str)),
            Self::Model(name) => write!(f, "model:{}:{window}", name.as_deref().unwrap_or(EACH)),
            Self::Key(prefix) => write!(f, "key:{}:{window}", prefix.as_deref().unwrap_or(EACH)),
            Self::People(tier, _) => write!(f, "person:{}:{window}", tier.as_str()),
            Self::Person(tenant, user, _) => write!(f, "person:{tenant}/{user}:{window}"),
        }
    }
}

/// How much may be spent. No cap is above every amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amount {
    Most(MicroUsd),
    NoCap,
}

impl Amount {
    /// Dollars as people and configuration write them: 0 for no cap.
    ///
    /// # Errors
    /// Names `field`: not a number, negative, a billion or more, or so little that it would be rounded to "no cap".
    pub fn parse(field: &str, usd: f64) -> Result<Self, FieldError> {
        if !usd.is_finite() || !(0.0..MOST_USD).contains(&usd) {
            return Err(FieldError::new(field, "must be dollars from 0 to 999999999, 0 for no cap"));
        }
        let amount = MicroUsd::from_usd(usd);
        if usd > 0.0 && amount == MicroUsd::ZERO {
            return Err(FieldError::new(field, "must be 0, for no cap, or at least 0.000001 dollars"));
        }
        Ok(Self::of_micro(amount.0))
    }

    /// As stored: 0 for no cap.
    pub fn of_micro(micro: i64) -> Self {
        if micro > 0 { Self::Most(MicroUsd(micro)) } else { Self::NoCap }
    }

    /// As stored: 0 for no cap.
    pub fn micro(self) -> i64 {
        self.most().map_or(0, |most| most.0)
    }

    pub fn most(self) -> Option<MicroUsd> {
        match self {
            Self::Most(most) => Some(most),
            Self::NoCap => None,
        }
    }

    /// For JSON; `None`: no cap.
    pub fn usd(self) -> Option<f64> {
        self.most().map(MicroUsd::usd)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Most(most) => most.fmt(f),
            Self::NoCap => f.write_str("no cap"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn rule() -> impl Strategy<Value = Rule> {
        rule_of("[A-Za-z0-9_-]{1,12}", "[a-z0-9:/@._-]{1,20}")
    }

    /// Rules whose names repeat, so that some of them meet.
    pub(crate) fn near_rule() -> impl Strategy<Value = Rule> {
        rule_of("[ab]", "[ab]")
    }

    fn rule_of(id: &'static str, name: &'static str) -> impl Strategy<Value = Rule> {
        let tier = || prop::sample::select(Tier::ALL.to_vec());
        let window = || prop::sample::select(Window::ALL.to_vec());
        let agent = prop::option::of(prop::sample::select(Agent::BOOKED.to_vec()));
        prop_oneof![
            prop::sample::select(vec![Rule::Alert, Rule::Budget, Rule::Ceiling, Rule::Month]),
            tier().prop_map(Rule::Tier),
            agent.prop_map(Rule::Agent),
            prop::option::of(name).prop_map(Rule::Model),
            prop::option::of(name).prop_map(Rule::Key),
            (tier(), window()).prop_map(|(tier, window)| Rule::People(tier, window)),
            (id, id, window()).prop_map(|(tenant, user, window)| {
                Rule::Person(TenantId::parse(&tenant).unwrap(), UserId::parse(&user).unwrap(), window)
            }),
        ]
    }

    #[test]
    fn defaults_have_no_broader_rule_and_no_name() {
        let all = Rule::all_defaults();
        assert_eq!(all.len(), 16);
        assert!(all.iter().all(|rule| !rule.is_of_one() && !rule.is_of_a_person()));
    }

    #[test]
    fn what_is_no_rule_is_refused_and_not_repeated() {
        for text in [
            "",
            "alert",
            "budget:month",
            "global:day",
            "tier:gold:day",
            "agent:hero:day",
            "agent:routine:month",
            "model::day",
            "model:a b:day",
            "key:hk\n1:day",
            "person:free",
            "person:a/b c:day",
            "person:a/b/c:day",
            "alert:x:day",
            "moon:day",
        ] {
            let refused = Rule::parse(text).unwrap_err();
            assert_eq!(refused.field, "rule", "{text}");
            assert!(!refused.detail.contains("gold") && !refused.detail.contains("hero"));
        }
        assert_eq!(Rule::parse("model:llama3:8b:day"), Ok(Rule::Model(Some("llama3:8b".to_owned()))));
    }

    #[test]
    fn too_little_is_not_no_cap() {
        assert_eq!(Amount::parse("amount", 0.0), Ok(Amount::NoCap));
        assert_eq!(Amount::parse("amount", 0.000_001), Ok(Amount::Most(MicroUsd(1))));
        for usd in [0.000_000_1, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(Amount::parse("amount", usd).unwrap_err().field, "amount", "{usd}");
        }
        assert!(Amount::NoCap > Amount::Most(MicroUsd(i64::MAX)));
    }

    proptest! {
        #[test]
        fn a_rule_is_read_as_it_was_written(rule in rule()) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,40}") {
            if let Ok(rule) = Rule::parse(&text) {
                prop_assert_eq!(rule.to_string(), text);
            }
        }

        #[test]
        fn an_amount_is_stored_as_it_is(micro in 0_i64..1_000_000_000_000_000) {
            let amount = Amount::of_micro(micro);
            prop_assert_eq!(amount.micro(), micro);
            prop_assert_eq!(Amount::parse("amount", amount.usd().unwrap_or(0.0)), Ok(amount));
        }
    }
}
