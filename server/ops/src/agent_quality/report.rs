//! Everything that is known of one agent in one window.

use domain::agent::Agent;
use serde::Serialize;

use super::store::{self, Row};
use super::{AgentRelease, BrokenRule, FeatureDrift, Measure, PromptNow, Span};
use super::{by_release, drift, prompt, quality};
use crate::cost::DegradePolicy;
use crate::error::{Error, Result};
use crate::telemetry::{DegradedBy, Summary, Window};

/// What wrote answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EngineShare {
    /// `planner`, `model`, `memory`.
    pub engine: &'static str,
    pub requests: u64,
    /// Requests that something answered.
    pub of: u64,
}

/// One agent in one window.
#[derive(Clone, Debug)]
pub struct AgentReport {
    pub agent: Agent,
    /// To the millisecond: of requests.
    pub window: Window,
    /// From the beginning of its first hour on: of counts and feedback; what drifts is compared with `before`.
    pub hours: Window,
    pub before: Window,
    pub traffic: Summary,
    pub engines: Vec<EngineShare>,
    /// Shares of how its answers were judged and taken.
    pub measures: Vec<Measure>,
    pub broken: Vec<BrokenRule>,
    /// Of the newest 5,000 degraded answers of all agents.
    pub reasons: Vec<DegradedBy>,
    /// Worst first; empty: the agent makes no answers of its own.
    pub drift: Vec<FeatureDrift>,
    /// Fresh answers counted in `hours` and in `before`.
    pub answers: (u64, u64),
    pub releases: Vec<AgentRelease>,
    /// Of this build; absent: the agent has no model part.
    pub prompt: Option<PromptNow>,
    /// Absent likewise.
    pub policy: Option<DegradePolicy>,
    /// Counts of this process that could not be kept, because the store took none for hours.
    pub dropped: u64,
}

impl crate::Ops {
    /// As addresses name an agent of ours.
    ///
    /// # Errors
    /// `NotFound` for what is none.
    pub fn agent_named(&self, name: &str) -> Result<Agent> {
        let known = Agent::ALL.into_iter().find(|agent| agent.as_str() == name);
        known.ok_or(Error::NotFound { what: "agent" })
    }

    pub async fn agent_report(&self, agent: Agent, span: Span) -> Result<AgentReport> {
        let now = self.clock.now();
        let (window, hours, before) = (span.window(now), span.whole_hours(now), span.hours_before(now));
        let (tally, engines, by_id) = self.agent_traffic(agent, window).await?;
        let traffic = tally.summary(window);
        let answered: u64 = engines.values().sum();
        let rows = self.agent_sums(agent, hours).await?;
        let rows_before = self.agent_sums(agent, before).await?;
        let mut measures = quality::judged(agent, &rows, &traffic);
        measures.extend(self.agent_feedback(agent, hours).await?);
        let mut reasons = self.degraded_by(window).await?;
        reasons.retain(|reason| reason.agent == agent);
        Ok(AgentReport {
            agent,
            window,
            hours,
            before,
            traffic,
            engines: engines
                .into_iter()
                .map(|(engine, requests)| EngineShare { engine, requests, of: answered })
                .collect(),
            measures,
            broken: quality::broken(&rows),
            reasons,
            answers: (drift::answers(&rows), drift::answers(&rows_before)),
            drift: drift::of(agent, &rows_before, &rows),
            releases: by_release::of(&self.releases().await?, &by_id, &rows, &rows_before),
            prompt: prompt::now(agent),
            policy: self.degrade_policies().await?.into_iter().find(|policy| policy.agent == agent),
            dropped: self.agent_counts.dropped(),
        })
    }

    /// What was written, and what waits.
    async fn agent_sums(&self, agent: Agent, window: Window) -> Result<Vec<Row>> {
        let (from, to) = (window.from.as_millisecond(), window.to.as_millisecond());
        let mut rows = store::sums(&self.db, agent, from, to).await?;
        for (key, times) in self.agent_counts.waiting(agent, window) {
            rows.push(Row {
                release_id: key.release,
                engine: key.engine.to_owned(),
                subject: key.subject,
                word: key.word,
                times: i64::try_from(times).unwrap_or(i64::MAX),
            });
        }
        Ok(rows)
    }
}
