//! The cost shutoff: what it is for, how strong it is, and which of several in force decides about a request.

use std::fmt;

use crate::access::Tier;
use crate::agent::Agent;
use crate::field_error::FieldError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ShutoffMode {
    /// Planner only: no model is called, `force_refresh` is not honoured, and every answer says so.
    Degrade,
    /// No agent answers; the refusal says who decided and until when.
    Stop,
}

impl ShutoffMode {
    pub const ALL: [Self; 2] = [Self::Degrade, Self::Stop];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Degrade => "degrade",
            Self::Stop => "stop",
        }
    }

    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match text {
            "degrade" => Ok(Self::Degrade),
            "stop" => Ok(Self::Stop),
            _ => Err(FieldError::new("mode", "must be degrade or stop")),
        }
    }
}

/// What a shutoff is for; the widest is the least. Written `all`, `tier:free`, `agent:routine`, `model:sim-small`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    #[default]
    All,
    /// Requests with keys of this tier.
    Tier(Tier),
    /// Requests to this agent, and its part of the orchestrator's runs.
    Agent(Agent),
    /// Calls of this model: the next one of the configuration is asked instead.
    Model(String),
}

/// The longest name of a model, in characters.
const LONGEST_NAME: usize = 200;

impl Scope {
    /// # Errors
    /// Names the field `scope`; whether a model of this name exists is not known here.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let found = match text.split_once(':') {
            None if text == "all" => Some(Self::All),
            Some(("tier", name)) => Tier::parse(name).ok().map(Self::Tier),
            Some(("agent", name)) => Agent::parse(name).map(Self::Agent),
            Some(("model", name)) => {
                let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && name.trim() == name;
                (fits && !name.chars().any(char::is_control)).then(|| Self::Model(name.to_owned()))
            }
            _ => None,
        };
        let how = "must be all, or one agent, tier or model: agent:routine, tier:free, model:NAME";
        found.ok_or_else(|| FieldError::new("scope", how))
    }

    /// Whether it is for requests of this agent and tier; no request is a model's.
    pub fn covers(&self, agent: Agent, tier: Tier) -> bool {
        match self {
            Self::All => true,
            Self::Tier(own) => *own == tier,
            Self::Agent(own) => *own == agent,
            Self::Model(_) => false,
        }
    }

    /// Whether it is for calls of this model, whoever asks.
    pub fn covers_model(&self, model: &str) -> bool {
        match self {
            Self::All => true,
            Self::Model(own) => own == model,
            Self::Tier(_) | Self::Agent(_) => false,
        }
    }

    /// Of what cost is cut, to be read in a sentence: `everything`, `the agent Routine`, `the tier free`, `the model m`.
    pub fn words(&self) -> String {
        match self {
            Self::All => "everything".to_owned(),
            Self::Tier(tier) => format!("the tier {}", tier.as_str()),
            Self::Agent(agent) => format!("the agent {}", agent.title()),
            Self::Model(model) => format!("the model {model}"),
        }
    }

    /// Why an answer has no model, when a shutoff of this scope took it. Stable words without names: a dimension of telemetry.
    pub fn taken_by(&self) -> &'static str {
        match self {
            Self::All => "cost shutoff in force",
            Self::Tier(_) => "cost shutoff of the tier in force",
            Self::Agent(_) => "cost shutoff of the agent in force",
            Self::Model(_) => "cost shutoff of the model in force",
        }
    }

    /// A model is skipped, and nobody refused for it: stopping one is the same as degrading it, and not offered.
    ///
    /// # Errors
    /// Names the field `mode`.
    pub fn takes(&self, mode: ShutoffMode) -> Result<(), FieldError> {
        match (self, mode) {
            (Self::Model(_), ShutoffMode::Stop) => {
                let how = "must be degrade for a model: it is not called, and nobody is refused for it";
                Err(FieldError::new("mode", how))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Tier(tier) => write!(f, "tier:{}", tier.as_str()),
            Self::Agent(agent) => write!(f, "agent:{agent}"),
            Self::Model(model) => write!(f, "model:{model}"),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|fault| serde::de::Error::custom(fault.detail))
    }
}

