//! Failed sign-ins, counted per email and per address, in memory: a restart forgives, a full table forgets the oldest.
//!
//! An attempt counts from its beginning and is taken back when it was none: so many at once are no way past the limit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

const WINDOW_MS: i64 = 15 * 60 * 1_000;
/// Emails and addresses remembered at once.
const SUBJECTS: usize = 10_000;

pub(super) struct Attempts {
    /// Failures per subject in 15 minutes before the door closes.
    most: usize,
    failures: Mutex<HashMap<String, Vec<i64>>>,
}

impl Attempts {
    pub(super) fn new(most: u32) -> Self {
        Self { most: usize::try_from(most).unwrap_or(usize::MAX), failures: Mutex::default() }
    }

    /// Counts one for each subject, or refuses when one of them has failed too often.
    pub(super) fn begin(&self, subjects: &[&str], now: i64) -> Result<()> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for subject in subjects {
            let Some(times) = failures.get_mut(*subject) else { continue };
            times.retain(|at| now - at < WINDOW_MS);
            if times.len() >= self.most
                && let Some(oldest) = times.first()
            {
                let wait_ms = WINDOW_MS - (now - oldest);
                return Err(Error::TooMany {
                    retry_after_s: Some(u64::try_from(wait_ms / 1_000 + 1).unwrap_or(60)),
                    limit_source: format!("{} failed sign-ins in 15 minutes", self.most),
                    allowances: Vec::new(),
                    reached: None,
                });
            }
        }
        failures.retain(|_, times| times.last().is_some_and(|last| now - last < WINDOW_MS));
        for subject in subjects {
            if failures.len() >= SUBJECTS
                && !failures.contains_key(*subject)
                && let Some(oldest) = failures
                    .iter()
                    .min_by_key(|(_, times)| times.last().copied())
                    .map(|(name, _)| name.clone())
            {
                failures.remove(&oldest);
            }
            failures.entry((*subject).to_owned()).or_default().push(now);
        }
        Ok(())
    }

    /// What was begun at `at` did not fail.
    pub(super) fn take_back(&self, subjects: &[&str], at: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for subject in subjects {
            let Some(times) = failures.get_mut(*subject) else { continue };
            if let Some(place) = times.iter().rposition(|time| *time == at) {
                times.remove(place);
            }
            if times.is_empty() {
                failures.remove(*subject);
            }
        }
    }

    /// Forgets its failures.
    pub(super) fn succeeded(&self, subject: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(subject);
    }
}
