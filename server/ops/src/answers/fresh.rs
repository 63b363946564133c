//! Computing an answer: evidence, planner, validator, store.

use agents::evidence::Evidence;
use agents::memory::{Memory, recall, summarise};
use agents::violation::Violation;
use agents::{behavior, circadian, insights, memory, nutrition, routine};
use domain::agent::{Agent, Engine};
use domain::threshold::Decision;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Run, Trace};
use crate::error::{Error, Result};
use crate::people::history::{self, Analysis};

/// An insight is not said again for this long.
const INSIGHT_MEMORY: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Memories one recall gives back.
const RECALLED: usize = 20;

/// What a planner made, with everything that is stored beside it.
struct Made {
    body: Value,
    violations: Vec<Violation>,
    memories: Vec<Memory>,
    insights: Vec<insights::Insight>,
}

impl crate::Ops {
    /// # Errors
    /// `Internal` when the planner broke a rule: nothing is stored or given.
    pub(super) async fn compute(
        &self,
        run: &Run<'_>,
        agent: Agent,
        decision: &Decision,
        trace: &mut Trace,
    ) -> Result<Value> {
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
        let made = plan(run, agent, &evidence, &known)?;
        trace.end(
            "plan and validate",
            planning,
            if made.violations.is_empty() { "ok" } else { "failed" },
            None,
        );
        if let Some(first) = made.violations.first() {
            let rules: Vec<&str> = made.violations.iter().map(|violation| violation.rule).collect();
            tracing::error!(request.id = run.ask.request_id, %agent, ?rules, "a plan broke its rules and was not given");
            return Err(Error::internal("planning", first.rule));
        }

        let storing = trace.begin();
        let analysis = Analysis {
            id: self.clock.new_id(),
            agent,
            archetype: run.archetype,
            day: evidence.today,
            engine: Engine::Planner,
            release: run.permit.release().to_owned(),
            wishes: run.wishes(agent)?,
            body: made.body,
            created_at: run.now,
        };
        let mut memories = made.memories;
        if matches!(agent, Agent::Routine | Agent::Nutrition) {
            memories.push(memory::from_plan(agent, &analysis.id, run.now));
        }
        let mut tx = self.db.begin_write().await?;
        history::store::insert(&mut tx, tenant, user, &analysis).await?;
        history::store::put_memories(&mut tx, &self.clock, tenant, user, &memories).await?;
        history::store::put_insights(&mut tx, tenant, user, &made.insights, run.now.as_millisecond()).await?;
        tx.commit().await?;
        trace.end("store", storing, "ok", None);
        Ok(analysis.body)
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

fn plan(run: &Run<'_>, agent: Agent, evidence: &Evidence, known: &[insights::KnownInsight]) -> Result<Made> {
    let behavior = behavior::analyse(evidence);
    let plain = |body, violations| Made { body, violations, memories: Vec::new(), insights: Vec::new() };
    Ok(match agent {
        Agent::Behavior => Made {
            violations: behavior::validate(&behavior, evidence),
            memories: memory::from_behavior(&behavior, run.now),
            ..plain(to_value(&behavior)?, Vec::new())
        },
        Agent::Circadian => {
            let day = circadian::analyse(evidence);
            Made {
                violations: circadian::validate(&day),
                memories: memory::from_circadian(&day, run.now),
                ..plain(to_value(&day)?, Vec::new())
            }
        }
        Agent::Routine => {
            let context = routine::Context::new(&behavior, &circadian::analyse(evidence));
            let plan = routine::plan(evidence, &context, &run.ask.routine);
            plain(to_value(&plan)?, routine::validate(&plan, evidence, &context, &run.ask.routine))
        }
        Agent::Nutrition => {
            let plan = nutrition::plan(evidence, &run.ask.nutrition)
                .map_err(|refusal| Error::Unmet(refusal.to_string()))?;
            plain(to_value(&plan)?, nutrition::validate(&plan, evidence, &run.ask.nutrition))
        }
        Agent::Insights => {
            let mut found = insights::extract(evidence, &behavior, known);
            // The same words to two people are two insights: the id must name one of them.
            for insight in &mut found.insights {
                insight.id = own_id(run, &insight.content_hash);
            }
            Made {
                violations: insights::validate(&found, evidence),
                insights: found.insights.clone(),
                ..plain(to_value(&found)?, Vec::new())
            }
        }
        Agent::Orchestrator | Agent::Memory => {
            return Err(Error::internal("planning", "not an agent that plans"));
        }
    })
}

/// Stable for a person and a content, and nobody else's.
fn own_id(run: &Run<'_>, content_hash: &str) -> String {
    let owner = format!("{}/{}/{content_hash}", run.tenant(), run.user());
    hex::encode(&Sha256::digest(owner.as_bytes())[..12])
}

fn to_value(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal("writing an answer", error))
}
