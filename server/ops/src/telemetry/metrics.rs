//! What Prometheus may scrape: a documented struct of typed families, with the names of OpenTelemetry.
//!
//! Labels come from small sets (routes, agents, engines, kinds of error), never from ids. A metric that somebody
//! else of the service knows is set through a method here.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use domain::access::Tier;
use domain::agent::Agent;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

use super::event::RequestEvent;
use super::known_labels::KnownLabels;
use super::sampled::Sampled;
use crate::jobs::Heartbeat;

/// From a planner's answer to the longest model call, seconds.
const SECONDS: [f64; 15] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// From a look at memory to a store that is slow, seconds: what we add to a model's time.
const OWN_SECONDS: [f64; 14] =
    [0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];

type Float = Gauge<f64, AtomicU64>;
type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

pub struct Metrics {
    registry: Registry,
    /// `http.server.request.duration`: from the first byte in the handler to the answer.
    http: Durations<HttpLabels>,
    /// `gen_ai.invoke_agent.duration`: agent requests, whatever wrote the answer.
    agents: Durations<AgentLabels>,
    /// `gen_ai.client.operation.duration`: each call of a model, retries apart.
    calls: Durations<CallLabels>,
    /// `hos.request.own.duration`: of agent requests, the time that was not a model's.
    own: Durations<AgentName>,
    /// `hos.queue.wait`: how long work waits for a processor before it begins, by a sample.
    queue_wait: Histogram,
    /// `gen_ai.client.operation.time_to_first_chunk`: of replies that come in parts.
    first_chunk: Durations<ModelLabels>,
    /// `gen_ai.client.operation.time_per_output_chunk`: between one part and the next.
    next_chunk: Durations<ModelLabels>,
    /// `gen_ai.client.token.usage`, as a count.
    tokens: Family<TokenLabels, Counter>,
    /// `hos.gen_ai.client.cost`: settled dollars.
    cost: Family<AgentName, Counter<f64, AtomicU64>>,
    /// Answers that are less than they would normally be.
    degraded: Family<AgentName, Counter>,
    /// Of these, by what was given up: a kind of step of the degrade policy, or a run's limit.
    given_up: Family<GivenUpLabels, Counter>,
    /// Runs that reached a limit of theirs.
    run_limited: Family<RunLimitLabels, Counter>,
    /// Requests and model calls refused by a limit, by its rule.
    rate_limited: Family<LimitLabels, Counter>,
    limit_labels: KnownLabels,
    /// Requests that telemetry could not keep.
    dropped: Counter,
    /// Requests waiting to be written to the store.
    queue: Gauge,
    /// Resident memory of this process.
    memory: Gauge,
    /// Processor share of this process, percent of one core.
    cpu: Float,
    /// When each background task last ended an activation, seconds since the epoch.
    heartbeat: Family<JobLabels, Float>,
    /// 1 when the last activation of a background task failed.
    job_failing: Family<JobLabels, Gauge>,
    /// What other areas count.
    sampled: Sampled,
    /// 1 for the status of each component's health.
    health: Family<ComponentLabels, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HttpLabels {
    http_request_method: String,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AgentLabels {
    gen_ai_agent_name: &'static str,
    hos_engine: &'static str,
    error_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    gen_ai_operation_name: &'static str,
    gen_ai_request_model: String,
    error_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    gen_ai_operation_name: &'static str,
    gen_ai_request_model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AgentName {
    gen_ai_agent_name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GivenUpLabels {
    gen_ai_agent_name: &'static str,
    hos_step: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLimitLabels {
    gen_ai_agent_name: &'static str,
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    gen_ai_agent_name: &'static str,
    gen_ai_token_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    job: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    limit: String,
    tier: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ComponentLabels {
    component: String,
    status: &'static str,
}

/// How fast the replies of one model come in parts.
#[derive(Clone)]
pub(crate) struct ChunkTimes {
    first: Histogram,
    next: Histogram,
}

impl ChunkTimes {
    /// A part is here. `before`: when the one before it was.
    pub(crate) fn came(&self, asked: Instant, before: &mut Option<Instant>) {
        let now = Instant::now();
        let (times, since) = match *before {
            None => (&self.first, asked),
            Some(before) => (&self.next, before),
        };
        times.observe((now - since).as_secs_f64());
        *before = Some(now);
    }
}

fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let http = Durations::new_with_constructor(durations as fn() -> Histogram);
        let agents = Durations::new_with_constructor(durations as fn() -> Histogram);
        registry.register_with_unit(
            "http_server_request_duration",
            "Duration of HTTP server requests",
            Unit::Seconds,
            http.clone(),
        );
        registry.register_with_unit(
            "gen_ai_invoke_agent_duration",
            "Duration of agent requests, whatever wrote the answer",
            Unit::Seconds,
            agents.clone(),
        );
        let calls = Durations::new_with_constructor(durations as fn() -> Histogram);
        registry.register_with_unit(
            "gen_ai_client_operation_duration",
            "Duration of calls of a language model",
            Unit::Seconds,
            calls.clone(),
        );
        let metrics = Self {
            http,
            agents,
            calls,
            own: Durations::new_with_constructor((|| Histogram::new(OWN_SECONDS)) as fn() -> Histogram),
            queue_wait: Histogram::new(OWN_SECONDS),
            first_chunk: Durations::new_with_constructor(durations as fn() -> Histogram),
            next_chunk: Durations::new_with_constructor(durations as fn() -> Histogram),
            tokens: Family::default(),
            cost: Family::default(),
            degraded: Family::default(),
            given_up: Family::default(),
            run_limited: Family::default(),
            rate_limited: Family::default(),
            limit_labels: KnownLabels::default(),
            dropped: Counter::default(),
            queue: Gauge::default(),
            memory: Gauge::default(),
            cpu: Float::default(),
            heartbeat: Family::default(),
            job_failing: Family::default(),
            sampled: Sampled::default(),
            health: Family::default(),
            registry,
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let r = &mut self.registry;
        r.register_with_unit(
            "hos_request_own_duration",
            "Of an agent request, the time in which no model was being asked",
            Unit::Seconds,
            self.own.clone(),
        );
        r.register_with_unit(
            "hos_queue_wait",
            "How long work waits for a processor before it begins, by a sample four times a second",
            Unit::Seconds,
            self.queue_wait.clone(),
        );
        r.register_with_unit(
            "gen_ai_client_operation_time_to_first_chunk",
            "From asking a language model to the first part of its reply",
            Unit::Seconds,
            self.first_chunk.clone(),
        );
        r.register_with_unit(
            "gen_ai_client_operation_time_per_output_chunk",
            "From one part of a language model's reply to the next",
            Unit::Seconds,
            self.next_chunk.clone(),
        );
        r.register("gen_ai_client_token_usage", "Tokens of model calls", self.tokens.clone());
        r.register(
            "hos_gen_ai_client_cost_usd",
            "Settled cost of model calls, US dollars",
            self.cost.clone(),
        );
        r.register(
            "hos_answers_degraded",
            "Answers that are less than they would normally be",
            self.degraded.clone(),
        );
        r.register(
            "hos_answers_given_up",
            "Answers that a step of a degrade policy, or a run's limit, made less than they would normally be",
            self.given_up.clone(),
        );
        r.register("hos_runs_limited", "Runs that reached a limit of theirs", self.run_limited.clone());
        r.register(
            "hos_requests_rate_limited",
            "Requests and model calls refused by a limit, by its rule",
            self.rate_limited.clone(),
        );
        r.register("hos_requests_dropped", "Requests that telemetry could not keep", self.dropped.clone());
        r.register("hos_requests_waiting", "Requests waiting to be written", self.queue.clone());
        r.register("process_resident_memory_bytes", "Resident memory of this process", self.memory.clone());
        r.register(
            "hos_process_cpu_percent",
            "Processor share of this process, percent of one core",
            self.cpu.clone(),
        );
        r.register(
            "hos_job_heartbeat_timestamp_seconds",
            "When a background task last ended, seconds since the epoch",
            self.heartbeat.clone(),
        );
        r.register(
            "hos_job_failing",
            "1 when a background task's last activation failed",
            self.job_failing.clone(),
        );
        self.sampled.register(r);
        r.register("hos_health_status", "1 for the status that a component has", self.health.clone());
        self
    }

    pub(crate) fn request(&self, event: &RequestEvent, route: &str) {
        let seconds = event.duration_us as f64 / 1e6;
        let http = HttpLabels {
            http_request_method: event.method.clone(),
            http_route: route.to_owned(),
            http_response_status_code: event.status,
        };
        self.http.get_or_create(&http).observe(seconds);
        let Some(agent) = event.agent else { return };
        let own = event.own_us() as f64 / 1e6;
        self.own.get_or_create(&AgentName { gen_ai_agent_name: agent.as_str() }).observe(own);
        let labels = AgentLabels {
            gen_ai_agent_name: agent.as_str(),
            hos_engine: event.engine.map_or("none", domain::agent::Engine::as_str),
            error_type: event.error_type.clone().unwrap_or_default(),
        };
        self.agents.get_or_create(&labels).observe(seconds);
        let name = AgentName { gen_ai_agent_name: agent.as_str() };
        if event.cost.0 > 0 {
            self.cost.get_or_create(&name).inc_by(event.cost.usd());
        }
        if event.degraded {
            self.degraded.get_or_create(&name).inc();
        }
        for (kind, count) in [("input", event.tokens.input), ("output", event.tokens.output)] {
            if count > 0 {
                let labels = TokenLabels { gen_ai_agent_name: agent.as_str(), gen_ai_token_type: kind };
                self.tokens.get_or_create(&labels).inc_by(count);
            }
        }
    }

    /// An answer, or one agent's part of it, is less than it would be. `step` is one of the policies' words, or `run-limit`.
    pub(crate) fn given_up(&self, agent: Agent, step: &'static str) {
        let labels = GivenUpLabels { gen_ai_agent_name: agent.as_str(), hos_step: step };
        self.given_up.get_or_create(&labels).inc();
    }

    /// Once a run. `limit`: `calls`, `steps` or `cost`.
    pub(crate) fn run_limited(&self, agent: Agent, limit: &'static str) {
        let labels = RunLimitLabels { gen_ai_agent_name: agent.as_str(), limit };
        self.run_limited.get_or_create(&labels).inc();
    }

    /// One call of a model. `error` is a stable word; `None`: it answered.
    pub(crate) fn model_call(&self, model: &str, duration: Duration, error: Option<&'static str>) {
        let labels = CallLabels {
            gen_ai_operation_name: "chat",
            gen_ai_request_model: model.to_owned(),
            error_type: error.unwrap_or(""),
        };
        self.calls.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// Where the times of one model's replies in parts go; look it up once, not for each part.
    pub(crate) fn chunk_times(&self, model: &str) -> ChunkTimes {
        let labels = ModelLabels { gen_ai_operation_name: "chat", gen_ai_request_model: model.to_owned() };
        ChunkTimes {
            first: self.first_chunk.get_or_create(&labels).clone(),
            next: self.next_chunk.get_or_create(&labels).clone(),
        }
    }

    pub(super) fn queue_wait(&self, wait: Duration) {
        self.queue_wait.observe(wait.as_secs_f64());
    }

    pub(crate) fn rate_limited(&self, limit: &str, tier: Tier) {
        let limit = self.limit_labels.one_of(limit);
        self.rate_limited.get_or_create(&LimitLabels { limit, tier: tier.as_str() }).inc();
    }

    pub(crate) fn dropped(&self, count: u64) {
        self.dropped.inc_by(count);
    }

    pub(crate) fn host(&self, memory: u64, cpu: Option<f64>) {
        self.memory.set(i64::try_from(memory).unwrap_or(i64::MAX));
        if let Some(cpu) = cpu {
            self.cpu.set(cpu);
        }
    }

    pub(crate) fn set_health(&self, component: &str, is: domain::health::Status) {
        use domain::health::Status;
        for each in [Status::Ok, Status::Unknown, Status::Degraded, Status::Failing] {
            let labels = ComponentLabels { component: component.to_owned(), status: each.as_str() };
            self.health.get_or_create(&labels).set(i64::from(each == is));
        }
    }

    pub(super) fn sample(&self, ops: &crate::Ops) {
        self.sampled.read(ops);
    }

    pub(crate) fn text<'a>(
        &self,
        waiting: usize,
        beats: impl IntoIterator<Item = (&'static str, &'a Heartbeat)>,
    ) -> String {
        self.queue.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        for (job, beat) in beats {
            self.heartbeat.get_or_create(&JobLabels { job }).set(beat.last_at.as_millisecond() as f64 / 1e3);
            self.job_failing.get_or_create(&JobLabels { job }).set(i64::from(beat.last_error.is_some()));
        }
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}
