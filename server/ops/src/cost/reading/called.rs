//! Model calls of what a shutoff covers: who made them, and what they cost.

use domain::agent::Agent;
use domain::money::MicroUsd;
use domain::shutoff::Scope;

use super::store::{self, CallsOf};
use crate::Ops;
use crate::error::Result;
use crate::telemetry::Window;

/// Calls that were held in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) people: u64,
    /// Requests with at least one call.
    pub(crate) requests: u64,
    /// Of these, runs of the orchestrator.
    pub(crate) runs: u64,
    pub(crate) settled: MicroUsd,
}

impl Ops {
    /// A part of the orchestrator's run is booked to the part's agent; the scope of the orchestrator is its whole runs.
    pub(crate) async fn called(&self, scope: &Scope, window: Window) -> Result<Called> {
        let mut of = CallsOf::default();
        match scope {
            Scope::All => {}
            Scope::Tier(tier) => of.tier = tier.as_str(),
            Scope::Agent(Agent::Orchestrator) => of.runs_only = true,
            Scope::Agent(agent) => of.agent = agent.as_str(),
            Scope::Model(model) => of.model = model,
        }
        let db = self.db.read();
        let between = (window.from.as_millisecond(), window.to.as_millisecond());
        let (requests, people, settled) = store::called(db, between, of).await?;
        let (runs, ..) = store::called(db, between, CallsOf { runs_only: true, ..of }).await?;
        Ok(Called {
            people: people.unsigned_abs(),
            requests: requests.unsigned_abs(),
            runs: runs.unsigned_abs(),
            settled: MicroUsd(settled),
        })
    }
}
