//! When which step of which agent's policy was in force because of a sum of the service: begun and ended as rows.
//!
//! People's sums leave no row: a policy that is under way for one person is their answers' affair. Whichever instance sees
//! it first writes it, by what the store says is spent, so that all see the same.

use std::collections::BTreeSet;

use domain::agent::Agent;
use domain::degrade::{AGENTS, Step};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, PeriodRow};
use crate::Ops;
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::Result;
use crate::events::Topic;

const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Steps in force at once: agents, steps and sums of the service stay below.
const MOST_OPEN: usize = 500;

/// A step in force now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ActiveStep {
    pub agent: Agent,
    /// `80% any cheaper-model`.
    pub step: String,
    /// `cheaper-model`, `kept-words-first`, `throttle`, `planner`.
    pub gives_up: &'static str,
    /// In words: `from 80 % of any sum: cheaper model`.
    pub words: String,
    /// The sum that is full: `global`, `tier:free`, `agent:routine`, `key:hk_1`, `month:global`.
    pub scope: String,
    /// How full it was when the step began, percent.
    pub percent: u64,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// A step from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DegradePeriod {
    pub id: String,
    pub agent: String,
    pub step: String,
    pub scope: String,
    pub percent: u64,
    #[schema(value_type = String, format = DateTime)]
    pub began_at: Timestamp,
    /// Absent: in force.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// Which step of whom, by which sum.
type Due = (Agent, Step, String, u64);

impl Ops {
    /// One activation of the task `degrade-steps`.
    pub async fn note_degrade_steps(&self) -> Result<()> {
        let open = store::open_periods(self.db.read()).await?;
        if differs(&open, &self.due_steps()) {
            let mut tx = self.db.begin_write().await?;
            // Somebody else may have written it meanwhile.
            let open = store::open_periods(&mut *tx).await?;
            let changed = self.write_periods(&mut tx, &open, &self.due_steps()).await?;
            tx.commit().await?;
            if changed {
                self.events.publish(Topic::Caps, None);
            }
        }
        Ok(())
    }

    /// Forgets what ended more than 90 days ago.
    pub(crate) async fn drop_old_degrade_periods(&self) -> Result<()> {
        store::delete_periods_before(self.db.write(), (self.clock.now() - KEPT).as_millisecond()).await
    }

    /// What the sums of the service, as the store knows them, put in force now.
    fn due_steps(&self) -> Vec<Due> {
        let (now, policies) = (self.clock.now(), self.gateway.policies.get());
        let models = self.gateway.models.priced();
        let mut due = Vec::new();
        for agent in AGENTS {
            let Some(policy) = policies.of(agent) else { continue };
            let essential = self.gateway.today.essential.is(agent);
            for (scope, filling) in self.service_fillings(agent, now) {
                for step in policy.steps_at(essential, filling, &models) {
                    due.push((agent, step.clone(), scope.name.clone(), filling.percent()));
                }
            }
        }
        due.truncate(MOST_OPEN);
        due
    }

    async fn write_periods(&self, tx: &mut WriteTx, open: &[PeriodRow], due: &[Due]) -> Result<bool> {
        let (now, by) = (self.clock.now_ms(), "system:degrade-steps");
        let (known, wanted) = (keys_of(open), keys(due));
        let mut changed = false;
        for row in open.iter().filter(|row| !wanted.contains(&key_of(row))) {
            if !store::end_period(tx, &row.id, now).await? {
                continue;
            }
            let note = format!("degrade step of {} ended: {} ({})", row.agent, row.step, row.scope);
            crate::incidents::note_on_open(tx, self, &note, by).await?;
            changed = true;
        }
        for (agent, step, scope, percent) in due {
            if known.contains(&(agent.to_string(), step.to_string(), scope.clone())) {
                continue;
            }
            let row = PeriodRow {
                id: self.clock.new_id(),
                agent: agent.to_string(),
                step: step.to_string(),
                scope: scope.clone(),
                percent: i64::try_from(*percent).unwrap_or(i64::MAX),
                began_at: now,
                ended_at: None,
            };
            if !store::begin_period(tx, &row).await? {
                continue;
            }
            let note = format!("degrade step of {agent} began: {step} ({scope} at {percent} %)");
            crate::incidents::note_on_open(tx, self, &note, by).await?;
            changed = true;
        }
        Ok(changed)
    }

    /// Every step in force because of a sum of the service, the longest first.
    pub async fn degrade_steps_now(&self) -> Result<Vec<ActiveStep>> {
        let rows = store::open_periods(self.db.read()).await?;
        let told = rows.into_iter().filter_map(|row| {
            let step = Step::parse(&row.step).ok()?;
            Some(ActiveStep {
                agent: Agent::parse(&row.agent)?,
                gives_up: step.action.word(),
                words: step.words(),
                step: row.step,
                scope: row.scope,
                percent: row.percent.unsigned_abs(),
                since: at(row.began_at),
            })
        });
        Ok(told.collect())
    }

    /// In force at any time since then, newest first, at most `most`.
    pub async fn degrade_periods(&self, since: Timestamp, most: u32) -> Result<Vec<DegradePeriod>> {
        let rows = store::periods(self.db.read(), since.as_millisecond(), i64::from(most)).await?;
        let told = rows.into_iter().map(|row| DegradePeriod {
            id: row.id,
            agent: row.agent,
            step: row.step,
            scope: row.scope,
            percent: row.percent.unsigned_abs(),
            began_at: at(row.began_at),
            ended_at: row.ended_at.map(at),
        });
        Ok(told.collect())
    }
}

type Key = (String, String, String);

fn key_of(row: &PeriodRow) -> Key {
    (row.agent.clone(), row.step.clone(), row.scope.clone())
}

fn keys_of(open: &[PeriodRow]) -> BTreeSet<Key> {
    open.iter().map(key_of).collect()
}

fn keys(due: &[Due]) -> BTreeSet<Key> {
    due.iter().map(|(agent, step, scope, _)| (agent.to_string(), step.to_string(), scope.clone())).collect()
}

fn differs(open: &[PeriodRow], due: &[Due]) -> bool {
    keys_of(open) != keys(due)
}
