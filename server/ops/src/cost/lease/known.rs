//! What is spent of the sums, as far as this process knows: the store's figure and what is not booked yet, under one lock.

use std::collections::BTreeSet;

use domain::degrade::decide::Filling;
use domain::money::MicroUsd;

use super::{Book, Key, Leases, Scope};
use crate::cost::scopes::Limit;

/// About 10 MB when full; beyond, a sum is known only while this process spends from it.
const MOST_KNOWN: usize = 50_000;
/// People, and keys, whose sums are read again at every poll.
const MOST_ACTIVE: usize = 200;

impl Book {
    /// After an exchange, in the same breath as its leases.
    pub(super) fn know(&mut self, scope: &Scope, spent: MicroUsd) {
        if let Some(known) = self.known.get_mut(scope) {
            *known = spent;
        } else if self.known.len() < MOST_KNOWN {
            if is_keys(scope) && self.keys.len() < MOST_ACTIVE {
                self.keys.insert(scope.name.clone());
            }
            self.known.insert(scope.clone(), spent);
        }
    }

    fn spent(&self, key: &mut Key) -> MicroUsd {
        let mut spent = self.known.get(&key.scope).copied().unwrap_or_default();
        for essential in [false, true] {
            key.essential = essential;
            spent += self.entries.get(key).map_or(MicroUsd::ZERO, |entry| entry.lease.unbooked());
        }
        spent
    }
}

fn is_keys(scope: &Scope) -> bool {
    scope.name.starts_with("key:")
}

impl Leases {
    /// How full each sum is that has a cap.
    pub(in crate::cost) fn fillings(&self, limits: &[Limit]) -> Vec<Filling> {
        let book = self.book();
        let full = limits.iter().filter_map(|limit| {
            limit.filling(MicroUsd::ZERO)?;
            limit.filling(book.spent(&mut Key::of(limit)))
        });
        full.collect()
    }

    /// What the store said last: the same for every instance.
    pub(in crate::cost) fn stored<'a>(&self, scopes: impl Iterator<Item = &'a Scope>) -> Vec<MicroUsd> {
        let book = self.book();
        scopes.map(|scope| book.known.get(scope).copied().unwrap_or_default()).collect()
    }

    /// Takes what was read of the store at `version`; what has moved since is read again at the next poll. Other windows than
    /// these are over.
    pub(in crate::cost) fn know(&self, version: u64, windows: &[String; 2], sums: Vec<(Scope, MicroUsd)>) {
        let mut book = self.book();
        if book.windows != *windows {
            book.windows.clone_from(windows);
            book.known.retain(|scope, _| windows.contains(&scope.window));
            // An exchange may have seen the new window first: what it noted stays, and is in the polls to come.
            let keys: BTreeSet<String> =
                book.known.keys().filter(|scope| is_keys(scope)).map(|scope| scope.name.clone()).collect();
            book.keys = keys.into_iter().take(MOST_ACTIVE).collect();
        }
        if book.version == version {
            for (scope, spent) in sums {
                book.know(&scope, spent);
            }
        }
    }

    /// Names of the sums of keys that spent anything today.
    pub(in crate::cost) fn keys(&self) -> Vec<String> {
        self.book().keys.iter().cloned().collect()
    }

    /// Names of the sums of people whom this process answers now.
    pub(in crate::cost) fn active_people(&self) -> Vec<String> {
        let book = self.book();
        let people = book.entries.keys().filter(|key| key.scope.name.starts_with("user:"));
        let mut names: Vec<String> = people.map(|key| key.scope.name.clone()).take(2 * MOST_ACTIVE).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn scope(window: &str, name: &str) -> Scope {
        Scope { window: window.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_key_that_an_exchange_saw_before_the_poll_saw_midnight_stays_known() {
        let leases = Leases::new(&Clock::system());
        let windows = |day: &str| [day.to_owned(), "2026-03".to_owned()];
        let (old, early) = (scope("2026-03-03", "key:hk_old"), scope("2026-03-04", "key:hk_early"));
        leases.know(0, &windows("2026-03-03"), vec![(old, MicroUsd(1))]);
        assert_eq!(leases.keys(), ["key:hk_old"]);
        leases.book().know(&early, MicroUsd(2));
        leases.know(0, &windows("2026-03-04"), Vec::new());
        assert_eq!(leases.keys(), ["key:hk_early"], "who has spent nothing today is not asked about");
        leases.know(0, &windows("2026-03-04"), vec![(early.clone(), MicroUsd(3))]);
        assert_eq!(leases.stored([&early].into_iter()), [MicroUsd(3)]);
    }
}
