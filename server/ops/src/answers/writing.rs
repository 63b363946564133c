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
use crate::error::Result;
use crate::gateway::provider::{Chat, Message};

/// To write, and to repair.
const ROUNDS: u32 = 2;

/// What is given to the person.
pub(super) struct Written {
    pub(super) draft: Draft,
    pub(super) engine: Engine,
    /// Why the model's words are missing although there is a model.
    pub(super) degraded: Option<String>,
}

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
        let as_planned = |draft, degraded| Ok(Written { draft, engine: Engine::Planner, degraded });
        if let Some(reason) = run.permit.degraded_for(agent) {
            return as_planned(draft, Some(reason.to_owned()));
        }
        if !self.has_model() {
            return as_planned(draft, None);
        }
        let body = draft.body()?;
        let Some(mut prompt) = model::prompt(agent, evidence, &body) else { return as_planned(draft, None) };
        let key = words::key(run, agent, &chat(&prompt));
        let kept = self.words.find(&key, run.now);
        if let Some(reply) = kept.as_deref().filter(|_| !run.ask.force_refresh)
            && let Ok(draft) = judged_kept(run, agent, evidence, &draft, &body, reply, trace)
        {
            return Ok(Written { draft, engine: Engine::Model, degraded: None });
        }
        let until = Instant::now() + self.model_deadline();
        let mut broken = Vec::new();
        for _ in 0..ROUNDS {
            let asked = self.ask_models(run.permit, agent, &chat(&prompt), until, trace).await?;
            let reply = match asked {
                Ok(reply) => reply.content,
                Err(why) => {
                    // What was paid before is better than no words.
                    let kept = kept
                        .as_deref()
                        .map(|reply| judged_kept(run, agent, evidence, &draft, &body, reply, trace));
                    return match kept {
                        Some(Ok(draft)) => Ok(Written { draft, engine: Engine::Model, degraded: None }),
                        _ => as_planned(draft, Some(why.0)),
                    };
                }
            };
            let judging = trace.begin();
            match judged(run, agent, evidence, &draft, &body, &reply) {
                Ok(draft) => {
                    trace.end("validate the model's words", judging, "ok", None);
                    self.words.keep(key, &reply, run.now);
                    return Ok(Written { draft, engine: Engine::Model, degraded: None });
                }
                Err(violations) => {
                    broken = rules(&violations);
                    trace.end("validate the model's words", judging, "failed", Some(broken.join(", ")));
                    prompt = model::repair(prompt, &reply, &violations);
                }
            }
        }
        let why = format!("the model's words broke rules and were not given: {}", broken.join(", "));
        as_planned(draft, Some(why))
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
fn rules(violations: &[Violation]) -> Vec<&'static str> {
    let mut rules: Vec<&'static str> = violations.iter().map(|violation| violation.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
