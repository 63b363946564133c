//! Rules over stored telemetry, money and health: pending, firing, resolved; every transition a row.
//!
//! One evaluation is one transaction: the state of every alert, the incident it opens or closes, and the deliveries that
//! tell of it. Evaluations take turns in the store, so several instances never tell the same thing twice.

pub(crate) mod conditions;
pub(crate) mod store;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::alert::{AlertState, Track};
use domain::incident::Severity;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Actor;
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::Result;
use crate::events::Topic;
use crate::incidents;

pub use conditions::Condition;

/// An alert that is not inactive, or was evaluated last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertInfo {
    pub fingerprint: String,
    pub rule: String,
    pub title: String,
    pub severity: Severity,
    pub state: AlertState,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The figures of the last evaluation.
    pub facts: String,
    #[schema(value_type = String, format = DateTime)]
    pub evaluated_at: Timestamp,
    pub incident_id: Option<String>,
}

/// One change of an alert's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertTransition {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub fingerprint: String,
    pub rule: String,
    pub title: String,
    pub severity: Severity,
    pub from: AlertState,
    pub to: AlertState,
    pub facts: String,
    pub incident_id: Option<String>,
}

impl crate::Ops {
    pub(crate) fn start_alert_jobs(&self) {
        let every = Duration::from_secs(self.config.alerts.evaluate_seconds.max(1));
        let evaluate = |ops: crate::Ops| async move { ops.evaluate_alerts().await };
        self.jobs.every_on_duty("alert-evaluation", every, self.clock.clone(), evaluate, self);
    }

    /// Measures every condition and moves every alert.
    pub async fn evaluate_alerts(&self) -> Result<()> {
        let conditions = self.conditions().await?;
        self.apply_conditions(&conditions).await
    }

    /// Moves the alerts by what was measured: one transaction.
    pub(crate) async fn apply_conditions(&self, conditions: &[Condition]) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        store::take_turn(&mut tx, now.as_millisecond()).await?;
        let known: BTreeMap<String, AlertInfoRow> = store::tracks(&mut tx).await?;
        let mut moved = false;
        for condition in conditions {
            let row = known.get(&condition.fingerprint);
            let before = row.map_or_else(|| Track::new(now), |row| row.track);
            let after = before.evaluate(condition.holds, condition.hold_for, now);
            let mut incident = row.and_then(|row| row.incident_id.clone());
            if before.state != after.state {
                moved = true;
                incident = self.transition(&mut tx, condition, before.state, after.state, incident).await?;
            } else if after.state == AlertState::Firing
                && row.is_some_and(|row| condition.severity < row.severity)
                && let Some(id) = &incident
            {
                moved = true;
                incidents::raise(&mut tx, self, id, condition.severity, &condition.facts).await?;
            }
            store::put(&mut tx, condition, &after, now.as_millisecond(), incident.as_deref()).await?;
        }
        tx.commit().await?;
        if moved {
            self.events.publish(Topic::Alerts, None);
            self.events.publish(Topic::Incidents, None);
            self.notify.wake();
        }
        Ok(())
    }

    /// What a change of state does to incidents. Returns the incident that the alert belongs to from now on.
    async fn transition(
        &self,
        tx: &mut WriteTx,
        condition: &Condition,
        from: AlertState,
        to: AlertState,
        incident: Option<String>,
    ) -> Result<Option<String>> {
        let mut incident = incident;
        if to == AlertState::Firing {
            let told = incidents::alert_fired(tx, self, condition).await?;
            incident = Some(told);
        }
        store::insert_transition(tx, &self.clock, condition, from, to, incident.as_deref()).await?;
        if from == AlertState::Firing
            && let Some(id) = incident.take()
        {
            store::detach(tx, &condition.fingerprint).await?;
            let left = store::count_attached(tx, &id).await?;
            incidents::alert_cleared(tx, self, &id, condition, left).await?;
        }
        Ok(incident)
    }

    /// Alerts that are pending or firing, the worst first.
    pub async fn alerts_now(&self) -> Result<Vec<AlertInfo>> {
        store::active(&self.db).await
    }

    /// Every rule with its last evaluation.
    pub async fn alert_rules(&self) -> Result<Vec<AlertInfo>> {
        store::all(&self.db).await
    }

    /// Transitions of the last hours, newest first, at most 1,000.
    pub async fn alert_history(&self, hours: u32) -> Result<Vec<AlertTransition>> {
        let from = self.clock.now() - SignedDuration::from_hours(i64::from(hours));
        store::transitions(&self.db, from.as_millisecond(), 1_000).await
    }
}

/// What the store knows of an alert.
#[derive(Clone, Debug)]
pub(crate) struct AlertInfoRow {
    pub(crate) track: Track,
    pub(crate) severity: Severity,
    pub(crate) incident_id: Option<String>,
}

/// Who opens incidents when nobody does.
pub(crate) const EVALUATOR: Actor = Actor::System("alerts");

pub(crate) fn track(state: &str, since: i64, clear_since: Option<i64>) -> Track {
    Track { state: AlertState::read(state), since: at(since), clear_since: clear_since.map(at) }
}

#[cfg(test)]
mod tests;
