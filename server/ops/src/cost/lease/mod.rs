//! Admission of model calls from memory: every sum that a call counts in has a lease of this process, and a call that fits
//! into all of them needs no store.
//!
//! What does not fit, and whatever a quarter of a second has spent, goes to the store in an [`exchange`], one at a time. A
//! lease is committed before it is used, so neither concurrency nor a killed process nor a second instance passes a cap;
//! see [`domain::lease`] for the rule and decision 9 for the reasons.

mod decide;
mod exchange;
mod known;
mod plan;
mod store;
mod sweep;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::agent::TokenUse;
use domain::cost_day::CostDay;
use domain::lease::{Lease, Pair};
use domain::money::MicroUsd;
use jiff::Timestamp;

use super::ledger::LedgerRow;
use super::refusal::CostRefusal;
use super::scopes::{Limit, Scope, global};
use super::store::Counter;
use crate::clock::Clock;
use crate::error::Result;

use exchange::Keep;
pub(crate) use store::LeaseRow;

/// The money that this process may spend, in memory.
pub(crate) struct Leases {
    book: Mutex<Book>,
    /// Calls that wait for an exchange.
    asks: Mutex<Vec<Ask>>,
    /// Held by the exchange under way.
    turn: tokio::sync::Mutex<exchange::Correspondence>,
    sightings: sweep::Sightings,
}

/// Every lease, and every call that the store has not seen the end of.
#[derive(Default)]
struct Book {
    entries: HashMap<Key, Entry>,
    /// In flight, in the order they began.
    open: BTreeMap<u64, Arc<Call>>,
    ended: Vec<Ended>,
    calls: u64,
    /// What the store says is spent, of sums that were looked at.
    known: HashMap<Scope, MicroUsd>,
    /// Of these, today's of keys; and the day and month that they are of.
    keys: BTreeSet<String>,
    windows: [String; 2],
    /// The id of this process, as of its last exchange.
    instance: String,
    /// Raised by every exchange: a page that read store and memory knows whether both are of one moment.
    version: u64,
}

/// Which sum; essential agents go further than the others in the same sum, so they have a lease of their own there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    scope: Scope,
    essential: bool,
}

struct Entry {
    lease: Lease,
    /// The caps that the lease was taken under.
    limit: Limit,
    /// They have changed since: what was taken under the old ones is given back.
    outdated: bool,
    /// Held by calls since the last exchange.
    held_since: Pair,
    one_call: Pair,
    /// What is kept beyond the calls in flight.
    cushion: Pair,
    /// What the sum had left for everybody, when it was last looked at.
    left: Pair,
    used_at: Timestamp,
    /// Of what is held, by candidates of the exchange under way.
    asked: Pair,
    /// Given back by the exchange under way.
    returning: Pair,
}

/// One model call, from the moment its money is held.
#[derive(Debug)]
pub(crate) struct Call {
    number: u64,
    id: String,
    day: CostDay,
    row: LedgerRow,
    size_class: u32,
    amount: Pair,
    keys: Vec<Key>,
    /// Stands in the ledger as open, or is about to.
    written: AtomicBool,
}

/// A call that has ended, until the store knows.
#[derive(Clone)]
struct Ended {
    call: Arc<Call>,
    cost: MicroUsd,
    tokens: TokenUse,
    at: Timestamp,
}

/// A call before it may leave.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) day: CostDay,
    pub(super) row: LedgerRow,
    pub(super) size_class: u32,
    pub(super) amount: Pair,
    pub(super) limits: Vec<Limit>,
}

struct Ask {
    candidate: Candidate,
    answer: Answer,
}

type Answer = tokio::sync::oneshot::Sender<Result<std::result::Result<Granted, CostRefusal>>>;

/// A call that was granted its money and has not left yet; given back when nobody takes it any more.
struct Granted {
    call: Option<Arc<Call>>,
    ops: crate::Ops,
}

