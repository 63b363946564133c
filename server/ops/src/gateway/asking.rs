//! Asking the models: held money, an attempt, a retry, the next model. The planner is what is left when all fail.
//!
//! Every attempt has its own hold and is settled by what it used; where nobody knows, by its worst case.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use domain::agent::{Agent, TokenUse};
use domain::backoff::full_jitter;
use domain::breaker::BreakerState;
use domain::money::MicroUsd;
use domain::price::most_input_tokens;
use jiff::SignedDuration;

use super::charge::Most;
use super::models::Model;
use super::permit::{Permit, Reserve};
use super::policy::Why;
use super::provider::{Chat, Failure, FailureKind, Reply};
use crate::answers::Trace;
use crate::cost::Estimate;
use crate::cost::likely::Kind;
use crate::error::Result;

/// Before a retry, unless the provider says when to come back.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(200);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// Where less is left of a request's time, or less than half of what the model may take, a call would be paid and cut.
const LEAST_TIME: Duration = Duration::from_millis(250);
pub(super) const NO_TIME: &str = "no time is left to ask a model";
/// Cancelled, or gone on with elsewhere.
const NOT_OURS: &str = "this workflow is not this process's any more";

/// What is left until then, if this model could answer in it.
pub(super) fn time_for_a_call(model: &Model, until: Instant) -> Option<Duration> {
    let least = LEAST_TIME.min(model.timeout / 2);
    Some(until.saturating_duration_since(Instant::now())).filter(|left| *left >= least)
}

/// Why no model answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoModel {
    /// In words for the answer's meta.
    pub(crate) reason: String,
    /// The kind of step that kept the call back, if one did.
    pub(crate) step: Option<&'static str>,
    /// A shutoff takes the model away.
    pub(crate) withheld: bool,
    /// No other model may be asked either.
    last: bool,
}

impl NoModel {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), step: None, withheld: false, last: false }
    }

    fn withheld(reason: &str) -> Self {
        Self { withheld: true, ..Self::because(reason) }
    }
}

/// A model's reply.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) reply: Reply,
    pub(crate) model: String,
    /// Why a dearer model was not asked, by the agent's policy.
    pub(crate) spared: Option<Why>,
}

impl crate::Ops {
    /// Whether there is a model to ask at all.
    pub(crate) fn has_model(&self) -> bool {
        !self.gateway.models.all().is_empty()
    }

    /// Whether one of them may be asked: no shutoff keeps it from being called.
    pub(crate) fn may_ask_model(&self) -> bool {
        self.gateway.models.all().iter().any(|model| self.model_withheld(&model.name).is_none())
    }

    /// Each model and whether it can be asked now.
    pub(crate) async fn probe_models(
        &self,
        patience: Duration,
    ) -> Vec<(String, std::result::Result<(), String>)> {
        let probes = self.gateway.models.all().iter().map(|model| async move {
            let reachable = model.provider.reachable(patience).await;
            let outcome = match model.status().breaker {
                BreakerState::Closed => reachable,
                open => Err(format!("breaker {}", open.as_str())),
            };
            (model.name.clone(), outcome)
        });
        futures::future::join_all(probes).await
    }

    /// How long all attempts for one agent's answer may take.
    pub(crate) fn model_deadline(&self) -> Duration {
        self.gateway.models.all().first().map_or(Duration::ZERO, |model| model.deadline)
    }

