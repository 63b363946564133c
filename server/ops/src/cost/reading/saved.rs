//! What a shutoff kept from being spent: an estimate, by what requests cost in the day before it.

use std::collections::HashMap;

use domain::agent::Agent;
use domain::money::MicroUsd;
use domain::shutoff::Scope;
use jiff::SignedDuration;
use serde::Serialize;

use crate::Ops;
use crate::error::Result;
use crate::gateway::ShutoffRecord;
use crate::telemetry::Window;

/// Long enough for every agent to have been asked, short enough for today's prices.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Saved {
    /// Requests of its scope while it was in force; of a model every agent request, since any may have asked it.
    pub requests: u64,
    /// Whether that is an estimate: of a tier's long or busy time only the newest 5,000 requests are looked at.
    pub about: bool,
    /// What they would have cost, agent by agent, less what was still spent (also on the models asked instead). Absent:
    /// nothing of the scope was asked in the day before.
    pub usd: Option<f64>,
}

impl Ops {
    /// Up to now while the shutoff is in force. Of one agent its own requests only: a run of the orchestrator counts as its.
    pub async fn saved_by(&self, record: &ShutoffRecord) -> Result<Saved> {
        let (scope, since) = (&record.shutoff.scope, record.shutoff.since);
        let until = record.ended_at.unwrap_or_else(|| self.clock.now());
        let (during, about) = self.spent_by_agent(scope, Window::new(since, until.max(since))).await?;
        let (before, _) = self.spent_by_agent(scope, Window::new(since - BEFORE, since)).await?;
        let each: HashMap<_, _> = before
            .iter()
            .filter(|(_, requests, _)| *requests > 0)
            .map(|(agent, requests, cost)| (*agent, cost.usd() / *requests as f64))
            .collect();
        let requests = during.iter().map(|(_, requests, _)| requests).sum();
        let spent: MicroUsd = during.iter().map(|(.., cost)| *cost).sum();
        let would: f64 = during
            .iter()
            .map(|(agent, requests, _)| *requests as f64 * each.get(agent).copied().unwrap_or(0.0))
            .sum();
        Ok(Saved { requests, about, usd: (!each.is_empty()).then(|| (would - spent.usd()).max(0.0)) })
    }

    /// Requests of the scope, agent by agent, and what they cost together; whether that is an estimate.
    async fn spent_by_agent(
        &self,
        scope: &Scope,
        window: Window,
    ) -> Result<(Vec<(Agent, u64, MicroUsd)>, bool)> {
        if window.from >= window.to {
            // Set in this very millisecond: telemetry has no figures of no time.
            return Ok((Vec::new(), false));
        }
        if let Scope::Tier(tier) = scope {
            return self.asked_by_tier(*tier, window).await;
        }
        let all = self.by_agent(window).await?.into_iter();
        let all = all.map(|of| (of.agent, of.figures.requests, of.figures.cost));
        let of = match scope {
            Scope::Agent(own) => all.filter(|(agent, ..)| agent == own).collect(),
            _ => all.collect(),
        };
        Ok((of, false))
    }
}
