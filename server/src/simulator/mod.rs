//! A provider of language models that exists only on this machine, for tests, drills, benchmarks and the demo.
//!
//! It speaks the chat-completions protocol of `OpenAI`, plain and streamed, answers what the schema of a request demands,
//! takes the time that it is told to take, and fails in the ways in which real providers fail. The same options and the
//! same request give the same content. It never reaches out and keeps nothing but counts, of which it tells
//! the usage and the bill of each day as well.
//!
//! Listening, shutdown and the command line are left to the caller.

mod billing;
mod books;
mod chat;
mod fault;
mod fit;
mod plan;
mod problem;
mod random;
mod rate_limit;
mod reply;
mod request;
mod resolve;
mod schema;
mod script;
mod stats;
mod stream;
mod timer;
mod wording;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Json;
use axum::routing::{get, post};
use serde_json::{Value, json};

#[cfg(test)]
pub(crate) use billing::now;
pub(crate) use books::{Books, Prices, Used};
pub(crate) use fault::Fault;
pub(crate) use fault::faults_help;
pub(crate) use script::Script;

use crate::pacer::Pacers;
use problem::Problem;
use rate_limit::RateLimit;
use stats::Stats;
use timer::Timer;

/// Larger requests get 413; prompts with many messages are far below.
const LARGEST_BODY: usize = 8 * 1024 * 1024;
/// What `GET /v1/models` lists. Every other name is answered as well.
const MODELS: [&str; 2] = ["sim-large", "sim-small"];
/// 2026-01-01T00:00:00Z in seconds: models do not get younger with every restart.
const MODELS_CREATED: u64 = 1_767_225_600;

/// How the simulator behaves as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Milliseconds from a request to its whole answer; a stream starts after half of them.
    pub(crate) latency_ms: u64,
    /// Milliseconds by which the latency varies to both sides, evenly. More than the latency means down to zero.
    pub(crate) jitter_ms: u64,
    /// Share of the requests, 0 to 1, that get 500, 503 or twenty times the latency.
    pub(crate) error_rate: f64,
    /// Requests per second, all models together, with bursts of as many; more get 429. `Some(0)` refuses all.
    pub(crate) rate_limit_rps: Option<u32>,
    /// Every choice follows from it: contents together with the request's body, faults and latencies together with the
    /// request's number, so that a repeated request can succeed.
    pub(crate) seed: u64,
    /// Faults and latencies for ranges of request numbers.
    pub(crate) script: Option<Script>,
    /// What is billed by day.
    pub(crate) prices: Prices,
    /// Share of each prompt that is told and billed as cached, 0 to 1.
    pub(crate) cached_share: f64,
    /// By how much the bill is more than its tokens cost: 0.05 is five percent, below zero is less.
    pub(crate) usage_drift: f64,
    /// How the account of usage and costs fails, if it does.
    pub(crate) usage_fault: Option<Fault>,
    /// Buckets of one page of it at most.
    pub(crate) usage_page: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            latency_ms: 20,
            jitter_ms: 5,
            error_rate: 0.0,
            rate_limit_rps: None,
            seed: 1,
            script: None,
            prices: Prices { input: 3.0, cached: 0.3, output: 15.0 },
            cached_share: 0.0,
            usage_drift: 0.0,
            usage_fault: None,
            usage_page: 180,
        }
    }
}

/// What all requests share.
struct Simulator {
    options: Options,
    stats: Arc<Stats>,
    books: Books,
    rate_limit: Option<RateLimit>,
    timer: Timer,
}

/// The whole provider, its counts starting at zero. Needs a tokio runtime with time.
#[cfg(test)]
pub(crate) fn router(options: Options) -> Router {
    router_with(options, Books::default())
}

/// Likewise, with what was used before.
pub(crate) fn router_with(options: Options, books: Books) -> Router {
    serving(options, books, Timer::Runtime)
}

/// Likewise, from nothing, with answers that leave to some ten microseconds when they should: to measure by.
pub(crate) fn exact_router(options: Options) -> Router {
    serving(options, Books::default(), Timer::Exact(Pacers::default()))
}

fn serving(options: Options, books: Books, timer: Timer) -> Router {
    let rate_limit = options.rate_limit_rps.map(RateLimit::new);
    let simulator = Arc::new(Simulator { options, stats: Arc::default(), books, rate_limit, timer });
    Router::new()
        .route("/v1/chat/completions", post(chat::completions))
        .route("/chat/completions", post(chat::completions))
        .route("/openai/deployments/{model}/chat/completions", post(chat::deployment))
        .route("/v1/models", get(|| async { Json(models()) }))
        .route("/models", get(|| async { Json(models()) }))
        .route("/v1/organization/usage/completions", get(billing::usage))
        .route("/v1/organization/costs", get(billing::costs))
        .route(
            "/stats",
            get(|State(simulator): State<Arc<Simulator>>| async move { Json(simulator.stats.read()) }),
        )
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method.")
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(simulator)
}

fn models() -> Value {
    let models = MODELS
        .map(|id| json!({ "id": id, "object": "model", "created": MODELS_CREATED, "owned_by": "simulator" }));
    json!({ "object": "list", "data": models })
}
