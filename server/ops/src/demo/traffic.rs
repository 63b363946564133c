//! The demo's living people: they ask the real agents, and their devices send readings.
//!
//! About three requests a second, in waves and bursts, by the same path and with the same record as requests from outside.
//! The model behind them is a simulator of its provider; its prices and its money are as invented as the people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use domain::agent::Agent;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::health_data::BiomarkerKind;
use futures::FutureExt;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::SEED;
use super::dice::Dice;
use super::outcome::{MIX, route};
use super::people::Person;
use super::readings::reading;
use crate::access::Caller;
use crate::answers::{AgentAnswer, AgentRequest, AnswerFacts, Asked};
use crate::error::Error;
use crate::telemetry::RequestEvent;

const EVERY: Duration = Duration::from_secs(1);
const PER_SECOND: f64 = 3.0;
/// Seconds whose requests may be under way together.
const SECONDS_AT_ONCE: usize = 16;
/// A person's device sends about once in so many seconds.
const READING_EVERY_S: f64 = 300.0;
/// Share of requests that ask for a fresh answer.
const FORCED: f64 = 0.015;
/// Share of answered routines that the person then reports on.
const REPORTED: f64 = 0.04;

pub(super) struct Crowd {
    pub(super) caller: Caller,
    pub(super) people: Vec<Person>,
}

pub(super) fn start(ops: &crate::Ops, caller: Caller, people: Vec<Person>) {
    let crowd = Arc::new(Crowd { caller, people });
    let room = Arc::new(Semaphore::new(SECONDS_AT_ONCE));
    let tick = move |ops: crate::Ops| {
        let crowd = Arc::clone(&crowd);
        // Answers of a model take longer than a second; people do not wait for each other.
        let room = Arc::clone(&room).try_acquire_owned();
        async move {
            let Ok(room) = room else { return Ok(()) };
            let running = ops.clone();
            ops.jobs.spawn_aside(async move {
                crowd.second(&running).await;
                drop(room);
            });
            Ok(())
        }
    };
    ops.jobs.every_on_duty("demo-traffic", EVERY, ops.clock.clone(), tick, ops);
}

impl Crowd {
    /// What happens in this second. A refused or failed request is an event, not a failure of this task.
    pub(super) async fn second(&self, ops: &crate::Ops) {
        let stopping = ops.jobs.stopping();
        let second = ops.clock.now().as_second();
        let mut dice = Dice::of(SEED ^ 0xF10E, second);
        let wave = 1.0 + 0.35 * (second as f64 / 540.0 * std::f64::consts::TAU).sin();
        let burst = if dice.chance(0.06) { 5.0 } else { 0.0 };
        let count = dice.around((PER_SECOND - 0.3) * wave + burst);
        let asks = (0..count).map(|_| {
            let mut dice = Dice::of(dice.next(), second);
            let stopping = stopping.clone();
            async move {
                if !stopping.is_cancelled() {
                    self.ask(ops, &mut dice).await;
                }
            }
        });
        join_all(asks.collect::<Vec<_>>()).await;
        for person in &self.people {
            if dice.chance(1.0 / READING_EVERY_S) && !stopping.is_cancelled() {
                self.send(ops, person, &mut dice).await;
            }
        }
    }

    async fn ask(&self, ops: &crate::Ops, dice: &mut Dice) {
        let Some(person) = dice.pick(&self.people) else { return };
        let agent = dice.weighted(&MIX).unwrap_or(Agent::Behavior);
        let ask = AgentRequest {
            request_id: ops.clock.new_id(),
            agent,
            user: person.id.clone(),
            archetype: None,
            force_refresh: dice.chance(FORCED),
            routine: RoutineWishes::default(),
            nutrition: NutritionWishes::default(),
            query: String::new(),
        };
        let (at, begun) = (ops.clock.now(), Instant::now());
        let asked =
            std::panic::AssertUnwindSafe(Box::pin(ops.ask_agent(&self.caller, &ask))).catch_unwind().await;
        // As in the HTTP layer, one request that breaks breaks nothing else.
        let Asked { answer, facts } = asked.unwrap_or_else(|_| Asked {
            answer: Err(Error::internal("answering", "it panicked; the log says where")),
            facts: AnswerFacts::default(),
        });
        let mut event = self.event(person, route(agent), ask.request_id, at, begun, answer.as_ref().err());
        event.agent = Some(agent);
        facts.tell(&mut event);
        match answer {
            Ok(answer) => {
                let task = (agent == Agent::Routine && dice.chance(REPORTED)).then(|| task(&answer, dice));
                ops.record(event);
                if let Some(report) = task.flatten() {
                    self.report(ops, person, report).await;
                }
            }
            Err(_) => ops.record(event),
        }
    }

