//! Model calls of what a shutoff covers: who made them, and what they cost.

use domain::agent::Agent;
use domain::money::MicroUsd;
use domain::shutoff::Scope;

use super::store::{self, Callers};
use crate::Ops;
use crate::cost::spend::{self, store::Of};
use crate::error::Result;
use crate::telemetry::{LOOKED_AT, Window};

/// Who called a model in a window. People, requests and runs are at least so many when there were more calls than are looked
/// at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) people: u64,
    pub(crate) requests: u64,
    /// Of the requests, runs of the orchestrator.
    pub(crate) runs: u64,
    pub(crate) at_least: bool,
}

impl Ops {
    /// From the newest calls of the window.
    pub(crate) async fn called(&self, model: &str, window: Window) -> Result<Called> {
        let between = (window.from.as_millisecond(), window.to.as_millisecond());
        let Callers { looked, people, requests, runs } =
            store::callers(self.db.read(), between, LOOKED_AT, model).await?;
        Ok(Called {
            people: people.unsigned_abs(),
            requests: requests.unsigned_abs(),
            runs: runs.unsigned_abs(),
            at_least: looked >= LOOKED_AT,
        })
    }

    /// What calls of the scope cost that were held in the window. A part of the orchestrator's run is booked to the part's agent;
    /// the scope of the orchestrator is its whole runs, as far as these have ended.
    pub(crate) async fn settled(&self, scope: &Scope, window: Window) -> Result<MicroUsd> {
        let mut of = Of::default();
        match scope {
            Scope::All => {}
            Scope::Tier(tier) => of.tier = tier.as_str(),
            Scope::Agent(Agent::Orchestrator) => {
                let agents = self.by_agent(window).await?;
                let runs = agents.into_iter().find(|of| of.agent == Agent::Orchestrator);
                return Ok(runs.map_or(MicroUsd::ZERO, |runs| runs.figures.cost));
            }
            Scope::Agent(agent) => of.agent = agent.as_str(),
            Scope::Model(model) => of.model = model,
        }
        let parts = self.parts(window.from, window.to);
        Ok(MicroUsd(spend::store::spent_of(self.db.read(), &parts, of).await?.1))
    }
}
