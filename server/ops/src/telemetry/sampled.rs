//! Figures that other areas count or hold, read when Prometheus asks: shutoffs, breakers, work that was not done twice.

use domain::breaker::BreakerState;
use domain::shutoff::{Scope, Shutoff, ShutoffMode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::Ops;
use crate::gateway::ModelStatus;

#[derive(Default)]
pub(super) struct Sampled {
    /// 1 for each shutoff in force.
    shutoff: Family<ShutoffLabels, Gauge>,
    /// 1 for the state of each model's breaker.
    breaker: Family<BreakerLabels, Gauge>,
    /// Times that each model's breaker opened.
    opened: Family<ModelLabels, Counter>,
    changes_dropped: Counter,
    retries_left: Gauge,
    words_hits: Counter,
    words_misses: Counter,
    words_evicted: Counter,
    words_entries: Gauge,
    flights_waited: Counter,
    flights_shared: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ShutoffLabels {
    mode: &'static str,
    scope: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BreakerLabels {
    gen_ai_request_model: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    gen_ai_request_model: String,
}

impl Sampled {
    pub(super) fn register(&self, r: &mut Registry) {
        r.register("hos_shutoff", "1 for each shutoff in force", self.shutoff.clone());
        r.register("hos_breaker_state", "1 for the state of a model's breaker", self.breaker.clone());
        r.register("hos_breaker_opened", "Times that a model's breaker opened", self.opened.clone());
        r.register(
            "hos_breaker_changes_dropped",
            "Changes of breakers that could not be kept",
            self.changes_dropped.clone(),
        );
        r.register(
            "hos_model_retries_left",
            "Retries that may be made now, of all models together",
            self.retries_left.clone(),
        );
        r.register("hos_words_hits", "Answers given from kept words of a model", self.words_hits.clone());
        r.register("hos_words_misses", "Times that there were no kept words", self.words_misses.clone());
        r.register("hos_words_evicted", "Kept words forgotten for want of room", self.words_evicted.clone());
        r.register("hos_words_entries", "Replies of models kept now", self.words_entries.clone());
        r.register(
            "hos_flights_waited",
            "Answered requests that had waited for another one of the same person",
            self.flights_waited.clone(),
        );
        r.register(
            "hos_flights_shared",
            "Of those, answered by what the other one had made",
            self.flights_shared.clone(),
        );
    }

    pub(super) fn read(&self, ops: &Ops) {
        self.shutoffs(&ops.shutoffs());
        for model in ops.models() {
            self.model(&model);
        }
        set(&self.changes_dropped, ops.breaker_changes_dropped());
        self.retries_left.set(gauge(ops.retries_left().0));
        let (words, flights) = (ops.words_kept(), ops.flights_count());
        set(&self.words_hits, words.hits);
        set(&self.words_misses, words.misses);
        set(&self.words_evicted, words.evicted);
        self.words_entries.set(gauge(words.entries));
        set(&self.flights_waited, flights.waited);
        set(&self.flights_shared, flights.shared);
    }

    /// Of everything also that there is none; of other scopes only what is in force.
    fn shutoffs(&self, shutoffs: &[Shutoff]) {
        self.shutoff.clear();
        let of = |mode: ShutoffMode, scope: &Scope| {
            self.shutoff.get_or_create_owned(&ShutoffLabels { mode: mode.as_str(), scope: scope.to_string() })
        };
        for mode in ShutoffMode::ALL {
            of(mode, &Scope::All).set(0);
        }
        for Shutoff { mode, scope, .. } in shutoffs {
            of(*mode, scope).set(1);
        }
    }

    fn model(&self, model: &ModelStatus) {
        for state in BreakerState::ALL {
            let labels = BreakerLabels { gen_ai_request_model: model.model.clone(), state: state.as_str() };
            self.breaker.get_or_create(&labels).set(i64::from(state == model.breaker));
        }
        let labels = ModelLabels { gen_ai_request_model: model.model.clone() };
        set(&self.opened.get_or_create_owned(&labels), model.opened);
    }
}

/// A counter that somebody else counts.
fn set(counter: &Counter, value: u64) {
    counter.inner().store(value, std::sync::atomic::Ordering::Relaxed);
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