    /// Asks one model after the other until one answers.
    pub(crate) async fn ask_models(
        &self,
        permit: &Permit,
        agent: Agent,
        chat: &Chat,
        until: Instant,
        trace: &mut Trace,
    ) -> Result<std::result::Result<Asked, NoModel>> {
        let configured = self.gateway.models.all();
        let mut last =
            NoModel::because(if configured.is_empty() { "no model is configured" } else { NO_TIME });
        let allowed = permit.allowed(agent);
        let mut spared: Option<Why> = None;
        for model in configured {
            let mut skipped = |why: &str| {
                let began = trace.begin();
                trace.end(&format!("model {}", model.name), began, "skipped", Some(why.to_owned()));
            };
            if time_for_a_call(model, until).is_none() {
                skipped(NO_TIME);
                break;
            }
            if let Some(reason) = self.model_withheld(&model.name) {
                last = NoModel::withheld(reason);
                skipped(reason);
                continue;
            }
            if let Some(why) = allowed.too_dear(model.price.blended()) {
                skipped(&format!("{}: {}", why.reason, why.detail));
                last = NoModel { step: Some(why.step), ..NoModel::because(&why.reason) };
                spared.get_or_insert_with(|| why.clone());
                continue;
            }
            if !model.admit(self.clock.now()) {
                last = NoModel::because(format!("{} is left alone after repeated failures", model.name));
                skipped("breaker open");
                continue;
            }
            match self.ask_model(permit, agent, model, chat, until, trace).await? {
                Ok(reply) => return Ok(Ok(Asked { reply, model: model.name.clone(), spared })),
                Err(why) => last = why,
            }
            if last.last {
                break;
            }
        }
        // Those that may be asked did not answer, and the policy spared the others.
        if let Some(why) = spared.filter(|why| last.step.is_none() && why.reason != last.reason) {
            last = NoModel {
                step: Some(why.step),
                reason: format!("{}; {}", why.reason, last.reason),
                last: true,
                ..last
            };
        }
        Ok(Err(last))
    }

