//! `[limits]`: how often and how much at once agents may be asked.

use domain::access::Tier;
use domain::agent::Agent;
use serde::Deserialize;

/// 0 stands for no such limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub enabled: bool,
    pub key_per_minute: u32,
    pub person_parallel: u32,
    pub key_parallel: u32,
    pub free: TierLimits,
    pub premium: TierLimits,
    pub admin: TierLimits,
}

/// Of one person, by the tier of the key that asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierLimits {
    pub behavior_per_hour: u32,
    pub routine_per_hour: u32,
    pub nutrition_per_hour: u32,
    pub insights_per_hour: u32,
    /// Of apps' own chats.
    pub chat_per_hour: u32,
    /// Of each other agent.
    pub other_per_hour: u32,
}

impl Limits {
    pub fn tier(&self, tier: Tier) -> &TierLimits {
        match tier {
            Tier::Free => &self.free,
            Tier::Premium => &self.premium,
            Tier::Admin => &self.admin,
        }
    }
}

impl TierLimits {
    pub fn per_hour(&self, agent: Agent) -> u32 {
        match agent {
            Agent::Behavior => self.behavior_per_hour,
            Agent::Routine => self.routine_per_hour,
            Agent::Nutrition => self.nutrition_per_hour,
            Agent::Insights => self.insights_per_hour,
            Agent::Chat => self.chat_per_hour,
            Agent::Orchestrator | Agent::Circadian | Agent::Memory => self.other_per_hour,
        }
    }
}
