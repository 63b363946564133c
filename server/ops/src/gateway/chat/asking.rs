//! One model after the other until one answers: the loop of agents' calls, for words that go through unread.
//!
//! Every attempt has its own hold. A whole answer settles it here; one in parts takes it along to its end. Once a first part is
//! there, nothing is tried again.

use std::time::{Duration, Instant};

use domain::agent::{Agent, TokenUse};
use domain::money::MicroUsd;
use serde_json::value::RawValue;

use super::call::Call;
use super::message::most_input;
use super::{ChatAsk, NoAnswer, Session};
use crate::Ops;
use crate::cost::Estimate;
use crate::cost::likely::Kind;
use crate::error::{Error, Result};
use crate::gateway::FailureKind;
use crate::gateway::asking::NO_TIME;
use crate::gateway::asking::time_for_a_call;
use crate::gateway::charge::Most;
use crate::gateway::models::Model;
use crate::gateway::permit::Reserve;
use crate::gateway::provider::{Failure, Parts, Relay};

pub(super) enum Got {
    Whole { choices: Box<RawValue>, usage: Option<Box<RawValue>> },
    Parts(Box<Opened>),
}

/// An answer in parts, and what must be known at its end.
pub(super) struct Opened {
    pub(super) parts: Parts,
    pub(super) call: Call,
    /// Which of the models.
    pub(super) model: usize,
    pub(super) kind: Kind,
    pub(super) most: Most,
    pub(super) step: String,
    pub(super) began: u64,
    pub(super) sent: Instant,
}

/// Why one model did not answer.
enum Miss {
    /// The next may.
    Next(Error),
    /// None will.
    Stop(Error),
}

impl From<Error> for Miss {
    fn from(error: Error) -> Self {
        Self::Stop(error)
    }
}

impl Ops {
    pub(super) async fn ask_chain(
        &self,
        session: &mut Session,
        ask: &ChatAsk,
        until: Instant,
    ) -> Result<Got> {
        let mut last = Error::NoAnswer { why: NoAnswer::NotConfigured, retry_after_s: None };
        for (index, model) in self.gateway.models.all().iter().enumerate() {
            if ask.model.as_ref().is_some_and(|name| *name != model.name) {
                continue;
            }
            if time_for_a_call(model, until).is_none() {
                return Err(match last {
                    Error::NoAnswer { why: NoAnswer::NotConfigured, .. } => out_of_time(),
                    missed => missed,
                });
            }
            let missed = if model.admit(self.clock.now()) {
                match self.ask_one(session, ask, index, model, until).await {
                    Ok(got) => {
                        session.model = Some(model.name.clone());
                        return Ok(got);
                    }
                    Err(Miss::Stop(error)) => return Err(error),
                    Err(Miss::Next(error)) => error,
                }
            } else {
                let began = session.trace.begin();
                let detail = Some("breaker open".to_owned());
                session.trace.end(&format!("model {}", model.name), began, "skipped", detail);
                Error::NoAnswer { why: NoAnswer::LeftAlone, retry_after_s: self.until_trial(model) }
            };
            session.degraded.get_or_insert_with(|| format!("{}: {missed}", model.name));
            last = missed;
        }
        Err(last)
    }

    /// Seconds until the breaker lets a call try.
    fn until_trial(&self, model: &Model) -> Option<u64> {
        let left = model.status().retry_at?.duration_since(self.clock.now()).as_secs();
        Some(u64::try_from(left).unwrap_or(0).max(1))
    }

