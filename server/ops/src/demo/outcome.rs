//! How one invented request of the past went: by which engine, how long, at what cost, with what fault.
//!
//! The past asked a model at the price that the demo's model of today charges.

use domain::agent::{Agent, Engine, TokenUse};
use domain::money::MicroUsd;
use domain::price::Price;
use domain::threshold::DecisionCase;
use jiff::Timestamp;

use super::dice::Dice;
use crate::telemetry::Step;

/// Dollars per million tokens, asked, asked out of the cache, and answered: as mid-sized models cost in 2025.
pub(super) const PRICE_USD: (f64, f64, f64) = (3.0, 0.3, 15.0);
/// Share of what is asked that the provider has in its cache.
pub(super) const CACHED: f64 = 0.25;
/// What one call of a model costs on average, dollars, by the token counts below.
pub(super) const MEAN_CALL_USD: f64 = 0.0405;

/// Which agents are asked, and how often.
pub(super) const MIX: [(Agent, f64); 7] = [
    (Agent::Orchestrator, 12.0),
    (Agent::Behavior, 20.0),
    (Agent::Circadian, 8.0),
    (Agent::Memory, 12.0),
    (Agent::Routine, 24.0),
    (Agent::Nutrition, 16.0),
    (Agent::Insights, 8.0),
];

/// What was the matter at some hours of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The store failed for many.
    Store,
    /// The provider took three times as long.
    Slow,
    /// Cost was cut: no model was asked.
    Cut,
}

#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) status: u16,
    pub(super) error_type: Option<&'static str>,
    pub(super) engine: Option<Engine>,
    pub(super) decision: Option<DecisionCase>,
    pub(super) degraded_reason: Option<&'static str>,
    pub(super) duration_us: u64,
    pub(super) provider_us: u64,
    pub(super) tokens: TokenUse,
    pub(super) attempts: u32,
    pub(super) cost: MicroUsd,
    pub(super) steps: Vec<Step>,
}

/// The method and the route's pattern, as the API has them.
pub(super) fn route(agent: Agent) -> (&'static str, &'static str) {
    match agent {
        Agent::Orchestrator => ("POST", "/api/analyze"),
        Agent::Behavior => ("POST", "/api/user/{user_id}/behavior/analyze"),
        Agent::Circadian => ("POST", "/api/user/{user_id}/circadian/analyze"),
        Agent::Memory => ("GET", "/api/user/{user_id}/memory"),
        Agent::Routine => ("POST", "/api/user/{user_id}/routine/generate"),
        Agent::Nutrition => ("POST", "/api/user/{user_id}/nutrition/generate"),
        Agent::Insights => ("POST", "/api/user/{user_id}/insights/generate"),
        Agent::Chat => ("POST", "/v1/chat/completions"),
    }
}

/// `by_model`: the share of requests that asked a model.
pub(super) fn throw(dice: &mut Dice, agent: Agent, by_model: f64, trouble: Option<Trouble>) -> Outcome {
    let failing = if trouble == Some(Trouble::Store) { 0.22 } else { 0.002 };
    if dice.chance(failing) {
        let kind = if trouble.is_some() || dice.chance(0.5) { "store" } else { "internal" };
        return fault(dice, 500, kind);
    }
    if dice.chance(0.006) {
        let kinds = [((422, "invalid"), 5.0), ((404, "not-found"), 3.0), ((429, "too-many-requests"), 2.0)];
        let (status, kind) = dice.weighted(&kinds).unwrap_or((422, "invalid"));
        return fault(dice, status, kind);
    }
    if agent == Agent::Memory {
        return answered(dice, agent, Engine::Memory, None, None);
    }
    // Circadian never asks one.
    if agent != Agent::Circadian && dice.chance(by_model) {
        let case = fresh_case(dice);
        return match trouble {
            Some(Trouble::Cut) => {
                let reason = "cost shutoff in force";
                answered(dice, agent, Engine::Planner, Some(case), Some(reason))
            }
            _ if dice.chance(0.015) => {
                let reason = "the model did not answer in time";
                answered(dice, agent, Engine::Planner, Some(case), Some(reason))
            }
            _ => modelled(dice, agent, case, trouble == Some(Trouble::Slow)),
        };
    }
    if dice.chance(0.12) {
        let case = fresh_case(dice);
        return answered(dice, agent, Engine::Planner, Some(case), None);
    }
    let case = if dice.chance(0.6) { DecisionCase::NotEnoughNewData } else { DecisionCase::TooRecent };
    answered(dice, agent, Engine::Memory, Some(case), None)
}

