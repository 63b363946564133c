//! What a run writes down of its steps: each change in a transaction that only the holder of the claim can make.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use agents::orchestrator::{Step, StepRecord, StepStatus};
use domain::agent::{AnswerMeta, Engine, TokenUse, Usage};
use domain::archetype::Archetype;
use domain::money::MicroUsd;
use serde_json::Value;

use super::claims::store::{self as claims, End, StepEnd};
use super::{Claim, Claimed, Origin, Status};
use crate::Ops;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::lifecycle::Phase;

/// Cancelled, or gone on with elsewhere.
const LOST: &str = "this workflow is not this process's any more";

/// The steps of one workflow, in memory as in the store.
pub(crate) struct Book {
    ops: Ops,
    claim: Claim,
    origin: Origin,
    began: Instant,
    /// What this process began so much later than the first that ran it.
    after: Duration,
    /// When the whole must have ended.
    until: Instant,
    lost: AtomicBool,
    parts: Mutex<BTreeMap<Step, Part>>,
}

struct Part {
    record: StepRecord,
    begun: Option<Instant>,
    /// Tries beyond the one that was counted when it began.
    again: u32,
    body: Option<Value>,
}

/// What a step came to.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) status: StepStatus,
    pub(crate) engine: Option<Engine>,
    pub(crate) model: Option<String>,
    pub(crate) degraded: Option<String>,
    pub(crate) error: Option<String>,
    /// Where its answer is stored as an analysis.
    pub(crate) analysis: Option<String>,
    pub(crate) body: Value,
}

impl Done {
    pub(crate) fn without(status: StepStatus, error: impl Into<String>) -> Self {
        let error = Some(error.into());
        Self { status, engine: None, model: None, degraded: None, error, analysis: None, body: Value::Null }
    }
}

/// A step that has been written and not yet committed.
#[must_use = "keep it after the commit"]
pub(crate) struct Written(StepRecord, Value);

impl Book {
    /// What earlier holders stored is read.
    pub(crate) async fn open(ops: &Ops, claimed: &Claimed) -> Result<Self> {
        let id = &claimed.claim.workflow;
        let row = super::store::row(&ops.db, id).await?.ok_or(Error::NotFound { what: "workflow" })?;
        let now = ops.clock.now();
        let mut parts = BTreeMap::new();
        for step in super::store::steps(&ops.db, id).await? {
            let body = step.body()?;
            let record = step.into_record(row.started_at)?;
            parts.insert(record.step, Part { record, begun: None, again: 0, body });
        }
        let kept: Vec<(Step, String)> = parts
            .values()
            .filter(|part| part.record.status == StepStatus::Ok)
            .filter_map(|part| Some((part.record.step, part.record.analysis_id.clone()?)))
            .collect();
        let ids: Vec<&str> = kept.iter().map(|(_, id)| id.as_str()).collect();
        let bodies: BTreeMap<_, _> =
            super::store::bodies(&ops.db, &claimed.tenant, &ids).await?.into_iter().collect();
        for (step, id) in &kept {
            if let Some(part) = parts.get_mut(step) {
                part.body = bodies.get(id).cloned();
            }
        }
        let left = claimed.deadline_at.duration_since(now);
        let after = row.started_at.map_or(0, |started| now.as_millisecond() - started).max(0);
        Ok(Self {
            ops: ops.clone(),
            claim: claimed.claim.clone(),
            origin: claimed.origin,
            began: Instant::now(),
            after: Duration::from_millis(after.unsigned_abs()),
            until: Instant::now() + Duration::try_from(left).unwrap_or(Duration::ZERO),
            lost: AtomicBool::new(false),
            parts: Mutex::new(parts),
        })
    }

    pub(crate) fn workflow(&self) -> &str {
        &self.claim.workflow
    }

