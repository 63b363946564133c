//! A language model writes on the planner's draft, and the planner's own validator judges what it wrote.
//!
//! One round to write, one to repair; then the draft stands as it was. So a model makes an answer warmer and more fitting,
//! never invalid, never absent. What happened is told in the answer's meta.

use std::time::Instant;

use agents::evidence::Evidence;
use agents::model::{self, Prompt, Role};
use agents::violation::Violation;
use domain::agent::{Agent, Engine};
use serde_json::Value;

use super::draft::Draft;
use super::{Run, Trace, words};
use crate::agent_quality::Fate;
use crate::error::Result;
use crate::gateway::BUDGET;
use crate::gateway::asking::NoModel;
use crate::gateway::provider::{Chat, Message};

/// To write, and to repair.
const ROUNDS: u32 = 2;

/// What is given to the person.
pub(super) struct Written {
    pub(super) draft: Draft,
    pub(super) engine: Engine,
    /// Which model's words they are.
    pub(super) model: Option<String>,
    /// Why they are less than they would normally be.
    pub(super) degraded: Option<String>,
    /// What was given up for it: a kind of step of the agent's policy, or `run-limit`.
    given_up: Option<&'static str>,
}

impl Written {
    fn planned(draft: Draft, degraded: Option<String>, given_up: Option<&'static str>) -> Self {
        Self { draft, engine: Engine::Planner, model: None, degraded, given_up }
    }

    fn by(model: &str, draft: Draft) -> Self {
        Self { draft, engine: Engine::Model, model: Some(model.to_owned()), degraded: None, given_up: None }
    }

    fn less(self, degraded: String, given_up: Option<&'static str>) -> Self {
        Self { degraded: Some(degraded), given_up, ..self }
    }
}

/// After the reason for which no model was asked, or none answered.
const STOOD_IN: &str = "words kept from before stand in";
/// Holding money failed, which is not the person's affair: the planner's answer is whole.
const NO_STORE: &str = "no money could be held for a model call";

impl crate::Ops {
    /// The draft, rewritten when a model is there, may be paid, answers, and writes what may be given.
    pub(super) async fn write_with_model(
        &self,
        run: &Run<'_>,
        agent: Agent,
        evidence: &Evidence,
        draft: Draft,
        trace: &mut Trace,
    ) -> Result<Written> {
        let written = self.write(run, agent, evidence, draft, trace).await?;
        if let Some(step) = written.given_up {
            self.telemetry.metrics().given_up(agent, step);
        }
        Ok(written)
    }

