//! Counting while answers are made: one lock and a few map look-ups, written down later, added up over instances.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use agents::features;
use domain::agent::{Agent, Engine};
use domain::archetype::Archetype;
use serde_json::Value;

use super::{HOUR, prompt, store};
use crate::error::Result;
use crate::telemetry::Window;

/// Sums that wait to be written: hours of them. While the store does not take them, further ones are dropped, and counted.
const MOST_WAITING: usize = 20_000;

/// Of a planner's draft, judged: [`KEPT`], or [`REFUSED`] and not given.
pub(super) const PLAN: &str = "plan";
/// A rule that a planner's draft broke; once a draft.
pub(super) const PLAN_RULE: &str = "plan-rule";
/// Of a reply of a model, judged: [`KEPT`] or [`REFUSED`].
pub(super) const REPLY: &str = "reply";
/// A rule that a model's reply broke; once a reply.
pub(super) const REPLY_RULE: &str = "reply-rule";
/// What became of an answer's words after a model replied: a [`Fate`].
pub(super) const WORDS: &str = "words";
/// The prompt that a reply was to: its version and hash.
pub(super) const PROMPT: &str = "prompt";
/// Which model replied.
pub(super) const MODEL: &str = "model";
pub(super) const KEPT: &str = "kept";
pub(super) const REFUSED: &str = "refused";

/// The subject of a feature of answers.
pub(super) fn of_feature(name: &str) -> String {
    format!("feature/{name}")
}

/// What became of an answer's words after a model replied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The first reply was given.
    AtOnce,
    /// The second, after it was told what was wrong.
    Repaired,
    /// None was; the planner's words or kept ones were given.
    Refused,
}

impl Fate {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::Repaired => "repaired",
            Self::Refused => REFUSED,
        }
    }
}

/// What one sum is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) agent: Agent,
    /// Beginning of the hour, milliseconds.
    pub(super) at: i64,
    pub(super) release: String,
    pub(super) engine: &'static str,
    pub(super) subject: String,
    pub(super) word: String,
}

/// Sums not yet written.
#[derive(Default)]
pub(crate) struct Counts {
    waiting: Mutex<BTreeMap<Key, u64>>,
    dropped: AtomicU64,
}

impl Counts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, u64>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts that could not be kept since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn add(&self, rows: impl IntoIterator<Item = (Key, u64)>) {
        let mut waiting = self.lock();
        for (key, times) in rows {
            if waiting.len() < MOST_WAITING || waiting.contains_key(&key) {
                *waiting.entry(key).or_default() += times;
            } else {
                self.dropped.fetch_add(times, Ordering::Relaxed);
            }
        }
    }

    /// Sums of one agent in a window, that wait.
    pub(super) fn waiting(&self, agent: Agent, window: Window) -> Vec<(Key, u64)> {
        let (from, to) = (window.from.as_millisecond(), window.to.as_millisecond());
        let of = |key: &Key| key.agent == agent && (from..to).contains(&key.at);
        self.lock().iter().filter(|(key, _)| of(key)).map(|(key, times)| (key.clone(), *times)).collect()
    }
}

impl crate::Ops {
    fn count(
        &self,
        (agent, release): (Agent, &str),
        engine: Engine,
        what: impl IntoIterator<Item = (String, String)>,
    ) {
        let at = self.clock.now_ms().div_euclid(HOUR) * HOUR;
        let row = |(subject, word)| {
            let key = Key { agent, at, release: release.to_owned(), engine: engine.as_str(), subject, word };
            (key, 1)
        };
        self.agent_counts.add(what.into_iter().map(row));
    }

    /// A fresh answer was stored: what it is like.
    pub(crate) fn count_answer(&self, of: (Agent, &str), archetype: Archetype, engine: Engine, body: &Value) {
        let seen = features::of(of.0, archetype, body);
        self.count(of, engine, seen.into_iter().map(|seen| (of_feature(seen.feature.name), seen.bin)));
    }

    /// A planner's draft was judged; `rules`: those it broke, and then it is not given.
    pub(crate) fn count_plan(&self, of: (Agent, &str), rules: &[&'static str]) {
        self.count(of, Engine::Planner, judged(PLAN, PLAN_RULE, rules));
    }

    /// A reply of a model was judged, likewise.
    pub(crate) fn count_reply(&self, of: (Agent, &str), model: &str, rules: &[&'static str]) {
        let asked = prompt::label(of.0).map(|prompt| (PROMPT.to_owned(), prompt));
        let by = (MODEL.to_owned(), model.to_owned());
        self.count(of, Engine::Model, judged(REPLY, REPLY_RULE, rules).chain(asked).chain([by]));
    }

    /// After the last reply of an answer.
    pub(crate) fn count_words(&self, of: (Agent, &str), fate: Fate) {
        self.count(of, Engine::Model, [(WORDS.to_owned(), fate.as_str().to_owned())]);
    }

    /// Writes what waits; what cannot be written waits on. Where a commit's answer is lost, its counts may count twice.
    pub(crate) async fn flush_agent_counts(&self) -> Result<()> {
        let rows: Vec<(Key, u64)> = std::mem::take(&mut *self.agent_counts.lock()).into_iter().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let written = async {
            let mut tx = self.db.begin_write().await?;
            store::add(&mut tx, &rows).await?;
            Ok(tx.commit().await?)
        };
        let written = written.await;
        if written.is_err() {
            self.agent_counts.add(rows);
        }
        written
    }
}

fn judged(
    subject: &str,
    of_rule: &'static str,
    rules: &[&'static str],
) -> impl Iterator<Item = (String, String)> {
    let verdict = if rules.is_empty() { KEPT } else { REFUSED };
    let broken = rules.iter().map(move |rule| (of_rule.to_owned(), (*rule).to_owned()));
    std::iter::once((subject.to_owned(), verdict.to_owned())).chain(broken)
}
