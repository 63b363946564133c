//! Apps' own chats: admitted, held, asked and booked like an agent's calls. The words are the app's and the model's; no validator of
//! ours judges them, and no planner stands behind them: what is refused here is refused.

mod asking;
mod call;
mod message;
mod parts;

use std::sync::Arc;
use std::time::Instant;

use domain::agent::{Agent, Usage};
use domain::id::UserId;
use serde_json::value::RawValue;

use super::provider::FailureKind;
use super::{Admission, Allowance, Permit};
use crate::Ops;
use crate::access::Caller;
use crate::answers::Trace;
use crate::cost::CostRefusal;
use crate::error::{Error, Result};
use crate::telemetry::Step;

pub use message::{Absent, ChatContent, ChatMessage, ChatParameters, ChatRole, ChatText, TextKind};
pub use parts::{ChatOutcome, ChatPart, ChatParts};

/// What an app asks.
#[derive(Debug)]
pub struct ChatAsk {
    pub request_id: String,
    /// Whose limits and caps it counts in, beside the key's.
    pub user: Option<UserId>,
    /// This model alone; `None`: all of them in their order, until one answers.
    pub model: Option<String>,
    pub messages: Vec<ChatMessage>,
    pub parameters: ChatParameters,
    /// At most what the model is configured to write.
    pub max_output_tokens: Option<u32>,
    /// The answer comes in parts.
    pub stream: bool,
}

/// A chat, whatever came of it.
#[derive(Debug)]
pub struct Chatted {
    pub answer: Result<ChatAnswer>,
    /// Of an answer in parts: as far as known at its first part.
    pub facts: ChatFacts,
}

#[derive(Debug)]
pub enum ChatAnswer {
    Whole {
        /// The provider's `choices`, JSON.
        choices: Box<RawValue>,
        /// The provider's `usage`, JSON; absent when it did not say, or said what cannot be.
        usage: Option<Box<RawValue>>,
    },
    Parts(ChatParts),
}

/// What telemetry and the app are told.
#[derive(Clone, Debug, Default)]
pub struct ChatFacts {
    /// In force when it was admitted; `None`: it was not.
    pub release: Option<String>,
    /// Which model answered.
    pub model: Option<String>,
    /// Settled.
    pub used: Usage,
    /// Why another model than the first answered.
    pub degraded: Option<String>,
    pub steps: Vec<Step>,
    /// What is left of the limits that the request passed.
    pub allowances: Vec<Allowance>,
}

/// Why no model answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    NotConfigured,
    /// Its breaker is open.
    LeftAlone,
    Failed(FailureKind),
    /// It made as many calls, or cost as much, as one run may.
    RunLimit,
    /// This process is being stopped.
    Stopping,
}

impl NoAnswer {
    /// A stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotConfigured => "not-configured",
            Self::LeftAlone => "left-alone",
            Self::Failed(kind) => kind.as_str(),
            Self::RunLimit => "run-limit",
            Self::Stopping => "stopping",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::NotConfigured => "no language model is configured",
            Self::LeftAlone => "the model is left alone after repeated failures",
            Self::Failed(kind) => kind.words(),
            Self::RunLimit => "one request may not call models more often, or cost more",
            Self::Stopping => "the service is being restarted",
        }
    }
}

/// A chat under way.
struct Session {
    permit: Arc<Permit>,
    trace: Trace,
    model: Option<String>,
    degraded: Option<String>,
}

impl Session {
    fn facts(self) -> ChatFacts {
        ChatFacts {
            release: Some(self.permit.release().to_owned()),
            model: self.model,
            used: self.permit.used(),
            degraded: self.degraded,
            allowances: self.permit.allowances(),
            steps: self.trace.into_steps(),
        }
    }
}

impl Ops {
    /// Names that [`ChatAsk::model`] may have, the first asked first.
    pub fn chat_models(&self) -> impl Iterator<Item = &str> {
        self.gateway.models.all().iter().map(|model| model.name.as_str())
    }

    /// One chat from admission to its answer, or to the first part of it. The scope is the handler's check.
    ///
    /// Errors in `answer`: what admission refuses (a shutoff of either strength is [`Error::Stopped`] here), `NotFound` for a model
    /// that is not configured, `OverCap`, `NoAnswer`.
    pub async fn chat(&self, caller: &Caller, ask: ChatAsk) -> Chatted {
        let mut trace = Trace::new();
        let refused = |error, trace: Trace| Chatted {
            answer: Err(error),
            facts: ChatFacts { steps: trace.into_steps(), ..ChatFacts::default() },
        };
        let named = ask.model.as_deref();
        if named.is_some_and(|name| self.chat_models().all(|model| model != name)) {
            return refused(Error::NotFound { what: "model" }, trace);
        }
        let admission =
            Admission { request_id: ask.request_id.clone(), agent: Agent::Chat, user: ask.user.clone() };
        let permit = match trace.step("admission", |_| self.admit(caller, admission)) {
            Ok(permit) => permit,
            Err(error) => return refused(error, trace),
        };
        let mut session = Session { permit: Arc::new(permit), trace, model: None, degraded: None };
        let until = Instant::now() + self.model_deadline();
        let asked = match session.permit.degraded() {
            Some(reason) => Err(self.withheld(&session.permit, reason)),
            None => self.ask_chain(&mut session, &ask, until).await,
        };
        let permit = Arc::clone(&session.permit);
        match asked {
            Ok(asking::Got::Parts(opened)) => {
                let facts = ChatFacts {
                    release: Some(permit.release().to_owned()),
                    model: session.model.clone(),
                    allowances: permit.allowances(),
                    ..ChatFacts::default()
                };
                let parts = ChatParts::new(self, session, *opened, until);
                Chatted { answer: Ok(ChatAnswer::Parts(parts)), facts }
            }
            Ok(asking::Got::Whole { choices, usage }) => {
                permit.close();
                Chatted { answer: Ok(ChatAnswer::Whole { choices, usage }), facts: session.facts() }
            }
            Err(error) => {
                permit.close();
                Chatted { answer: Err(error), facts: session.facts() }
            }
        }
    }

    /// Who takes models away now: a shutoff, or the day's ladder.
    fn withheld(&self, permit: &Permit, reason: &'static str) -> Error {
        if let Some(stop) = self.shutoff_for(Agent::Chat, permit.caller().tier) {
            return Error::Stopped(Box::new(stop));
        }
        let now = self.clock.now();
        let held = self.gateway.leases.held_today(&self.gateway.today.day(now));
        self.over_cap(self.gateway.today.refusal(reason, held.bound, now))
    }

    fn over_cap(&self, refusal: CostRefusal) -> Error {
        let left = refusal.resets_at.duration_since(self.clock.now()).as_secs().unsigned_abs();
        Error::OverCap {
            retry_after_s: refusal.retry_after_s(left),
            refusal: Box::new(refusal.without_planner()),
        }
    }
}