impl Granted {
    fn take(mut self) -> Option<Arc<Call>> {
        self.call.take()
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.ops.gateway.leases.give_up(&call);
        }
    }
}

impl Call {
    pub(crate) fn bound(&self) -> MicroUsd {
        self.amount.bound
    }
}

impl Key {
    fn of(limit: &Limit) -> Self {
        Self { scope: limit.scope.clone(), essential: limit.essential }
    }
}

impl Leases {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self {
            book: Mutex::default(),
            asks: Mutex::default(),
            turn: tokio::sync::Mutex::new(exchange::Correspondence::new(clock)),
            sightings: sweep::Sightings::default(),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a call in all its sums, or in none; `Err`: the store has to be asked.
    fn hold(&self, candidate: Candidate, now: Timestamp) -> std::result::Result<Arc<Call>, Box<Candidate>> {
        let keys: Vec<Key> = candidate.limits.iter().map(Key::of).collect();
        let mut book = self.book();
        let fits = keys.iter().zip(&candidate.limits).all(|(key, limit)| {
            let entry = book.entries.get(key);
            entry.is_some_and(|entry| entry.serves(limit, candidate.amount))
        });
        if !fits {
            return Err(Box::new(candidate));
        }
        for key in &keys {
            if let Some(entry) = book.entries.get_mut(key) {
                entry.hold(candidate.amount, now);
            }
        }
        Ok(book.open(candidate, keys))
    }

    /// The call has ended. What it cost is booked by the next exchange; not where the store gave this process up
    /// meanwhile, because the call's worst case is booked already.
    fn settle(&self, call: &Arc<Call>, cost: MicroUsd, tokens: TokenUse, at: Timestamp) {
        let mut book = self.book();
        if book.open.remove(&call.number).is_none() {
            return;
        }
        for key in &call.keys {
            if let Some(entry) = book.entries.get_mut(key) {
                entry.lease.settle(call.amount, cost);
            }
        }
        book.ended.push(Ended { call: Arc::clone(call), cost, tokens, at });
    }

    /// The call never left.
    fn give_up(&self, call: &Arc<Call>) {
        let mut book = self.book();
        if book.open.remove(&call.number).is_none() {
            return;
        }
        for key in &call.keys {
            if let Some(entry) = book.entries.get_mut(key) {
                entry.lease.release(call.amount);
            }
        }
        if call.is_written() {
            let (cost, tokens, at) = (MicroUsd::ZERO, TokenUse::default(), call.row.at);
            book.ended.push(Ended { call: Arc::clone(call), cost, tokens, at });
        }
    }

    /// A sum as the store has it, made exact by what only this process knows: what is spent and not yet booked, what is
    /// taken and held by no call.
    pub(super) fn exact(&self, scope: &Scope, stored: Counter) -> Counter {
        let book = self.book();
        let keys = [false, true].map(|essential| Key { scope: scope.clone(), essential });
        keys.iter().filter_map(|key| book.entries.get(key)).fold(stored, |sum, entry| {
            let granted = entry.lease.held() - entry.asked;
            let unused = entry.lease.taken() + entry.returning - granted;
            Counter {
                spent_micro: sum.spent_micro + entry.lease.unbooked().0,
                reserved_micro: sum.reserved_micro - unused.bound.0,
                likely_micro: sum.likely_micro - unused.likely.0,
            }
        })
    }

    /// By this process's calls in flight, of the sum of everything in a day.
    pub(crate) fn held_today(&self, day: &CostDay) -> Pair {
        let book = self.book();
        let keys = [false, true].map(|essential| Key { scope: global(day), essential });
        keys.iter()
            .filter_map(|key| book.entries.get(key))
            .fold(Pair::ZERO, |all, entry| all + entry.lease.held())
    }

    /// The id of this process as leases name it.
    fn own(&self) -> String {
        self.book().instance.clone()
    }

