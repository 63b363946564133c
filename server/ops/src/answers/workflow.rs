//! The orchestrator's run: every step through the same path as a single request, one admission for the whole.

use std::time::{Duration, Instant};

use agents::orchestrator::{STEPS, StepRecord, StepStatus, degraded_reason};
use domain::agent::{Agent, Engine};
use serde_json::{Map, Value};

use super::{AgentAnswer, Outcome, Run, Trace, body, meta};
use crate::error::Result;
use crate::memory::Remembered;

/// A step that fails is tried once more; what fails twice is left out, and what is stopped is not begun.
const ATTEMPTS: u32 = 2;

impl crate::Ops {
    pub(super) async fn run_workflow(
        &self,
        run: &Run<'_>,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<AgentAnswer> {
        let deadline = Duration::from_millis(self.config.agents.workflow_deadline_ms);
        let (mut parts, mut records) = (Map::new(), Vec::new());
        let (mut engine, mut degraded) = (Engine::Memory, None);
        let mut remembered = Vec::new();
        for agent in STEPS {
            let began = begun.elapsed();
            let mut record = StepRecord {
                agent,
                status: StepStatus::Skipped,
                attempts: 0,
                start_ms: millis(began),
                duration_ms: 0.0,
                error: None,
                model: None,
                degraded_reason: None,
            };
            if let Some(why) = self.part_stopped(agent) {
                let turn = trace.begin();
                trace.end(agent.as_str(), turn, "skipped", Some(why.to_owned()));
                record.status = StepStatus::Stopped;
                record.error = Some(why.to_owned());
                records.push(record);
                continue;
            }
            while record.status != StepStatus::Ok && record.attempts < ATTEMPTS && begun.elapsed() < deadline
            {
                if let Err(limit) = run.permit.begin_step() {
                    let turn = trace.begin();
                    trace.end(agent.as_str(), turn, "skipped", Some(limit.to_string()));
                    record.error.get_or_insert_with(|| limit.to_string());
                    break;
                }
                record.attempts += 1;
                match self.outcome(run, agent, trace).await {
                    Ok(outcome) => {
                        record.status = StepStatus::Ok;
                        record.error = None;
                        engine = strongest(engine, outcome.engine);
                        record.model.clone_from(&outcome.model);
                        record.degraded_reason.clone_from(&outcome.degraded);
                        degraded = degraded.or(outcome.degraded);
                        Remembered::join(&mut remembered, outcome.remembered);
                        parts.insert(body::field_of(agent).to_owned(), body::content(agent, outcome.body));
                    }
                    Err(error) => {
                        record.status = StepStatus::Failed;
                        record.error = Some(error.to_string());
                    }
                }
            }
            record.duration_ms = millis(begun.elapsed() - began);
            records.push(record);
        }
        let fresh = engine != Engine::Memory;
        let model = only_model(&records);
        let outcome = Outcome {
            body: Value::Null,
            engine,
            model,
            decision: None,
            computed_at: run.now,
            degraded: None,
            remembered,
        };
        let without = match (run.permit.limited(), degraded_reason(&records)) {
            (Some(limit), Some(without)) => Some(format!("{limit}; {without}")),
            (limit, without) => limit.map(|limit| limit.to_string()).or(without),
        };
        let reason = run.permit.degraded().map(str::to_owned).or(without).or(degraded);
        let meta = meta(run, &outcome, reason, begun);
        Ok(AgentAnswer::whole(run, fresh, Value::Object(parts), &records, outcome.remembered, meta))
    }
}

/// A run in which a model wrote is a model's; one in which a planner did is fresh.
fn strongest(one: Engine, other: Engine) -> Engine {
    match (one, other) {
        (Engine::Model, _) | (_, Engine::Model) => Engine::Model,
        (Engine::Planner, _) | (_, Engine::Planner) => Engine::Planner,
        (Engine::Memory, Engine::Memory) => Engine::Memory,
    }
}

/// The model that wrote all that one wrote.
fn only_model(records: &[StepRecord]) -> Option<String> {
    let mut models = records.iter().filter_map(|record| record.model.as_ref());
    let first = models.next()?;
    models.all(|model| model == first).then(|| first.clone())
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

const _: () = assert!(STEPS.len() < Agent::ALL.len());
