//! A request as any of them could have been, for tests.

use domain::agent::{Agent, Engine, TokenUse};
use domain::money::MicroUsd;
use jiff::SignedDuration;

use super::{RequestEvent, Step};
use crate::Ops;

/// A request that ends now: by the planner, under release `r-1`, for 100 micro-dollars.
pub(crate) fn event(ops: &Ops, agent: Option<Agent>, status: u16, duration_ms: u64) -> RequestEvent {
    let duration = SignedDuration::from_millis(i64::try_from(duration_ms).unwrap());
    RequestEvent {
        request_id: ops.clock.new_id(),
        at: ops.clock.now() - duration,
        method: "POST".to_owned(),
        route: agent.map_or("/api/ops/overview".to_owned(), |agent| format!("/api/user/{{user_id}}/{agent}")),
        status,
        error_type: None,
        duration_us: duration_ms * 1_000,
        provider_us: 0,
        tenant: None,
        user: Some(domain::id::UserId::parse("ada").unwrap()),
        key_prefix: None,
        tier: None,
        agent,
        archetype: None,
        engine: agent.map(|_| Engine::Planner),
        decision: None,
        degraded: false,
        degraded_reason: None,
        release: agent.map(|_| "r-1".to_owned()),
        cost: MicroUsd(100),
        attempts: 1,
        tokens: TokenUse { input: 10, output: 20, ..TokenUse::default() },
        steps: vec![Step {
            name: "decide".to_owned(),
            start_us: 0,
            duration_us: 5,
            status: "ok".to_owned(),
            detail: None,
        }],
        demo: false,
    }
}