    pub(super) fn version(&self) -> u64 {
        self.book().version
    }
}

impl Entry {
    fn new(limit: Limit, now: Timestamp) -> Self {
        Self {
            lease: Lease::default(),
            limit,
            outdated: false,
            held_since: Pair::ZERO,
            one_call: Pair::ZERO,
            cushion: Pair::ZERO,
            left: Pair::ZERO,
            used_at: now,
            asked: Pair::ZERO,
            returning: Pair::ZERO,
        }
    }

    /// Whether a call may be admitted under these caps without asking the store.
    fn serves(&self, limit: &Limit, amount: Pair) -> bool {
        !self.outdated && self.limit.same_caps(limit) && self.lease.fits(amount)
    }

    fn hold(&mut self, amount: Pair, now: Timestamp) {
        self.lease.hold(amount);
        self.held_since += amount;
        self.one_call = amount;
        self.used_at = now;
    }
}

impl Book {
    fn open(&mut self, candidate: Candidate, keys: Vec<Key>) -> Arc<Call> {
        self.calls += 1;
        let Candidate { id, day, row, size_class, amount, .. } = candidate;
        let call = Call {
            number: self.calls,
            id,
            day,
            row,
            size_class,
            amount,
            keys,
            written: AtomicBool::new(false),
        };
        let call = Arc::new(call);
        self.open.insert(call.number, Arc::clone(&call));
        call
    }
}

impl crate::Ops {
    /// Holds a call in every sum it counts in: from memory where its leases have room, else by asking the store.
    pub(super) async fn hold_call(
        &self,
        candidate: Candidate,
    ) -> Result<std::result::Result<Arc<Call>, CostRefusal>> {
        let leases = &self.gateway.leases;
        let candidate = match leases.hold(candidate, self.clock.now()) {
            Ok(call) => return Ok(Ok(call)),
            Err(candidate) => candidate,
        };
        let (answer, answered) = tokio::sync::oneshot::channel();
        leases
            .asks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Ask { candidate: *candidate, answer });
        // In a task of its own: whoever stops waiting must not stop an exchange that others wait for.
        let ops = self.clone();
        self.jobs.spawn(async move { ops.answer_asks().await });
        let lost = || crate::Error::internal("reserving money", "the exchange with the store ended early");
        Ok(match answered.await.map_err(|_| lost())?? {
            Ok(granted) => Ok(granted.take().ok_or_else(lost)?),
            Err(refusal) => Err(refusal),
        })
    }

    /// Books what a call did cost.
    pub(crate) fn settle_call_cost(&self, call: &Arc<Call>, cost: MicroUsd, tokens: TokenUse) {
        if cost > call.amount.bound {
            let (bound, cost) = (call.amount.bound.0, cost.0);
            tracing::error!(ledger.id = call.id, bound, cost, "a call cost more than its bound");
        }
        self.gateway.leases.settle(call, cost, tokens, self.clock.now());
        self.gateway.today.spent_more(&call.day, cost);
    }

    /// One activation of the task `ledger`: books what was spent, adjusts the leases to what is asked.
    pub async fn flush_ledger(&self) -> Result<()> {
        self.exchange_with_store(Keep::Cushion).await
    }

    /// Books what was spent, writes down what is in flight, and gives back whatever no call holds.
    pub(crate) async fn return_leases(&self) -> Result<()> {
        self.exchange_with_store(Keep::Nothing).await
    }

    /// This process's id, the largest leases, and when each process was last seen.
    pub(super) async fn lease_rows(&self, most: i64) -> Result<(String, Vec<LeaseRow>, Vec<(String, i64)>)> {
        let own = self.gateway.leases.own();
        let db = self.db.read();
        Ok((own, store::leases(db, most).await?, store::instances(db).await?))
    }

    /// At the end of the process.
    pub(crate) async fn end_leases(&self) -> Result<()> {
        self.return_leases().await?;
        let turn = self.gateway.leases.turn.lock().await;
        store::forget(self.db.write(), turn.instance()).await
    }
}

impl Call {
    fn is_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    fn mark_written(&self, written: bool) {
        self.written.store(written, Ordering::Relaxed);
    }
}
