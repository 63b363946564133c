//! The model calls behind an invented request: its tokens and its money, split among them.

use domain::agent::{Agent, Engine, TokenUse};
use domain::money::MicroUsd;
use jiff::SignedDuration;

use super::dice::Dice;
use super::history::id;
use super::outcome::price;
use super::{MODEL, TENANT};
use crate::cost::{LedgerRow, PastCall};
use crate::telemetry::RequestEvent;

/// What is asked now and then instead of [`MODEL`].
const LARGE: &str = "demo-large";
/// The parts of a run of the orchestrator, to whom its calls are booked.
const PARTS: [Agent; 4] = [Agent::Behavior, Agent::Nutrition, Agent::Routine, Agent::Insights];

/// The demo's prices per token, all multiplied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prices {
    pub(super) factor: f64,
}

impl Prices {
    /// Never nothing: an unknown price must not look like a free one.
    fn cost(self, tokens: TokenUse) -> MicroUsd {
        let micro = price().cost(tokens).0 as f64 * self.factor;
        MicroUsd((micro.round() as i64).max(1))
    }
}

/// One after the other within the request; none unless a model wrote its answer.
pub(super) fn of(dice: &mut Dice, event: &RequestEvent, prices: Prices) -> Vec<PastCall> {
    let (Some(Engine::Model), Some(agent), Some(tenant), Some(tier)) =
        (event.engine, event.agent, &event.tenant, event.tier)
    else {
        return Vec::new();
    };
    let count = u64::from(event.attempts.max(1));
    let took = i64::try_from(event.duration_us / 1_000).unwrap_or(0);
    let model = if dice.chance(0.15) { LARGE } else { MODEL };
    let mut left = event.tokens;
    let mut calls = Vec::new();
    for n in 0..count {
        let tokens = TokenUse {
            input: left.input / (count - n),
            cached_input: left.cached_input / (count - n),
            output: left.output / (count - n),
            ..TokenUse::default()
        };
        left.input -= tokens.input;
        left.cached_input -= tokens.cached_input;
        left.output -= tokens.output;
        let cost = prices.cost(tokens);
        let part = |n: u64| SignedDuration::from_millis(took / 10 + took * 8 / 10 * n as i64 / count as i64);
        let (begun, ended) = (event.at + part(n), event.at + part(n + 1));
        let booked = if agent == Agent::Orchestrator { PARTS[n as usize % PARTS.len()] } else { agent };
        let row = LedgerRow {
            request_id: event.request_id.clone(),
            at: begun,
            tenant: tenant.clone(),
            user: event.user.clone(),
            agent: booked,
            tier,
            key_prefix: event.key_prefix.clone().unwrap_or_default(),
            release: event.release.clone().unwrap_or_default(),
            model: Some(model.to_owned()),
            price_version: Some(TENANT.to_owned()),
            reserved: MicroUsd((cost.0 as f64 * dice.between(2.0, 5.0)).ceil() as i64),
            settled: cost,
        };
        let size_class = 64 - tokens.input.leading_zeros();
        calls.push(PastCall { id: id(dice, begun), row, tokens, size_class, settled_at: ended });
    }
    calls
}
