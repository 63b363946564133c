//! What will happen to a request: which fault, if any, and how long the answer takes.
//!
//! The first of these decides: the header `x-simulate`, the model's name, the script, the error rate. Chance depends on
//! the seed and the request's number only.

use std::time::Duration;

use axum::http::HeaderMap;
use rand::Rng;

use super::Options;
use super::fault::Fault;
use super::problem::Problem;
use super::random;

/// Longer than any client waits.
const TIMEOUT: Duration = Duration::from_secs(600);
/// A slow answer of the error rate, in multiples of the latency.
const SLOW: u32 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) fault: Option<Fault>,
    /// From the arrival of the request to its whole answer.
    pub(super) wait: Duration,
}

/// `number` counts requests from 1.
///
/// # Errors
/// 400 when the header names a fault that does not exist.
pub(super) fn plan(
    options: &Options,
    number: u64,
    model: &str,
    headers: &HeaderMap,
) -> Result<Plan, Problem> {
    let mut chance = random::generator(options.seed, number);
    let script = options.script.as_ref();
    let latency_ms = script.and_then(|script| script.latency_ms(number)).unwrap_or(options.latency_ms);
    let mut wait = varied(latency_ms, options.jitter_ms, &mut chance);
    // Drawn whether needed or not, so that one rule of a script does not change the luck of another.
    let (share, error, which) =
        (chance.random::<f64>(), chance.random::<f64>(), chance.random_range(0..3_u8));
    let asked = match from_header(headers)? {
        None => from_model(model),
        fault => fault,
    };
    let mut fault = asked.or_else(|| script.and_then(|script| script.fault(number, model, share)));
    if fault.is_none() && error < options.error_rate {
        match which {
            0 => fault = Some(Fault::Error500),
            1 => fault = Some(Fault::Error503),
            _ => wait = wait.saturating_mul(SLOW),
        }
    }
    if fault == Some(Fault::Timeout) {
        wait = TIMEOUT;
    }
    Ok(Plan { fault, wait })
}

fn varied(latency_ms: u64, jitter_ms: u64, chance: &mut impl Rng) -> Duration {
    // In microseconds: whole milliseconds would make steps of a small jitter.
    let (latency, jitter) = (latency_ms.saturating_mul(1_000), jitter_ms.saturating_mul(1_000));
    let more = chance.random_range(0..=jitter.saturating_mul(2));
    // Bounded by the timeout: no instant can be computed from centuries.
    Duration::from_micros(latency.saturating_add(more).saturating_sub(jitter)).min(TIMEOUT)
}

fn from_header(headers: &HeaderMap) -> Result<Option<Fault>, Problem> {
    let Some(name) = headers.get("x-simulate") else {
        return Ok(None);
    };
    let name = String::from_utf8_lossy(name.as_bytes()).trim().to_owned();
    Fault::try_from(name).map(Some).map_err(|message| Problem::field("x-simulate", message))
}

/// A name with another word before the `@` is only a name.
fn from_model(model: &str) -> Option<Fault> {
    model.split_once('@').and_then(|(name, _)| Fault::parse(name))
}