    /// One model, with its retries. The breaker has admitted the first attempt.
    async fn ask_model(
        &self,
        permit: &Permit,
        agent: Agent,
        model: &Model,
        chat: &Chat,
        until: Instant,
        trace: &mut Trace,
    ) -> Result<std::result::Result<Reply, NoModel>> {
        let max_output_tokens = chat.max_output_tokens.min(model.max_output_tokens);
        let chat = Chat { max_output_tokens, ..chat.clone() };
        let schema = chat.schema.as_ref().map_or(0, |(name, schema)| name.len() + schema.to_string().len());
        let input = most_input_tokens(chat.messages.iter().map(|message| message.content.len()), schema);
        let most = Most::of(&model.price, input, chat.max_output_tokens);
        let kind = Kind::new(agent, &model.name, input);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let began = trace.begin();
            let step = format!("model {}, attempt {attempt}", model.name);
            let likely = self.gateway.models.likely.of(&kind, most.cost());
            let estimate = Estimate {
                model: &model.name,
                price_version: &model.price.version,
                bound: most.cost(),
                likely,
                tokens: self.gateway.models.likely.tokens(&kind, most.tokens()),
                size_class: kind.size_class(),
            };
            let reserved = permit.reserve(agent, &estimate, until).await;
            let hold = match reserved.inspect_err(|_| model.not_asked(self.clock.now()))? {
                Reserve::Granted(hold) => hold,
                Reserve::Refused(refusal) => {
                    model.not_asked(self.clock.now());
                    trace.end(&step, began, "skipped", Some(refusal.reason.clone()));
                    return Ok(Err(NoModel::because(refusal.reason)));
                }
                Reserve::Denied(denied) => {
                    model.not_asked(self.clock.now());
                    let detail = if denied.detail == denied.reason {
                        denied.reason.clone()
                    } else {
                        format!("{}: {}", denied.reason, denied.detail)
                    };
                    trace.end(&step, began, "skipped", Some(detail));
                    let (step, last) = (Some(denied.step), !denied.next);
                    return Ok(Err(NoModel { step, last, ..NoModel::because(denied.reason) }));
                }
                Reserve::Limited(limited) => {
                    model.not_asked(self.clock.now());
                    let reason = limited.0.reason();
                    trace.end(&step, began, "skipped", Some(reason.clone()));
                    return Ok(Err(NoModel::because(reason)));
                }
                Reserve::Withheld(reason) => {
                    model.not_asked(self.clock.now());
                    trace.end(&step, began, "skipped", Some(reason.to_owned()));
                    return Ok(Err(NoModel::withheld(reason)));
                }
            };
            let Some(patience) = time_for_a_call(model, until) else {
                // It waited for money too long.
                model.not_asked(self.clock.now());
                hold.withdraw(permit);
                trace.end(&step, began, "skipped", Some(NO_TIME.to_owned()));
                return Ok(Err(NoModel { last: true, ..NoModel::because(NO_TIME) }));
            };
            let noted = self.note_call(permit, agent, hold.bound()).await;
            if !matches!(noted, Ok(true)) {
                model.not_asked(self.clock.now());
                hold.withdraw(permit);
                noted?;
                trace.end(&step, began, "skipped", Some(NOT_OURS.to_owned()));
                return Ok(Err(NoModel { last: true, ..NoModel::because(NOT_OURS) }));
            }
            let sent = Instant::now();
            let under_way = (model.begin(), permit.asking());
            let outcome =
                model.provider.complete(&hold, &chat, model.stream, model.timeout.min(patience)).await;
            drop(under_way);
            let error = outcome.as_ref().err().map(|failure| failure.kind.as_str());
            self.telemetry.metrics().model_call(&model.name, sent.elapsed(), error);
            let (cost, tokens) = charge(most, model, &outcome);
            permit.settle_call(hold, cost, tokens);
            trace.charge(cost, tokens);
            let now = self.clock.now();
            let failure = match outcome {
                Ok(reply) => {
                    model.succeeded(now);
                    self.gateway.models.likely.learn(&kind, cost);
                    self.gateway.models.likely.learn_tokens(&kind, tokens);
                    self.gateway.models.retries.earn();
                    trace.end(&step, began, "ok", Some(in_words(&reply, tokens)));
                    return Ok(Ok(reply));
                }
                Err(failure) => failure,
            };
            if patience < model.timeout && failure.kind == FailureKind::Timeout {
                model.out_of_time(now);
            } else if model.failed(failure.kind, now) {
                tracing::warn!(
                    model = model.name,
                    error.kind = failure.kind.as_str(),
                    "a model's breaker opened"
                );
            }
            trace.end(&step, began, "failed", Some(failure.kind.as_str().to_owned()));
            let Some(pause) = self.pause_before_retry(model, &failure, attempt, until) else {
                return Ok(Err(NoModel::because(failure.kind.words())));
            };
            tokio::time::sleep(pause).await;
            if !model.admit(self.clock.now()) {
                return Ok(Err(NoModel::because(failure.kind.words())));
            }
        }
    }

    /// `None`: no further attempt with this model.
    pub(super) fn pause_before_retry(
        &self,
        model: &Model,
        failure: &Failure,
        attempt: u32,
        until: Instant,
    ) -> Option<Duration> {
        if !failure.kind.retryable() || attempt >= model.attempts {
            return None;
        }
        let jittered = || full_jitter(FIRST_PAUSE, LONGEST_PAUSE, attempt, rand::random());
        let pause = failure.retry_after.unwrap_or_else(jittered).unsigned_abs();
        let in_time = Instant::now() + pause < until;
        (in_time && self.gateway.models.retries.spend()).then_some(pause)
    }
}

/// What an attempt costs, and the tokens it is known to have used.
fn charge(most: Most, model: &Model, outcome: &std::result::Result<Reply, Failure>) -> (MicroUsd, TokenUse) {
    match outcome {
        Ok(reply) => most.charged(model, reply.tokens, true),
        Err(failure) => most.charged(model, failure.tokens, failure.kind.may_cost()),
    }
}

/// For the request's step: sizes and times, never what was said.
fn in_words(reply: &Reply, tokens: TokenUse) -> String {
    let mut words = format!("{} + {} tokens", tokens.input, tokens.output);
    if let Some(first) = reply.first_token {
        let _ = write!(words, ", the first after {} ms", first.as_millis());
    }
    if reply.cut {
        words.push_str(", cut at the most allowed");
    }
    words
}
