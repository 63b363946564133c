//! What was really asked and answered, for comparing with what the product believes it spent.
//!
//! A request counts when it arrives, and once more when it ends: `answered` with its tokens, or `failed`. A stream that
//! ends early is failed and charges its prompt and what was sent. Counts are atomic; models are learned as they come.
//! Requests that name no readable model count only in the whole.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Value, json};

use super::books::{Books, Used};
use super::reply::tokens;

/// More names than these count together as `other`: names come from outside and must not fill the memory.
const MOST_MODELS: usize = 256;

#[derive(Default)]
pub(super) struct Stats {
    whole: Counts,
    by_model: RwLock<BTreeMap<String, Arc<Counts>>>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
    prompt_tokens: AtomicU64,
    completion_tokens: AtomicU64,
}

impl Stats {
    /// As `GET /stats` tells it.
    pub(super) fn read(&self) -> Value {
        let mut all = self.whole.read();
        let models = self.by_model.read().unwrap_or_else(PoisonError::into_inner);
        all["by_model"] = models.iter().map(|(model, counts)| (model.clone(), counts.read())).collect();
        all
    }

    fn model(&self, model: &str) -> Arc<Counts> {
        let known = self.by_model.read().unwrap_or_else(PoisonError::into_inner).get(model).cloned();
        known.unwrap_or_else(|| {
            let mut models = self.by_model.write().unwrap_or_else(PoisonError::into_inner);
            let name = if models.len() < MOST_MODELS { model } else { "other" };
            Arc::clone(models.entry(name.to_owned()).or_default())
        })
    }
}

impl Counts {
    fn read(&self) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        json!({
            "requests": count(&self.requests),
            "answered": count(&self.answered),
            "failed": count(&self.failed),
            "prompt_tokens": count(&self.prompt_tokens),
            "completion_tokens": count(&self.completion_tokens),
        })
    }
}

/// One request from its arrival to its end. Dropped without [`Ticket::answered`], the request has failed.
pub(super) struct Ticket {
    stats: Arc<Stats>,
    books: Books,
    /// When the request arrived, seconds: on that day it is billed.
    at: i64,
    model: Option<(String, Arc<Counts>)>,
    prompt_tokens: u64,
    cached_tokens: u64,
    /// Bytes of the answer's text that went out.
    sent: usize,
    settled: bool,
}

impl Ticket {
    /// The request's number, from 1, and its ticket.
    pub(super) fn arrive(stats: &Arc<Stats>, books: &Books, at: i64) -> (u64, Self) {
        let number = stats.whole.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let (stats, books) = (Arc::clone(stats), books.clone());
        let ticket = Self {
            stats,
            books,
            at,
            model: None,
            prompt_tokens: 0,
            cached_tokens: 0,
            sent: 0,
            settled: false,
        };
        (number, ticket)
    }

    pub(super) fn asks(&mut self, model: &str) {
        let counts = self.stats.model(model);
        counts.requests.fetch_add(1, Ordering::Relaxed);
        self.model = Some((model.to_owned(), counts));
    }

    /// From now on the prompt is charged, however the request ends.
    pub(super) fn opens(&mut self, prompt_tokens: u64, cached_tokens: u64) {
        (self.prompt_tokens, self.cached_tokens) = (prompt_tokens, cached_tokens);
    }

    /// So many bytes of text more went out.
    pub(super) fn sends(&mut self, bytes: usize) {
        self.sent += bytes;
    }

    /// The answer is complete.
    pub(super) fn answered(&mut self, completion_tokens: u64) {
        self.settle(true, completion_tokens);
    }

    fn settle(&mut self, whole: bool, completion_tokens: u64) {
        if self.settled {
            return;
        }
        self.settled = true;
        if let Some((model, _)) = self.model.as_ref().filter(|_| self.prompt_tokens > 0) {
            let used = Used {
                requests: 1,
                input_tokens: self.prompt_tokens,
                cached_tokens: self.cached_tokens,
                output_tokens: completion_tokens,
                more_usd: 0.0,
            };
            self.books.add(self.at, model, used);
        }
        let of_model = self.model.as_ref().map(|(_, counts)| &**counts);
        for counts in [Some(&self.stats.whole), of_model].into_iter().flatten() {
            let end = if whole { &counts.answered } else { &counts.failed };
            end.fetch_add(1, Ordering::Relaxed);
            counts.prompt_tokens.fetch_add(self.prompt_tokens, Ordering::Relaxed);
            counts.completion_tokens.fetch_add(completion_tokens, Ordering::Relaxed);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.settle(false, tokens(self.sent));
    }
}