    /// A heart rate, as a device sends it now and then.
    async fn send(&self, ops: &crate::Ops, person: &Person, dice: &mut Dice) {
        let (at, begun) = (ops.clock.now(), Instant::now());
        let beats = (person.habit.resting_heart_rate + dice.between(6.0, 40.0)).round();
        let from = at - SignedDuration::from_mins(1);
        let sent = vec![reading(BiomarkerKind::HeartRate, beats, from, at)];
        let stored = ops.add_biomarkers(&self.caller, &person.id, sent).await;
        let route = ("POST", "/api/user/{user_id}/biomarkers");
        ops.record(self.event(person, route, ops.clock.new_id(), at, begun, stored.as_ref().err()));
    }

    async fn report(&self, ops: &crate::Ops, person: &Person, report: CheckIn) {
        let (at, begun) = (ops.clock.now(), Instant::now());
        let stored = ops.add_check_ins(&self.caller, &person.id, vec![report]).await;
        let route = ("POST", "/api/user/{user_id}/check-ins");
        ops.record(self.event(person, route, ops.clock.new_id(), at, begun, stored.as_ref().err()));
    }

    fn event(
        &self,
        person: &Person,
        (method, route): (&str, &str),
        request_id: String,
        at: Timestamp,
        begun: Instant,
        failure: Option<&Error>,
    ) -> RequestEvent {
        let (status, error_type) = failure.map_or((200, None), |error| {
            let (status, kind) = mapped(error);
            (status, Some(kind.to_owned()))
        });
        if let Some(error) = failure.filter(|_| status >= 500 && error_type.as_deref() != Some("stopped")) {
            tracing::error!(
                request.id = request_id,
                error = error as &dyn std::error::Error,
                "demo request failed"
            );
        }
        let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        RequestEvent {
            error_type,
            tenant: Some(self.caller.tenant.clone()),
            user: Some(person.id.clone()),
            key_prefix: Some(self.caller.key_prefix.clone()),
            tier: Some(self.caller.tier),
            demo: true,
            ..RequestEvent::of(request_id, at, method.to_owned(), route.to_owned(), status, duration_us)
        }
    }
}

/// A task of the routine, reported on.
fn task(answer: &AgentAnswer, dice: &mut Dice) -> Option<CheckIn> {
    let plan = answer.content.get("routine_plan")?;
    let date = plan.get("date")?.as_str()?.parse().ok()?;
    let blocks = plan.get("time_blocks")?.as_array()?;
    let tasks: Vec<&Value> =
        blocks.iter().filter_map(|block| block.get("tasks")?.as_array()).flatten().collect();
    let task = dice.pick(&tasks)?;
    let status = [(CheckInStatus::Done, 6.0), (CheckInStatus::Partial, 2.0), (CheckInStatus::Skipped, 2.0)];
    Some(CheckIn {
        task_id: task.get("id")?.as_str()?.to_owned(),
        title: Some(task.get("title")?.as_str()?.to_owned()),
        status: dice.weighted(&status)?,
        rating: Some(dice.around(3.2).clamp(1, 5) as u8),
        date,
        note: None,
    })
}

/// Status and kind, as the HTTP layer maps them.
fn mapped(error: &Error) -> (u16, &'static str) {
    match error {
        Error::Stopped(_) => (503, "stopped"),
        Error::TooMany { .. } => (429, "too-many-requests"),
        Error::NotFound { .. } => (404, "not-found"),
        Error::Invalid(_) => (422, "invalid"),
        Error::Unmet(_) => (422, "unmet"),
        Error::OverCap { .. } => (402, "over-cap"),
        Error::NoAnswer { .. } => (502, "no-answer"),
        Error::Conflict(_) => (409, "conflict"),
        Error::Changed => (412, "changed"),
        Error::Unauthenticated(_) => (401, "unauthenticated"),
        Error::Forbidden { .. } => (403, "forbidden"),
        Error::Store(_) | Error::Migrate(_) => (500, "store"),
        Error::Config(_) | Error::Internal { .. } => (500, "internal"),
    }
}
