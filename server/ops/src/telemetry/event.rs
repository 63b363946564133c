//! One finished request, as the rest of the service tells it: the only input of telemetry.

use domain::access::Tier;
use domain::agent::{Agent, Engine, TokenUse};
use domain::archetype::Archetype;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use domain::threshold::DecisionCase;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Ids and figures only: no prompt, no answer, no health value.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestEvent {
    pub request_id: String,
    /// When its first byte reached the handler.
    pub at: Timestamp,
    /// A known one or `_OTHER`: it becomes a label.
    pub method: String,
    /// The route's pattern, `/api/user/{user_id}/routine/generate`; bounded in number, unlike paths.
    pub route: String,
    /// HTTP status. 5xx are errors of ours; 4xx are the caller's.
    pub status: u16,
    /// A stable word for what went wrong: `store`, `stopped`, `invalid`, `panic`.
    pub error_type: Option<String>,
    pub duration_us: u64,
    /// Of it, how long a model was being asked; the rest is our own.
    pub provider_us: u64,
    pub tenant: Option<TenantId>,
    pub user: Option<UserId>,
    pub key_prefix: Option<String>,
    pub tier: Option<Tier>,
    pub agent: Option<Agent>,
    pub archetype: Option<Archetype>,
    pub engine: Option<Engine>,
    pub decision: Option<DecisionCase>,
    pub degraded: bool,
    pub degraded_reason: Option<String>,
    pub release: Option<String>,
    pub cost: MicroUsd,
    pub attempts: u32,
    pub tokens: TokenUse,
    pub steps: Vec<Step>,
    /// Made by the demo's traffic generator or history.
    pub demo: bool,
}

impl RequestEvent {
    /// What is known of every request; whoever answered it fills in the rest.
    pub fn of(
        request_id: String,
        at: Timestamp,
        method: String,
        route: String,
        status: u16,
        duration_us: u64,
    ) -> Self {
        Self {
            request_id,
            at,
            method,
            route,
            status,
            error_type: None,
            duration_us,
            provider_us: 0,
            tenant: None,
            user: None,
            key_prefix: None,
            tier: None,
            agent: None,
            archetype: None,
            engine: None,
            decision: None,
            degraded: false,
            degraded_reason: None,
            release: None,
            cost: MicroUsd::ZERO,
            attempts: 0,
            tokens: TokenUse::default(),
            steps: Vec::new(),
            demo: false,
        }
    }

    /// Microseconds that were not a model's: queueing for the same person, admission, planning, judging, storing.
    pub fn own_us(&self) -> u64 {
        self.duration_us.saturating_sub(self.provider_us)
    }
}

/// A part of a request, for the waterfall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `admission`, `load`, `decide`, `behavior`, `validate`, `store` …
    pub name: String,
    /// From the start of the request, microseconds.
    pub start_us: u64,
    pub duration_us: u64,
    /// `ok`, `degraded`, `failed`, `skipped`.
    pub status: String,
    /// One sentence without health values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
