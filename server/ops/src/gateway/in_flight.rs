//! Agent requests admitted and not yet answered, in this process, by agent and tier.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::access::Tier;
use domain::agent::Agent;
use domain::shutoff::Scope;

#[derive(Default)]
pub(super) struct InFlight([[AtomicU64; Tier::ALL.len()]; Agent::BOOKED.len()]);

impl InFlight {
    pub(super) fn begin(&self, agent: Agent, tier: Tier) {
        self.0[agent as usize][tier as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self, agent: Agent, tier: Tier) {
        self.0[agent as usize][tier as usize].fetch_sub(1, Ordering::Relaxed);
    }

    /// Requests that a shutoff of this scope covers.
    pub(super) fn of(&self, scope: &Scope) -> u64 {
        self.sum(|agent, tier| scope.covers(agent, tier))
    }

    /// Runs of the orchestrator: those of a tier, or all.
    pub(super) fn runs(&self, of: Option<Tier>) -> u64 {
        self.sum(|agent, tier| agent == Agent::Orchestrator && of.is_none_or(|of| of == tier))
    }

    fn sum(&self, counts: impl Fn(Agent, Tier) -> bool) -> u64 {
        let all = Agent::BOOKED.into_iter().flat_map(|agent| Tier::ALL.map(|tier| (agent, tier)));
        let counted = all.filter(|(agent, tier)| counts(*agent, *tier));
        counted.map(|(agent, tier)| self.0[agent as usize][tier as usize].load(Ordering::Relaxed)).sum()
    }
}