fn fresh_case(dice: &mut Dice) -> DecisionCase {
    let cases = [
        (DecisionCase::EnoughNewData, 5.0),
        (DecisionCase::InputsChanged, 2.0),
        (DecisionCase::Stale, 1.0),
        (DecisionCase::ForceRefresh, 2.0),
    ];
    dice.weighted(&cases).unwrap_or(DecisionCase::EnoughNewData)
}

fn fault(dice: &mut Dice, status: u16, kind: &'static str) -> Outcome {
    let duration_us = spread(dice, if status == 500 { 12_000.0 } else { 900.0 }, 0.5);
    Outcome { status, error_type: Some(kind), ..plain(duration_us) }
}

fn answered(
    dice: &mut Dice,
    agent: Agent,
    engine: Engine,
    decision: Option<DecisionCase>,
    degraded_reason: Option<&'static str>,
) -> Outcome {
    let usual = if engine == Engine::Memory { 3_500.0 } else { 16_000.0 };
    let duration_us = spread(dice, usual * work(agent), 0.35);
    let last = if engine == Engine::Memory { "read" } else { "plan and validate" };
    let steps = steps(duration_us, last);
    Outcome { engine: Some(engine), decision, degraded_reason, steps, ..plain(duration_us) }
}

fn modelled(dice: &mut Dice, agent: Agent, case: DecisionCase, slow: bool) -> Outcome {
    let usual = if slow { 6_300_000.0 } else { 2_100_000.0 };
    let duration_us = spread(dice, usual * work(agent).sqrt(), 0.4);
    let calls = work(agent);
    let input = (dice.between(3_000.0, 8_000.0) * calls) as u64;
    let output = (dice.between(700.0, 2_000.0) * calls) as u64;
    let cached_input = (input as f64 * CACHED) as u64;
    let tokens = TokenUse { input, cached_input, output, ..TokenUse::default() };
    Outcome {
        engine: Some(Engine::Model),
        decision: Some(case),
        tokens,
        attempts: dice.around(calls * 1.03).max(1),
        cost: price().cost(tokens),
        // As its step says.
        provider_us: duration_us - duration_us / 20 * 2,
        steps: steps(duration_us, "model"),
        ..plain(duration_us)
    }
}

pub(super) fn price() -> Price {
    let (input, cached, output) = PRICE_USD;
    let [input, cached_input, output] = [input, cached, output].map(MicroUsd::from_usd);
    Price { input, cached_input, cache_write: input, output, version: String::new() }
}

/// How much more an agent has to do than behavior.
fn work(agent: Agent) -> f64 {
    match agent {
        Agent::Orchestrator => 3.0,
        Agent::Circadian | Agent::Memory => 0.7,
        Agent::Routine | Agent::Nutrition => 1.2,
        Agent::Behavior | Agent::Insights | Agent::Chat => 1.0,
    }
}

/// Around `usual`, skewed to the long side.
fn spread(dice: &mut Dice, usual: f64, by: f64) -> u64 {
    (usual * (dice.normal() * by).exp()).clamp(200.0, 25_000_000.0) as u64
}

fn plain(duration_us: u64) -> Outcome {
    Outcome {
        status: 200,
        error_type: None,
        engine: None,
        decision: None,
        degraded_reason: None,
        duration_us,
        provider_us: 0,
        tokens: TokenUse::default(),
        attempts: 0,
        cost: MicroUsd::ZERO,
        steps: Vec::new(),
    }
}

fn steps(duration_us: u64, last: &str) -> Vec<Step> {
    let begin = duration_us / 20;
    let step = |name: &str, start_us: u64, duration_us: u64| Step {
        name: name.to_owned(),
        start_us,
        duration_us,
        status: "ok".to_owned(),
        detail: None,
    };
    vec![
        step("admission", 0, begin / 4),
        step("load profile", begin / 4, begin - begin / 4),
        step("decide", begin, begin),
        step(last, 2 * begin, duration_us - 2 * begin),
    ]
}

/// Hours of trouble: (days ago, first hour of that UTC day, hours, what).
const TROUBLES: [(i64, i64, i64, Trouble); 3] =
    [(9, 14, 1, Trouble::Store), (4, 9, 2, Trouble::Slow), (13, 19, 4, Trouble::Cut)];

/// What was the matter in the hour that begins at `hour`, seen from the day that begins at `today`.
pub(super) fn trouble(today: Timestamp, hour: Timestamp) -> Option<Trouble> {
    let hours = today.duration_since(hour).as_hours();
    TROUBLES.into_iter().find_map(|(days_ago, first, long, what)| {
        let since = days_ago * 24 - first - hours;
        (0..long).contains(&since).then_some(what)
    })
}
