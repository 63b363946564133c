//! Computing an answer: evidence, planner, validator, model, store.

use agents::evidence::Evidence;
use agents::memory::{self, Memory, recall, summarise};
use domain::agent::Agent;
use domain::threshold::Decision;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

use super::draft::Draft;
use super::writing::Written;
use super::{Outcome, Run, Trace};
use crate::error::{Error, Result};
use crate::people::history::{self, Analysis};

/// Insights given before, and how they were taken, count for this long: by then a reaction has faded to a sixty-fourth.
const INSIGHT_MEMORY: SignedDuration = SignedDuration::from_hours(24 * 180);
/// Memories one recall gives back.
const RECALLED: usize = 20;

impl crate::Ops {
    /// # Errors
    /// `Internal` when the planner broke a rule: nothing is stored or given.
    pub(super) async fn compute(
        &self,
        run: &Run<'_>,
        agent: Agent,
        decision: &Decision,
        trace: &mut Trace,
    ) -> Result<Outcome> {
        let loading = trace.begin();
        let (tenant, user) = (run.tenant(), run.user());
        let data = self.person_data(tenant, user, run.profile.clone()).await?;
        let known = if agent == Agent::Insights {
            let since = (run.now - INSIGHT_MEMORY).as_millisecond();
            history::store::known_insights(&self.db, tenant, user, since).await?
        } else {
            Vec::new()
        };
        trace.end("load data", loading, "ok", Some(format!("{} readings", data.biomarkers.len())));

        let planning = trace.begin();
        let settings = (**run.permit.settings()).clone();
        let evidence = Evidence::from_data(data, run.archetype, settings, run.now, decision.days);
        let draft = Draft::plan(run, agent, &evidence, &known)?;
        let violations = draft.violations(run, &evidence);
        let status = if violations.is_empty() { "ok" } else { "failed" };
        trace.end("plan and validate", planning, status, None);
        if let Some(first) = violations.first() {
            let rules: Vec<&str> = violations.iter().map(|violation| violation.rule).collect();
            tracing::error!(request.id = run.ask.request_id, %agent, ?rules, "a plan broke its rules and was not given");
            return Err(Error::internal("planning", first.rule));
        }
        let Written { draft, engine, model, degraded, .. } =
            self.write_with_model(run, agent, &evidence, draft, trace).await?;

        let storing = trace.begin();
        let analysis = Analysis {
            id: self.clock.new_id(),
            agent,
            archetype: run.archetype,
            day: evidence.today,
            engine,
            release: run.permit.release().to_owned(),
            wishes: run.wishes(agent)?,
            body: draft.body()?,
            created_at: run.now,
        };
        let memories = draft.memories(run, &analysis.id);
        let mut tx = self.db.begin_write().await?;
        history::store::insert(&mut tx, tenant, user, &analysis).await?;
        history::store::put_memories(&mut tx, &self.clock, tenant, user, &memories).await?;
        history::store::put_insights(&mut tx, tenant, user, draft.insights(), run.now.as_millisecond())
            .await?;
        tx.commit().await?;
        trace.end("store", storing, "ok", None);
        Ok(Outcome { body: analysis.body, engine, model, decision: None, computed_at: run.now, degraded })
    }

    /// The memory agent: a summary, and what the query recalls.
    pub(super) async fn recall(&self, run: &Run<'_>) -> Result<Value> {
        let all = history::store::memories(&self.db, run.tenant(), run.user(), 1_000).await?;
        let kept: Vec<Memory> = all
            .into_iter()
            .filter_map(|mut found| {
                found.confidence = memory::retained(&found, run.now)?;
                Some(found)
            })
            .collect();
        let recalled = recall(&kept, &run.ask.query, run.now, RECALLED);
        Ok(json!({ "summary": to_value(&summarise(&kept, run.now))?, "recalled": to_value(&recalled)? }))
    }
}

fn to_value(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal("writing an answer", error))
}