/// A shutoff in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Shutoff {
    /// What it is for: `all`, `tier:free`, `agent:routine`, `model:sim-small`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "agent:routine"))]
    pub scope: Scope,
    pub mode: ShutoffMode,
    pub reason: String,
    /// Who decided: a person's email, `key:<prefix>`, or `system`.
    pub by: String,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// When it ends by itself; absent: until somebody restores spending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// Set at the ceiling: only a person with a fresh sign-in ends it.
    #[serde(default)]
    pub latched: bool,
}

impl Shutoff {
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether replacing this one would let more be spent: a weaker mode, or the same mode ending earlier.
    /// Going from degrade to stop never does, whatever the end: strengthening must not wait for somebody senior.
    pub fn loosened_by(&self, mode: ShutoffMode, expires_at: Option<Timestamp>) -> bool {
        match (self.mode, mode) {
            (ShutoffMode::Stop, ShutoffMode::Degrade) => true,
            (ShutoffMode::Degrade, ShutoffMode::Stop) => false,
            _ => match (self.expires_at, expires_at) {
                (None, end) => end.is_some(),
                (Some(old), new) => new.is_some_and(|new| new < old),
            },
        }
    }
}

/// Which of those in force decides about a request of this agent and tier: stop before degrade, then the widest.
pub fn strictest<'a>(
    shutoffs: impl IntoIterator<Item = &'a Shutoff>,
    agent: Agent,
    tier: Tier,
    now: Timestamp,
) -> Option<&'a Shutoff> {
    let covering =
        shutoffs.into_iter().filter(|shutoff| shutoff.in_force(now) && shutoff.scope.covers(agent, tier));
    covering.min_by_key(|shutoff| (shutoff.mode != ShutoffMode::Stop, &shutoff.scope))
}

