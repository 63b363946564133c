//! Everybody asks every agent once, in each archetype.

use std::collections::BTreeMap;
use std::time::Instant;

use agents::nutrition::NutritionWishes;
use agents::quality::Content;
use agents::routine::RoutineWishes;
use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use domain::id::UserId;
use jiff::SignedDuration;
use ops::answers::{AgentRequest, Asked, field_of};
use serde_json::Value;

use super::world::{World, caller};
use super::{ASKED, judge};

/// Who asked what.
pub(super) type Question = (UserId, Archetype, Agent);
pub(super) type Round = BTreeMap<Question, Answer>;

pub(super) struct Answer {
    pub(super) given: Result<Given, String>,
    /// Of the planner and its validator, and of the whole request, microseconds.
    pub(super) planning_us: u64,
    pub(super) whole_us: u64,
}

pub(super) struct Given {
    pub(super) body: Value,
    pub(super) content: Content,
    pub(super) broken: Vec<&'static str>,
    pub(super) engine: Engine,
    pub(super) degraded: bool,
    pub(super) attempts: u32,
}

/// # Errors
/// When the store fails; an answer that is refused is part of the round.
pub(super) async fn of(world: &World<'_>) -> anyhow::Result<Round> {
    let mut answers = BTreeMap::new();
    for archetype in Archetype::ALL {
        let caller = caller(archetype)?;
        for user in world.people.readings.keys() {
            // A breaker that one person's answers opened is not held against the next one's.
            world.ops.clock.advance(SignedDuration::from_mins(2));
            for agent in ASKED {
                let evidence = world.ops.evidence(&caller.tenant, user, archetype, 7).await?;
                let begun = Instant::now();
                let Asked { answer, facts } =
                    world.ops.ask_agent(&caller, &ask(user, archetype, agent)).await;
                let whole_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                let planning = facts.steps.iter().filter(|step| step.name == "plan and validate");
                let given = answer.map_err(|error| error.to_string()).map(|answer| {
                    let body = answer.content.get(field_of(agent)).cloned().unwrap_or_default();
                    Given {
                        content: Content::of(agent, &body),
                        broken: judge::broken_rules(agent, &body, &evidence),
                        body,
                        engine: answer.meta.engine,
                        degraded: answer.meta.degraded,
                        attempts: answer.meta.attempts,
                    }
                });
                let answer =
                    Answer { given, planning_us: planning.map(|step| step.duration_us).sum(), whole_us };
                answers.insert((user.clone(), archetype, agent), answer);
            }
        }
    }
    Ok(answers)
}

/// Microseconds of complete workflows, one per person and archetype; each makes everything anew.
///
/// # Errors
/// When a workflow fails: a failed step does not fail it.
pub(super) async fn workflows(world: &World<'_>) -> anyhow::Result<Vec<u64>> {
    let mut took = Vec::new();
    for archetype in Archetype::ALL {
        let caller = caller(archetype)?;
        for user in world.people.readings.keys() {
            let begun = Instant::now();
            world.ops.ask_agent(&caller, &ask(user, archetype, Agent::Orchestrator)).await.answer?;
            took.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
        }
    }
    Ok(took)
}

fn ask(user: &UserId, archetype: Archetype, agent: Agent) -> AgentRequest {
    AgentRequest {
        request_id: format!("evaluate-{user}-{agent}"),
        agent,
        user: user.clone(),
        archetype: Some(archetype),
        force_refresh: false,
        routine: RoutineWishes::default(),
        nutrition: NutritionWishes::default(),
        query: String::new(),
    }
}
