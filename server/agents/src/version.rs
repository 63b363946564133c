//! Which version of an agent's planner makes its answers.

use domain::agent::Agent;

use crate::{behavior, circadian, insights, nutrition, routine};

/// Counted up when the same evidence gives another answer, or the same in another shape; 0 for what plans nothing. A stored answer of
/// another version is made anew. A routine rests on both analyses: their versions are in its own.
pub fn planner_version(agent: Agent) -> u32 {
    match agent {
        Agent::Behavior => behavior::VERSION,
        Agent::Circadian => circadian::VERSION,
        Agent::Routine => routine::VERSION + behavior::VERSION + circadian::VERSION,
        Agent::Nutrition => nutrition::VERSION,
        Agent::Insights => insights::VERSION,
        Agent::Orchestrator | Agent::Memory | Agent::Chat => 0,
    }
}