/// The shutoff that keeps this model from being called, whoever asks; the widest.
pub fn strictest_of_model<'a>(
    shutoffs: impl IntoIterator<Item = &'a Shutoff>,
    model: &str,
    now: Timestamp,
) -> Option<&'a Shutoff> {
    let covering =
        shutoffs.into_iter().filter(|shutoff| shutoff.in_force(now) && shutoff.scope.covers_model(model));
    covering.min_by_key(|shutoff| &shutoff.scope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn shutoff(scope: Scope, mode: ShutoffMode, end: Option<i64>) -> Shutoff {
        let (reason, by) = ("burning".to_owned(), "ana@example.org".to_owned());
        Shutoff { scope, mode, reason, by, since: at(0), expires_at: end.map(at), latched: false }
    }

    fn scope() -> impl Strategy<Value = Scope> {
        prop_oneof![
            Just(Scope::All),
            prop::sample::select(Tier::ALL.to_vec()).prop_map(Scope::Tier),
            prop::sample::select(Agent::BOOKED.to_vec()).prop_map(Scope::Agent),
            "[a-z]{1,2}".prop_map(Scope::Model),
        ]
    }

    fn any_shutoff() -> impl Strategy<Value = Shutoff> {
        let mode = prop::sample::select(ShutoffMode::ALL.to_vec());
        (scope(), mode, prop::option::of(1_i64..90)).prop_map(|(scope, mode, end)| shutoff(scope, mode, end))
    }

    /// 0: nothing is taken, 1: the model, 2: the answer.
    fn taken(shutoffs: &[Shutoff], agent: Agent, tier: Tier, now: Timestamp) -> u8 {
        match strictest(shutoffs, agent, tier, now).map(|shutoff| shutoff.mode) {
            None => 0,
            Some(ShutoffMode::Degrade) => 1,
            Some(ShutoffMode::Stop) => 2,
        }
    }

    #[test]
    fn a_scope_is_written_as_it_is_read_and_nothing_else_is_one() {
        for text in ["all", "tier:free", "agent:orchestrator", "model:vendor/big:2"] {
            assert_eq!(Scope::parse(text).unwrap().to_string(), text);
        }
        for text in
            ["", "All", "agent", "agent:", "agent:nobody", "tier:gold", "model:", "model: m", "model:a\nb"]
        {
            assert_eq!(Scope::parse(text).unwrap_err().field, "scope", "{text:?}");
        }
        assert!(Scope::parse(&format!("model:{}", "m".repeat(201))).is_err());
    }

    #[test]
    fn a_model_is_skipped_and_never_stopped() {
        let model = Scope::Model("m".to_owned());
        assert_eq!(model.takes(ShutoffMode::Stop).unwrap_err().field, "mode");
        assert!(model.takes(ShutoffMode::Degrade).is_ok() && Scope::All.takes(ShutoffMode::Stop).is_ok());
        assert!(!model.covers(Agent::Routine, Tier::Free) && !model.covers_model("n"));
    }

    #[test]
    fn stop_beats_degrade_and_among_equals_the_widest_is_told() {
        let all = shutoff(Scope::All, ShutoffMode::Degrade, None);
        let tier = shutoff(Scope::Tier(Tier::Free), ShutoffMode::Degrade, None);
        let agent = shutoff(Scope::Agent(Agent::Routine), ShutoffMode::Stop, Some(10));
        let three = [tier.clone(), agent, all];
        let told = |agent, tier, minutes| {
            strictest(&three, agent, tier, at(minutes)).map(|shutoff| shutoff.scope.to_string())
        };
        assert_eq!(told(Agent::Routine, Tier::Free, 9).as_deref(), Some("agent:routine"));
        assert_eq!(told(Agent::Routine, Tier::Free, 10).as_deref(), Some("all"), "it has expired");
        assert_eq!(told(Agent::Insights, Tier::Premium, 0).as_deref(), Some("all"));
        assert_eq!(strictest([&tier], Agent::Insights, Tier::Premium, at(0)), None);
    }

    proptest! {
        #[test]
        fn one_more_shutoff_never_allows_more(
            mut shutoffs in prop::collection::vec(any_shutoff(), 0..6), one_more in any_shutoff(), now in 0_i64..100,
            place in any::<prop::sample::Index>(),
        ) {
            let before = shutoffs.clone();
            shutoffs.insert(place.index(before.len() + 1), one_more.clone());
            for agent in Agent::BOOKED {
                for tier in Tier::ALL {
                    let (was, is) = (taken(&before, agent, tier, at(now)), taken(&shutoffs, agent, tier, at(now)));
                    prop_assert!(is >= was);
                    let own = taken(std::slice::from_ref(&one_more), agent, tier, at(now));
                    prop_assert_eq!(is, was.max(own), "and takes no more than the stricter of both");
                }
            }
            for model in ["a", "b"] {
                if strictest_of_model(&before, model, at(now)).is_some() {
                    prop_assert!(strictest_of_model(&shutoffs, model, at(now)).is_some());
                }
            }
        }

        #[test]
        fn what_is_over_decides_nothing(shutoffs in prop::collection::vec(any_shutoff(), 0..6), now in 0_i64..100) {
            let left: Vec<_> = shutoffs.iter().filter(|shutoff| shutoff.in_force(at(now))).cloned().collect();
            for agent in Agent::BOOKED {
                for tier in Tier::ALL {
                    prop_assert_eq!(taken(&shutoffs, agent, tier, at(now)), taken(&left, agent, tier, at(now)));
                }
            }
        }

        #[test]
        fn what_is_printed_is_read_back(scope in scope()) {
            prop_assert_eq!(Scope::parse(&scope.to_string()).unwrap(), scope);
        }
    }
}
