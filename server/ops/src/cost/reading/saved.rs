//! What a shutoff kept from being spent: an estimate, by what requests cost in the day before it.

use std::collections::HashMap;

use jiff::SignedDuration;
use serde::Serialize;

use crate::Ops;
use crate::error::Result;
use crate::gateway::ShutoffRecord;
use crate::telemetry::Window;
use domain::money::MicroUsd;

/// Long enough for every agent to have been asked, short enough for today's prices.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Saved {
    /// Agent requests while it was in force.
    pub requests: u64,
    /// What they would have cost, agent by agent, less what was still spent. Absent: nothing was asked in the day before.
    pub usd: Option<f64>,
}

impl Ops {
    /// Up to now while the shutoff is in force.
    pub async fn saved_by(&self, shutoff: &ShutoffRecord) -> Result<Saved> {
        let since = shutoff.shutoff.since;
        let until = shutoff.ended_at.unwrap_or_else(|| self.clock.now());
        let during = self.by_agent(Window::new(since, until.max(since))).await?;
        let before = self.by_agent(Window::new(since - BEFORE, since)).await?;
        let each: HashMap<_, _> = before
            .iter()
            .filter(|agent| agent.figures.requests > 0)
            .map(|agent| (agent.agent, agent.figures.cost.usd() / agent.figures.requests as f64))
            .collect();
        let requests = during.iter().map(|agent| agent.figures.requests).sum();
        let spent: MicroUsd = during.iter().map(|agent| agent.figures.cost).sum();
        let would: f64 = during
            .iter()
            .map(|agent| agent.figures.requests as f64 * each.get(&agent.agent).copied().unwrap_or(0.0))
            .sum();
        Ok(Saved { requests, usd: (!each.is_empty()).then(|| (would - spent.usd()).max(0.0)) })
    }
}