    /// When the whole must have ended.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// Until the deadline.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Whether no further step may begin here, because this process ends: another goes on. What an app waits for is finished.
    pub(crate) fn leaving(&self) -> bool {
        let stops = self.ops.jobs.stopping().is_cancelled();
        stops || (self.origin == Origin::Background && self.ops.lifecycle.phase() != Phase::Serving)
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<Step, Part>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn has_ended(&self, step: Step) -> bool {
        self.parts().get(&step).is_some_and(|part| part.record.status.ended())
    }

    /// It is tried once more.
    pub(crate) fn again(&self, step: Step) {
        if let Some(part) = self.parts().get_mut(&step) {
            part.again += 1;
        }
    }

    /// What a step that succeeded gave.
    pub(crate) fn body(&self, step: Step) -> Option<Value> {
        let parts = self.parts();
        let part = parts.get(&step).filter(|part| part.record.status == StepStatus::Ok)?;
        part.body.clone()
    }

    pub(crate) fn records(&self) -> Vec<StepRecord> {
        self.parts().values().map(|part| part.record.clone()).collect()
    }

    /// The next revision, or the claim is gone.
    async fn fence(&self, tx: &mut WriteTx) -> Result<i64> {
        match claims::fence(tx, &self.claim).await? {
            Some(revision) => Ok(revision),
            None => {
                self.lost.store(true, Ordering::Relaxed);
                Err(Error::Conflict(LOST.to_owned()))
            }
        }
    }

    fn committed(&self) {
        self.ops.workflows.changed(&self.claim.workflow);
    }

    /// The run begins or goes on here.
    pub(crate) async fn begin_run(&self, archetype: Archetype, release: &str) -> Result<()> {
        let mut tx = self.ops.db.begin_write().await?;
        self.fence(&mut tx).await?;
        claims::begin(&mut tx, &self.claim, archetype, release, self.ops.clock.now_ms()).await?;
        tx.commit().await?;
        self.committed();
        Ok(())
    }

    /// A stage begins: these steps, and without those.
    pub(crate) async fn begin(&self, ready: &[Step], left_out: &[(Step, Done)]) -> Result<()> {
        if ready.is_empty() && left_out.is_empty() {
            return Ok(());
        }
        let now = self.ops.clock.now();
        let mut tx = self.ops.db.begin_write().await?;
        let revision = self.fence(&mut tx).await?;
        for step in ready {
            claims::begin_step(&mut tx, &self.claim, *step, revision, now.as_millisecond()).await?;
        }
        let mut written = Vec::new();
        for (step, done) in left_out {
            written.push(self.write_at(&mut tx, revision, *step, done.clone(), Usage::default()).await?);
        }
        tx.commit().await?;
        for step in ready {
            if let Some(part) = self.parts().get_mut(step) {
                part.begun = Some(Instant::now());
                part.record.status = StepStatus::Running;
                part.record.attempts += 1;
                if part.record.started_at.is_none() {
                    part.record.started_at = Some(now);
                    part.record.start_ms = millis(self.after + self.began.elapsed());
                }
            }
        }
        for written in written {
            self.keep(written);
        }
        self.committed();
        Ok(())
    }

    /// Writes a step's end beside what it stored; keep what is returned after the commit.
    pub(crate) async fn write(
        &self,
        tx: &mut WriteTx,
        step: Step,
        done: Done,
        used: Usage,
    ) -> Result<Written> {
        let revision = self.fence(tx).await?;
        self.write_at(tx, revision, step, done, used).await
    }

    async fn write_at(
        &self,
        tx: &mut WriteTx,
        revision: i64,
        step: Step,
        done: Done,
        used: Usage,
    ) -> Result<Written> {
        let (before, begun, again) = match self.parts().get(&step) {
            Some(part) => (part.record.clone(), part.begun, part.again),
            None => (StepRecord::waiting(step), None, 0),
        };
        let took = begun.map_or(Duration::ZERO, |begun| begun.elapsed());
        let end = StepEnd {
            step,
            status: done.status,
            more_attempts: again,
            took_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
            engine: done.engine,
            model: done.model.as_deref(),
            cost: used.cost,
            tokens: used.tokens,
            degraded_reason: done.degraded.as_deref(),
            error: done.error.as_deref(),
            analysis_id: done.analysis.as_deref(),
            body: Some(&done.body).filter(|body| done.analysis.is_none() && !body.is_null()),
        };
        claims::end_step(tx, &self.claim, revision, &end, self.ops.clock.now_ms()).await?;
        let record = StepRecord {
            status: done.status,
            attempts: before.attempts + again,
            duration_ms: millis(took),
            error: done.error,
            engine: done.engine,
            model: done.model,
            degraded_reason: done.degraded,
            cost_usd: before.cost_usd + used.cost.usd(),
            calls: before.calls + used.attempts,
            tokens: used.tokens,
            analysis_id: done.analysis,
            ..before
        };
        Ok(Written(record, done.body))
    }

    pub(crate) fn keep(&self, Written(record, body): Written) {
        if let Some(part) = self.parts().get_mut(&record.step) {
            (part.record, part.body) = (record, Some(body));
        }
        self.committed();
    }

    /// A step has ended that stores nothing beside.
    pub(crate) async fn end(&self, step: Step, done: Done, used: Usage) -> Result<()> {
        let mut tx = self.ops.db.begin_write().await?;
        let written = self.write(&mut tx, step, done, used).await?;
        tx.commit().await?;
        self.keep(written);
        Ok(())
    }

    /// All steps have ended.
    pub(crate) async fn finish(&self, status: Status, meta: &AnswerMeta) -> Result<()> {
        let mut tx = self.ops.db.begin_write().await?;
        self.fence(&mut tx).await?;
        let degraded_reason = meta.degraded_reason.as_deref();
        let error = degraded_reason.filter(|_| status == Status::Failed);
        let end = End { status, error, degraded_reason, meta: Some(meta) };
        claims::end(&mut tx, &self.claim.workflow, &end, self.ops.clock.now_ms()).await?;
        tx.commit().await?;
        self.committed();
        Ok(())
    }

    /// What all steps used, whichever process did them.
    pub(crate) fn used(&self) -> Usage {
        let mut used = Usage::default();
        for part in self.parts().values() {
            used.cost += MicroUsd::from_usd(part.record.cost_usd);
            used.attempts += part.record.calls;
            let mut tokens: TokenUse = used.tokens;
            tokens += part.record.tokens;
            used.tokens = tokens;
        }
        used
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