    async fn write(
        &self,
        run: &Run<'_>,
        agent: Agent,
        evidence: &Evidence,
        draft: Draft,
        trace: &mut Trace,
    ) -> Result<Written> {
        let allowed = run.permit.allowed(agent);
        let withheld = run.permit.degraded_for(agent);
        // Beyond the budget kept words may still stand in, by the agent's policy; a shutoff leaves planner and memory only.
        let words_only = withheld.filter(|reason| *reason == BUDGET && allowed.kept_words.is_some());
        if let Some(reason) = withheld.filter(|_| words_only.is_none()) {
            return Ok(Written::planned(draft, Some(reason.to_owned()), None));
        }
        if !self.has_model() {
            return Ok(Written::planned(draft, withheld.map(str::to_owned), None));
        }
        let body = draft.body()?;
        let Some(mut prompt) = model::prompt(agent, evidence, &body) else {
            return Ok(Written::planned(draft, None, None));
        };
        let key = words::key(run, agent, &chat(&prompt));
        let fresh_min = self.words.fresh_min;
        let oldest = allowed.kept_words.as_ref().map_or(0, |(minutes, _)| *minutes).max(fresh_min);
        let kept = self.words.find(&key, oldest, run.now);
        // Judged once, when they are wanted.
        let mut judged_words = None;
        let mut stand_in = |trace: &mut Trace| {
            let kept = kept.as_ref()?;
            let judge = || judged_kept(run, agent, evidence, &draft, &body, &kept.reply, trace).ok();
            let draft = judged_words.get_or_insert_with(judge).take()?;
            Some(Written::by(&kept.model, draft))
        };
        let fresh = kept.as_ref().is_some_and(|kept| kept.is_within(fresh_min, run.now));
        if fresh
            && !run.ask.force_refresh
            && words_only.is_none()
            && let Some(written) = stand_in(trace)
        {
            return Ok(written);
        }
        if let Some((_, why)) = &allowed.kept_words
            && let Some(written) = stand_in(trace)
        {
            let reason =
                words_only.map_or_else(|| why.reason.clone(), |reason| format!("{reason}; {STOOD_IN}"));
            return Ok(written.less(reason, Some(why.step)));
        }
        if let Some(reason) = words_only {
            return Ok(Written::planned(draft, Some(reason.to_owned()), None));
        }
        if let Some(why) = allowed.planner() {
            return Ok(Written::planned(draft, Some(why.reason.clone()), Some(why.step)));
        }
        let until = Instant::now() + self.model_deadline();
        // A run that must have ended by then does not ask beyond it.
        let until = run.book.map_or(until, |book| until.min(book.until()));
        let counted = (agent, run.permit.release());
        let mut broken = Vec::new();
        for round in 0..ROUNDS {
            let asked = self.ask_models(run.permit, agent, &chat(&prompt), until, trace).await;
            let asked = asked.unwrap_or_else(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "no money could be held for a model call"
                );
                Err(NoModel::because(NO_STORE))
            });
            if round > 0 && asked.is_err() {
                self.count_words(counted, Fate::Refused);
            }
            let asked = match asked {
                Ok(asked) => asked,
                // What was paid before is better than no words; under a shutoff nobody's words are given.
                Err(why) => match (!why.withheld).then(|| stand_in(trace)).flatten() {
                    Some(written) => {
                        return Ok(written.less(format!("{}; {STOOD_IN}", why.reason), why.step));
                    }
                    None => return Ok(Written::planned(draft, Some(why.reason), why.step)),
                },
            };
            let reply = asked.reply.content;
            let judging = trace.begin();
            match judged(run, agent, evidence, &draft, &body, &reply) {
                Ok(draft) => {
                    trace.end("validate the model's words", judging, "ok", None);
                    self.count_reply(counted, &asked.model, &[]);
                    self.count_words(counted, if round == 0 { Fate::AtOnce } else { Fate::Repaired });
                    self.words.keep((run.tenant(), run.user()), key, &reply, &asked.model, run.now);
                    let written = Written::by(&asked.model, draft);
                    return Ok(match asked.spared {
                        Some(why) => written.less(why.reason, Some(why.step)),
                        None => written,
                    });
                }
                Err(violations) => {
                    broken = rules(&violations);
                    self.count_reply(counted, &asked.model, &broken);
                    trace.end("validate the model's words", judging, "failed", Some(broken.join(", ")));
                    prompt = model::repair(prompt, &reply, &violations);
                }
            }
        }
        self.count_words(counted, Fate::Refused);
        let why = format!("the model's words broke rules and were not given: {}", broken.join(", "));
        Ok(Written::planned(draft, Some(why), None))
    }
}

/// The draft with the model's words, if they may be given.
fn judged(
    run: &Run<'_>,
    agent: Agent,
    evidence: &Evidence,
    draft: &Draft,
    body: &Value,
    reply: &str,
) -> std::result::Result<Draft, Vec<Violation>> {
    let body = model::merge(agent, body, reply).map_err(|violation| vec![violation])?;
    let shape = || vec![Violation::new("shape", "the answer has not the shape of a plan")];
    let rewritten = draft.rewritten(body).ok_or_else(shape)?;
    let violations = rewritten.violations(run, evidence);
    if violations.is_empty() { Ok(rewritten) } else { Err(violations) }
}

/// Kept words are judged like new ones.
fn judged_kept(
    run: &Run<'_>,
    agent: Agent,
    evidence: &Evidence,
    draft: &Draft,
    body: &Value,
    reply: &str,
    trace: &mut Trace,
) -> std::result::Result<Draft, Vec<Violation>> {
    let judging = trace.begin();
    let judged = judged(run, agent, evidence, draft, body, reply);
    let status = if judged.is_ok() { "ok" } else { "failed" };
    trace.end("words kept from before", judging, status, None);
    judged
}

fn chat(prompt: &Prompt) -> Chat {
    let message = |message: &model::Message| Message {
        role: match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: message.content.clone(),
    };
    Chat {
        messages: prompt.messages.iter().map(message).collect(),
        schema: Some((prompt.schema_name.to_owned(), prompt.schema.clone())),
        max_output_tokens: prompt.max_output_tokens,
    }
}

/// Each once, in order.
pub(super) fn rules(violations: &[Violation]) -> Vec<&'static str> {
    let mut rules: Vec<&'static str> = violations.iter().map(|violation| violation.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
