//! The orchestrator: memory, then behavior and circadian, then routine and nutrition, then insights, then memory again.
//!
//! It knows the order, the attempts and the deadline, and keeps a record per step. What a step does, and where its result
//! goes, is the business of [`Steps`]. A failed step degrades its own part only: the others run without it and say so.
//! Time comes from a [`Timer`]. A run can be resumed: steps that an earlier record calls done are not run again.

use std::future::Future;
use std::pin::pin;

use futures::future::{Either, join, select};
use jiff::{SignedDuration, Timestamp};

mod record;

pub use record::{StepKind, StepRecord, StepStatus, WorkflowReport, WorkflowStatus};

/// What the workflow runs. Results stay with the implementor, who knows what each step needs of the others.
pub trait Steps: Sync {
    /// One attempt at one step; `attempt` counts from 1. Dropped when the deadline comes first, so it must be safe to
    /// abandon at any await.
    fn run(
        &self,
        step: StepKind,
        attempt: u32,
    ) -> impl Future<Output = Result<StepOutput, StepFailure>> + Send;
}

/// How well a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutput {
    Complete,
    /// There is an answer, but a lesser one, such as from a fallback. The reason is for people, without health values.
    Degraded(String),
}

/// Why an attempt gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StepFailure {
    /// For people, without health values.
    pub message: String,
    /// Whether another attempt may succeed. A refusal stays a refusal.
    pub transient: bool,
}

/// The time, and waiting for it.
pub trait Timer: Sync {
    fn now(&self) -> Timestamp;
    /// Ready at `at`, or at once when that is past.
    fn wait_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;
}

/// How long and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the whole workflow, from its start.
    pub deadline: SignedDuration,
    /// Per step, at least 1.
    pub attempts: u32,
    /// Before the second attempt; doubled before each further one.
    pub backoff: SignedDuration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline: SignedDuration::from_secs(120),
            attempts: 3,
            backoff: SignedDuration::from_millis(500),
        }
    }
}

/// Runs everything that `earlier` does not already hold as done. Never fails: what went wrong stands in the report.
pub async fn run(
    steps: &impl Steps,
    timer: &impl Timer,
    patience: &Patience,
    earlier: &[StepRecord],
) -> WorkflowReport {
    let started_at = timer.now();
    let course = Course { steps, timer, patience, earlier, deadline: started_at + patience.deadline };
    let recall = course.step(StepKind::Recall, &[]).await;
    let (behavior, circadian) =
        join(course.step(StepKind::Behavior, &[&recall]), course.step(StepKind::Circadian, &[&recall])).await;
    let analyses = [&behavior, &circadian];
    let (routine, nutrition) =
        join(course.step(StepKind::Routine, &analyses), course.step(StepKind::Nutrition, &[&behavior])).await;
    let insights = course.step(StepKind::Insights, &[&behavior, &circadian, &routine, &nutrition]).await;
    let answers = [&behavior, &circadian, &routine, &nutrition, &insights];
    // What ran again is new to the memory, whatever an earlier run remembered.
    let all_earlier = answers.iter().all(|record| earlier.contains(record));
    let remember = if answers.iter().any(|record| record.gave_an_answer()) {
        let course = Course { earlier: if all_earlier { earlier } else { &[] }, ..course };
        course.step(StepKind::Remember, &[]).await
    } else {
        course.skipped(StepKind::Remember, "there is nothing to remember")
    };
    let records = vec![recall, behavior, circadian, routine, nutrition, insights, remember];
    WorkflowReport::new(records, started_at, timer.now(), started_at + patience.deadline)
}

struct Course<'a, S, T> {
    steps: &'a S,
    timer: &'a T,
    patience: &'a Patience,
    earlier: &'a [StepRecord],
    deadline: Timestamp,
}

impl<S: Steps, T: Timer> Course<'_, S, T> {
    /// One step with all its attempts. A step whose `inputs` failed runs all the same, and is degraded at best.
    async fn step(&self, step: StepKind, inputs: &[&StepRecord]) -> StepRecord {
        let done = |record: &&StepRecord| record.step == step && record.status == StepStatus::Ok;
        if let Some(done) = self.earlier.iter().find(done) {
            return done.clone();
        }
        let started_at = self.timer.now();
        if started_at >= self.deadline {
            return self.skipped(step, "the deadline of the workflow had passed");
        }
        let missing: Vec<&str> =
            inputs.iter().filter(|r| !r.gave_an_answer()).map(|r| r.step.as_str()).collect();
        let mut attempt = 1;
        let (status, error) = loop {
            let Some(outcome) = self.before_deadline(self.steps.run(step, attempt)).await else {
                break (StepStatus::Failed, Some("not done before the deadline of the workflow".to_owned()));
            };
            match outcome {
                Ok(StepOutput::Degraded(reason)) => break (StepStatus::Degraded, Some(reason)),
                Ok(StepOutput::Complete) if missing.is_empty() => break (StepStatus::Ok, None),
                Ok(StepOutput::Complete) => {
                    break (StepStatus::Degraded, Some(format!("made without {}", missing.join(" and "))));
                }
                Err(failure) if !failure.transient || attempt >= self.patience.attempts => {
                    break (StepStatus::Failed, Some(failure.message));
                }
                Err(failure) => {
                    let pause = self.patience.backoff * 2_i32.saturating_pow((attempt - 1).min(20));
                    let at = self.timer.now() + pause;
                    if at >= self.deadline {
                        break (StepStatus::Failed, Some(failure.message));
                    }
                    self.timer.wait_until(at).await;
                    attempt += 1;
                }
            }
        };
        StepRecord {
            step,
            status,
            attempts: attempt,
            started_at: Some(started_at),
            duration_ms: record::milliseconds(started_at, self.timer.now()),
            error,
        }
    }

    async fn before_deadline<O>(&self, work: impl Future<Output = O>) -> Option<O> {
        match select(pin!(work), pin!(self.timer.wait_until(self.deadline))).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }

    fn skipped(&self, step: StepKind, why: &str) -> StepRecord {
        StepRecord {
            step,
            status: StepStatus::Skipped,
            attempts: 0,
            started_at: None,
            duration_ms: 0,
            error: Some(why.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