    /// One model, with its retries. The breaker has admitted the first attempt.
    async fn ask_one(
        &self,
        session: &mut Session,
        ask: &ChatAsk,
        index: usize,
        model: &Model,
        until: Instant,
    ) -> std::result::Result<Got, Miss> {
        let most_output = ask.max_output_tokens.unwrap_or(u32::MAX).min(model.max_output_tokens);
        let relay =
            Relay { messages: &ask.messages, parameters: &ask.parameters, max_output_tokens: most_output };
        let input = most_input(&ask.messages, &ask.parameters);
        let most = Most::of(&model.price, input, most_output);
        let kind = Kind::new(Agent::Chat, &model.name, input);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let began = session.trace.begin();
            let step = format!("model {}, attempt {attempt}", model.name);
            let mut call = match self.hold_for(session, model, &kind, most, until).await {
                Ok(call) => call,
                Err(miss) => {
                    model.not_asked(self.clock.now());
                    let (Miss::Next(error) | Miss::Stop(error)) = &miss;
                    session.trace.end(&step, began, "skipped", Some(error.to_string()));
                    return Err(miss);
                }
            };
            let Some(hold) = call.hold() else {
                return Err(Error::internal("asking a model", "no money is held for it").into());
            };
            let Some(left) = time_for_a_call(model, until) else {
                // It waited for money too long.
                model.not_asked(self.clock.now());
                call.withdraw();
                session.trace.end(&step, began, "skipped", Some(NO_TIME.to_owned()));
                return Err(Miss::Stop(out_of_time()));
            };
            let patience = model.timeout.min(left);
            let sent = Instant::now();
            let asking = session.permit.asking();
            let failure = if ask.stream {
                let begun = model.provider.relay_parts(hold, &relay, patience).await;
                drop(asking);
                match begun {
                    Ok(parts) => {
                        let opened = Opened { parts, call, model: index, kind, most, step, began, sent };
                        return Ok(Got::Parts(Box::new(opened)));
                    }
                    Err(failure) => failure,
                }
            } else {
                let replied = model.provider.relay(hold, &relay, patience).await;
                drop(asking);
                match replied {
                    Ok(reply) => {
                        let (cost, tokens) = most.charged(model, reply.tokens, true);
                        call.end(cost, tokens);
                        self.answered(model, &kind, cost, tokens, sent.elapsed());
                        session.trace.end(&step, began, "ok", Some(in_words(tokens, None)));
                        return Ok(Got::Whole { choices: reply.choices, usage: reply.usage });
                    }
                    Err(failure) => failure,
                }
            };
            let (cost, tokens) = most.charged(model, failure.tokens, failure.kind.may_cost());
            call.end(cost, tokens);
            self.failed(model, failure.kind, patience, sent.elapsed());
            session.trace.end(&step, began, "failed", Some(failure.kind.as_str().to_owned()));
            let Some(pause) = self.pause_before_retry(model, &failure, attempt, until) else {
                return Err(Miss::Next(no_answer(&failure)));
            };
            tokio::time::sleep(pause).await;
            if !model.admit(self.clock.now()) {
                return Err(Miss::Next(no_answer(&failure)));
            }
        }
    }

    async fn hold_for(
        &self,
        session: &Session,
        model: &Model,
        kind: &Kind,
        most: Most,
        until: Instant,
    ) -> std::result::Result<Call, Miss> {
        let likely = self.gateway.models.likely.of(kind, most.cost());
        let estimate = Estimate {
            model: &model.name,
            price_version: &model.price.version,
            bound: most.cost(),
            likely,
            tokens: self.gateway.models.likely.tokens(kind, most.tokens()),
            size_class: kind.size_class(),
        };
        match session.permit.reserve(Agent::Chat, &estimate, until).await? {
            Reserve::Granted(hold) => Ok(Call::new(&session.permit, hold)),
            // A cheaper model may still fit.
            Reserve::Refused(refusal) => Err(Miss::Next(self.over_cap(refusal))),
            // Likewise one whose tokens are counted by themselves.
            Reserve::Limited(limited) => Err(Miss::Next(limited.0.into_error())),
            Reserve::Denied(denied) => Err(Miss::Stop(match denied.wait {
                Some(wait) => Error::TooMany {
                    retry_after_s: Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
                    limit_source: denied.reason,
                    allowances: session.permit.allowances(),
                    reached: None,
                },
                None => Error::NoAnswer { why: NoAnswer::RunLimit, retry_after_s: None },
            })),
            Reserve::Withheld(reason) => Err(match self.model_shutoff(&model.name) {
                // Another model may be called.
                Some(shutoff) => Miss::Next(Error::Stopped(Box::new(shutoff))),
                None => Miss::Stop(self.withheld(&session.permit, reason)),
            }),
        }
    }

    /// A model has answered to the end.
    pub(super) fn answered(
        &self,
        model: &Model,
        kind: &Kind,
        cost: MicroUsd,
        tokens: TokenUse,
        took: Duration,
    ) {
        self.telemetry.metrics().model_call(&model.name, took, None);
        model.succeeded(self.clock.now());
        self.gateway.models.likely.learn(kind, cost);
        self.gateway.models.likely.learn_tokens(kind, tokens);
        self.gateway.models.retries.earn();
    }

    /// `patience`: how long it might have taken.
    pub(super) fn failed(&self, model: &Model, kind: FailureKind, patience: Duration, took: Duration) {
        self.telemetry.metrics().model_call(&model.name, took, Some(kind.as_str()));
        if kind == FailureKind::Timeout && patience < model.timeout {
            model.out_of_time(self.clock.now());
        } else if model.failed(kind, self.clock.now()) {
            tracing::warn!(model = model.name, error.kind = kind.as_str(), "a model's breaker opened");
        }
    }
}

fn out_of_time() -> Error {
    Error::NoAnswer { why: NoAnswer::Failed(FailureKind::Timeout), retry_after_s: None }
}

fn no_answer(failure: &Failure) -> Error {
    let retry_after_s = failure.retry_after.map(|pause| pause.as_secs().unsigned_abs().max(1));
    Error::NoAnswer { why: NoAnswer::Failed(failure.kind), retry_after_s }
}

/// For the request's step: sizes and times, never what was said.
pub(super) fn in_words(tokens: TokenUse, first: Option<Duration>) -> String {
    let first = first.map(|first| format!(", the first after {} ms", first.as_millis())).unwrap_or_default();
    format!("{} + {} tokens{first}", tokens.input, tokens.output)
}
