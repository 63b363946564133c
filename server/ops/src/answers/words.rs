//! Words that a model wrote and that were given, kept for a while: the same question is not paid twice, and what was paid once
//! stands in when the model does not answer.
//!
//! The key is everything that the model was asked, with whom it is for and under which release: never across people. Bounded
//! in bytes and in age; in memory, so a restart forgets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::Run;
use crate::config::Agents;
use crate::gateway::provider::Chat;

/// SHA-256 of the question: what was asked is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

/// SHA-256 of whose words they are.
type Owner = [u8; 32];

/// What a model wrote.
#[derive(Clone)]
pub(super) struct Kept {
    owner: Owner,
    at: Timestamp,
    pub(super) reply: Arc<str>,
    pub(super) model: Arc<str>,
}

impl Kept {
    /// Whether it is less than so many minutes old.
    pub(super) fn is_within(&self, minutes: u32, now: Timestamp) -> bool {
        now.duration_since(self.at) < SignedDuration::from_mins(i64::from(minutes))
    }
}

pub(crate) struct Words {
    cache: moka::sync::Cache<Key, Kept>,
    /// Minutes for which the same question is not paid again.
    pub(super) fresh_min: u32,
    /// Minutes for which they are kept: some agents' policies take older ones.
    kept_min: AtomicU32,
    hits: AtomicU64,
    misses: AtomicU64,
    evicted: Arc<AtomicU64>,
}

/// Since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WordsKept {
    /// Answers that were given from kept words.
    pub hits: u64,
    /// Times that there were none.
    pub misses: u64,
    /// Forgotten before their time, for want of room.
    pub evicted: u64,
    /// Replies kept now.
    pub entries: u64,
}

impl Words {
    pub(crate) fn new(config: &Agents) -> Self {
        let evicted = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&evicted);
        let cache = moka::sync::Cache::builder()
            .max_capacity(config.kept_words_mb * 1_000_000)
            .weigher(|_: &Key, kept: &Kept| u32::try_from(kept.reply.len() + 100).unwrap_or(u32::MAX))
            .eviction_listener(move |_, _, cause| {
                if cause == moka::notification::RemovalCause::Size {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
            .build();
        let fresh_min = config.kept_words_minutes;
        let kept_min = AtomicU32::new(fresh_min);
        Self { cache, fresh_min, kept_min, hits: AtomicU64::new(0), misses: AtomicU64::new(0), evicted }
    }

    /// The oldest that any policy takes, minutes; never less than what saves paying twice.
    pub(crate) fn keep_for(&self, minutes: u32) {
        self.kept_min.store(minutes.max(self.fresh_min), Ordering::Relaxed);
    }

    /// What was written to the same question less than so many minutes ago.
    pub(super) fn find(&self, key: &Key, minutes: u32, now: Timestamp) -> Option<Kept> {
        let kept = self.cache.get(key).filter(|kept| kept.is_within(minutes, now));
        let count = if kept.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        kept
    }

    pub(super) fn keep(&self, of: (&TenantId, &UserId), key: Key, reply: &str, model: &str, now: Timestamp) {
        if self.fresh_min > 0 {
            let kept = Kept { owner: owner(of.0, of.1), at: now, reply: reply.into(), model: model.into() };
            self.cache.insert(key, kept);
        }
    }

    /// Nothing that was written to this person is given again.
    pub(crate) fn forget_person(&self, tenant: &TenantId, user: &UserId) {
        let owner = owner(tenant, user);
        for (key, kept) in &self.cache {
            if kept.owner == owner {
                self.cache.invalidate(&*key);
            }
        }
        self.cache.run_pending_tasks();
    }

    /// Gives back the room of what is too old.
    pub(crate) fn forget_old(&self, now: Timestamp) {
        let minutes = self.kept_min.load(Ordering::Relaxed);
        for (key, kept) in &self.cache {
            if !kept.is_within(minutes, now) {
                self.cache.invalidate(&*key);
            }
        }
        self.cache.run_pending_tasks();
    }

    pub(crate) fn counts(&self) -> WordsKept {
        WordsKept {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            evicted: self.evicted.load(Ordering::Relaxed),
            entries: self.cache.entry_count(),
        }
    }
}

fn owner(tenant: &TenantId, user: &UserId) -> Owner {
    Sha256::digest(format!("{tenant}/{user}")).into()
}

/// Everything that decides what a model would be asked, and for whom.
pub(super) fn key(run: &Run<'_>, agent: Agent, chat: &Chat) -> Key {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        // With its length, so that no two questions run together.
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    part(run.tenant().as_str());
    part(run.user().as_str());
    part(run.permit.release());
    part(agent.as_str());
    for message in &chat.messages {
        part(message.role);
        part(&message.content);
    }
    if let Some((name, schema)) = &chat.schema {
        part(name);
        part(&schema.to_string());
    }
    Key(hash.finalize().into())
}

impl crate::Ops {
    /// How often words were given again instead of being paid again.
    pub fn words_kept(&self) -> WordsKept {
        self.words.counts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn words(mb: u64, minutes: u32) -> Words {
        Words::new(&Agents { kept_words_mb: mb, kept_words_minutes: minutes, ..Config::defaults().agents })
    }

    fn person(name: &str) -> (TenantId, UserId) {
        (TenantId::parse("t").unwrap(), UserId::parse(name).unwrap())
    }

    fn after(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn words_age_and_are_forgotten() {
        let (words, (tenant, user)) = (words(1, 60), person("u"));
        let find = |key, minutes, now| {
            let found = words.find(&Key([key; 32]), minutes, after(now));
            found.map(|kept| format!("{} by {}", kept.reply, kept.model))
        };
        words.keep((&tenant, &user), Key([1; 32]), "hello", "m", after(0));
        assert_eq!(find(1, 60, 59).as_deref(), Some("hello by m"));
        assert_eq!(find(2, 60, 59), None);
        assert_eq!(find(1, 60, 60), None);
        words.keep_for(90);
        words.forget_old(after(89));
        assert_eq!(find(1, 90, 89).as_deref(), Some("hello by m"), "a policy takes older ones");
        words.keep_for(0);
        words.forget_old(after(60));
        assert_eq!(words.counts(), WordsKept { hits: 2, misses: 2, evicted: 0, entries: 0 });
    }

    #[test]
    fn room_is_bounded_and_what_is_pushed_out_is_counted() {
        let (words, (tenant, user)) = (words(1, 60), person("u"));
        for n in 0..100 {
            words.keep((&tenant, &user), Key([n; 32]), &"x".repeat(50_000), "m", after(0));
        }
        words.forget_old(after(0));
        let counts = words.counts();
        assert!(counts.entries <= 19 && counts.entries + counts.evicted == 100, "{counts:?}");
        let none = super::tests::words(0, 60);
        none.keep((&tenant, &user), Key([1; 32]), "hello", "m", after(0));
        none.forget_old(after(0));
        assert!(none.find(&Key([1; 32]), 60, after(0)).is_none(), "0 keeps nothing");
    }

    #[test]
    fn who_is_erased_is_forgotten_and_nobody_else() {
        let words = words(1, 60);
        for (n, name) in [(1, "u"), (2, "v"), (3, "u")] {
            let (tenant, user) = person(name);
            words.keep((&tenant, &user), Key([n; 32]), "hello", "m", after(0));
        }
        let (tenant, user) = person("u");
        words.forget_person(&tenant, &user);
        let left = [1, 2, 3].map(|n| words.find(&Key([n; 32]), 60, after(0)).is_some());
        assert_eq!(left, [false, true, false]);
    }
}
