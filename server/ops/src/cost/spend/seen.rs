//! For whom a model was called under which tiers and for which agents, as bits beside a person's sum: so that people are
//! counted without looking at calls.

use domain::access::Tier;
use domain::agent::Agent;

/// A set of tiers and agents. The numbers are stored: they never change their meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::cost) struct Seen(pub(in crate::cost) i64);

/// Of any agent.
pub(in crate::cost) const ANY: Seen = Seen(0xFF00);

impl Seen {
    pub(in crate::cost) fn call(agent: Agent, tier: Tier) -> Self {
        Self(Self::agent(agent).0 | Self::tier(tier).0)
    }

    pub(in crate::cost) fn tier(tier: Tier) -> Self {
        Self(match tier {
            Tier::Free => 1,
            Tier::Premium => 2,
            Tier::Admin => 4,
        })
    }

    pub(in crate::cost) fn agent(agent: Agent) -> Self {
        let bit = match agent {
            Agent::Orchestrator => 8,
            Agent::Behavior => 9,
            Agent::Circadian => 10,
            Agent::Memory => 11,
            Agent::Routine => 12,
            Agent::Nutrition => 13,
            Agent::Insights => 14,
            Agent::Chat => 15,
        };
        Self(1 << bit)
    }

    pub(in crate::cost) fn note(&mut self, more: Self) {
        self.0 |= more.0;
    }

    pub(in crate::cost) fn tiers(self) -> impl Iterator<Item = Tier> {
        Tier::ALL.into_iter().filter(move |tier| self.0 & Self::tier(*tier).0 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tier_and_agent_has_a_bit_of_its_own() {
        let bits: Vec<i64> = Tier::ALL
            .into_iter()
            .map(Seen::tier)
            .chain(Agent::BOOKED.into_iter().map(Seen::agent))
            .map(|seen| seen.0)
            .collect();
        assert_eq!(bits.iter().sum::<i64>(), bits.iter().fold(0, |all, bit| all | bit));
        assert_eq!(Agent::BOOKED.into_iter().fold(0, |all, agent| all | Seen::agent(agent).0), ANY.0);
        let both = Seen(Seen::call(Agent::Routine, Tier::Free).0 | Seen::tier(Tier::Admin).0);
        assert_eq!(both.tiers().collect::<Vec<_>>(), [Tier::Free, Tier::Admin]);
    }
}
