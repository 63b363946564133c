//! How often one person may ask: a token bucket each, in memory, forgotten at a restart (which favours the person).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::id::{TenantId, UserId};

use crate::error::{Error, Result};

/// People whose rate is remembered. Above it those who have been quiet longest are forgotten, which favours them.
const PEOPLE: usize = 100_000;
const MINUTE_MS: i64 = 60_000;

pub(super) struct Rates {
    /// Requests per minute, and the size of the burst. 0: no limit.
    per_minute: u32,
    buckets: Mutex<HashMap<(TenantId, UserId), Bucket>>,
}

/// Tokens are kept in thousandths, so that slow refills do not round to nothing.
struct Bucket {
    millitokens: i64,
    filled_at: i64,
}

impl Rates {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, buckets: Mutex::default() }
    }

    /// Takes one request, or says after how many seconds there is one again.
    pub(super) fn take(&self, tenant: &TenantId, user: &UserId, now: i64) -> Result<()> {
        if self.per_minute == 0 {
            return Ok(());
        }
        let full = i64::from(self.per_minute) * 1_000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= PEOPLE {
            forget_quiet(&mut buckets, full, i64::from(self.per_minute), now);
        }
        let bucket = buckets
            .entry((tenant.clone(), user.clone()))
            .or_insert(Bucket { millitokens: full, filled_at: now });
        bucket.fill(full, i64::from(self.per_minute), now);
        if bucket.millitokens >= 1_000 {
            bucket.millitokens -= 1_000;
            return Ok(());
        }
        let missing_ms = (1_000 - bucket.millitokens) * MINUTE_MS / (i64::from(self.per_minute) * 1_000);
        Err(Error::TooMany {
            retry_after_s: u64::try_from(missing_ms / 1_000 + 1).unwrap_or(60),
            limit_source: format!("{} agent requests per person and minute", self.per_minute),
        })
    }

    /// Forgets everybody whose bucket is full again.
    pub(super) fn sweep(&self, now: i64) {
        let full = i64::from(self.per_minute) * 1_000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|_, bucket| {
            bucket.fill(full, i64::from(self.per_minute), now);
            bucket.millitokens < full
        });
    }
}

impl Bucket {
    fn fill(&mut self, full: i64, per_minute: i64, now: i64) {
        let passed = (now - self.filled_at).clamp(0, MINUTE_MS);
        self.millitokens = full.min(self.millitokens + passed * per_minute * 1_000 / MINUTE_MS);
        self.filled_at = now;
    }
}

fn forget_quiet(buckets: &mut HashMap<(TenantId, UserId), Bucket>, full: i64, per_minute: i64, now: i64) {
    buckets.retain(|_, bucket| {
        bucket.fill(full, per_minute, now);
        bucket.millitokens < full
    });
    if buckets.len() >= PEOPLE {
        let mut quiet: Vec<i64> = buckets.values().map(|bucket| bucket.filled_at).collect();
        let (_, middle, _) = quiet.select_nth_unstable(PEOPLE / 10);
        let until = *middle;
        buckets.retain(|_, bucket| bucket.filled_at > until);
    }
}
