//! What one exchange is about: taken from memory before it, put back into memory after it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::lease::{Booking, Pair, cushion, fair_share};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};

use super::exchange::Keep;
use super::{Ask, Book, Call, Candidate, Ended, Entry, Key};
use crate::cost::scopes::{Limit, Scope};
use crate::cost::spend::seen::Seen;
use crate::cost::store::Amounts;

/// A lease that nobody used for so long gives back all its slack.
const IDLE: SignedDuration = SignedDuration::from_secs(60);
/// Of a person's sum, which is small, slack for so many further calls.
const PERSONS_CALLS: i64 = 8;

/// One lease in an exchange.
pub(super) struct Touched {
    pub(super) key: Key,
    pub(super) limit: Limit,
    pub(super) booking: Booking,
    /// In the store when the booking is done, before anything is taken anew.
    pub(super) taken: Pair,
    /// What asks may use; follows the decisions.
    pub(super) slack: Pair,
    pub(super) in_flight: u32,
    /// Slack to have after the exchange, where the sum has room for it.
    pub(super) cushion: Pair,
    /// Taken in this exchange.
    pub(super) more: Pair,
    pub(super) alone: bool,
    /// It was taken under other caps.
    outdated: bool,
    /// What the sum has left for everybody after the exchange.
    pub(super) left: Pair,
}

pub(super) struct Plan {
    pub(super) touched: Vec<Touched>,
    pub(super) by_key: HashMap<Key, usize>,
    pub(super) ended: Vec<Ended>,
    /// In flight, and not yet in the ledger.
    pub(super) open: Vec<Arc<Call>>,
    /// What is asked for, in the order of asking; held in memory already, so that nobody else takes its slack.
    pub(super) candidates: Vec<Candidate>,
    pub(super) keep: Keep,
}

impl Candidate {
    fn keys(&self) -> impl Iterator<Item = Key> {
        self.limits.iter().map(Key::of)
    }
}

impl Plan {
    /// `long_open`: calls with a number up to it are written down as open, because they take long.
    pub(super) fn make(
        book: &mut Book,
        candidates: Vec<Candidate>,
        keep: Keep,
        long_open: u64,
        now: Timestamp,
    ) -> Self {
        for limit in candidates.iter().flat_map(|candidate| &candidate.limits) {
            let entry = book.entries.entry(Key::of(limit)).or_insert_with(|| Entry::new(limit.clone(), now));
            entry.outdated |= !entry.limit.same_caps(limit);
            entry.limit.clone_from(limit);
        }
        let mut asked = HashMap::<Key, Pair>::new();
        for candidate in &candidates {
            asked.extend(candidate.keys().map(|key| (key, candidate.amount)));
        }
        let mut touched = Vec::new();
        for (key, entry) in &mut book.entries {
            let outdated = entry.outdated;
            let begun = entry.begin(asked.get(key).copied(), keep, now);
            touched.extend(begun.map(|booking| Touched::of(key, entry, booking, outdated)));
        }
        // Everybody locks sums in the same order.
        touched.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        for candidate in &candidates {
            for key in candidate.keys() {
                if let Some(entry) = book.entries.get_mut(&key) {
                    entry.hold(candidate.amount, now);
                    entry.asked += candidate.amount;
                }
            }
        }
        let written =
            |call: &&Arc<Call>| !call.is_written() && (keep == Keep::Nothing || call.number <= long_open);
        let open: Vec<_> = book.open.values().filter(written).map(Arc::clone).collect();
        for call in &open {
            // Whoever gives it up from here on leaves an end in the ledger.
            call.mark_written(true);
        }
        let by_key = touched.iter().enumerate().map(|(at, one)| (one.key.clone(), at)).collect();
        Self { touched, by_key, ended: std::mem::take(&mut book.ended), open, candidates, keep }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.touched.is_empty() && self.ended.is_empty() && self.open.is_empty()
    }

    /// Whether it may take money, which must be durable before it is used.
    pub(super) fn may_take(&self) -> bool {
        self.keep != Keep::Nothing && !self.touched.is_empty()
    }

    /// What is booked and given back, by sum; and under which tiers people of calls that are written down were answered.
    pub(super) fn booked(&self) -> BTreeMap<Scope, Amounts> {
        let mut sums = self.sums(|one| Amounts {
            spent: one.booking.spent.0,
            reserved: one.booking.change.bound.0,
            likely: one.booking.change.likely.0,
            ..Amounts::default()
        });
        for call in self.ended.iter().map(|ended| &ended.call).chain(&self.open) {
            for key in call.keys.iter().filter(|key| key.scope.is_persons()) {
                let seen = &mut sums.entry(key.scope.clone()).or_default().seen;
                seen.note(Seen::call(call.row.agent, call.row.tier));
            }
        }
        sums
    }

    /// What is taken anew, by sum.
    pub(super) fn taken(&self) -> BTreeMap<Scope, Amounts> {
        let mut sums = self.sums(|one| Amounts {
            reserved: one.more.bound.0,
            likely: one.more.likely.0,
            ..Amounts::default()
        });
        sums.retain(|_, sum| *sum != Amounts::default());
        sums
    }

    /// Two leases may be on one sum.
    fn sums(&self, of: impl Fn(&Touched) -> Amounts) -> BTreeMap<Scope, Amounts> {
        let mut sums = BTreeMap::<Scope, Amounts>::new();
        for one in &self.touched {
            let (sum, more) = (sums.entry(one.key.scope.clone()).or_default(), of(one));
            sum.spent += more.spent;
            sum.reserved += more.reserved;
            sum.likely += more.likely;
        }
        sums
    }
}

impl Touched {
    fn of(key: &Key, entry: &Entry, booking: Booking, outdated: bool) -> Self {
        let taken = entry.lease.taken() + booking.given_back + booking.change;
        Self {
            key: key.clone(),
            limit: entry.limit.clone(),
            taken,
            slack: taken - entry.lease.held(),
            in_flight: entry.lease.in_flight(),
            cushion: entry.cushion,
            booking,
            more: Pair::ZERO,
            alone: false,
            outdated,
            left: Pair::ZERO,
        }
    }

    /// What the lease's row says after the exchange.
    pub(super) fn after(&self) -> Pair {
        self.taken + self.more
    }
}

impl Entry {
    /// `None`: there is nothing to tell the store of this lease.
    fn begin(&mut self, asked: Option<Pair>, keep: Keep, now: Timestamp) -> Option<Booking> {
        let slack = self.lease.slack();
        let quiet =
            asked.is_none() && self.lease.unbooked() == MicroUsd::ZERO && self.held_since == Pair::ZERO;
        let idle = now.duration_since(self.used_at).abs() >= IDLE;
        let left = self.left + slack.max(Pair::ZERO);
        let outdated = std::mem::take(&mut self.outdated);
        let give_all = keep == Keep::Nothing || (idle && asked.is_none()) || outdated;
        if quiet && (if give_all { slack == Pair::ZERO } else { fair_share(left).covers(slack) }) {
            return None;
        }
        self.one_call = asked.unwrap_or(self.one_call);
        let lacks = asked.is_some_and(|call| !slack.covers(call));
        let kept = match keep {
            _ if give_all => {
                self.cushion = Pair::ZERO;
                Pair::ZERO
            }
            // It is told what was spent, and stays as it is where that is not too much.
            Keep::Asked if !lacks => slack.min(fair_share(left)),
            // Who had to ask had too little: more than twice as much from now on.
            Keep::Asked => {
                self.cushion = self.fair(self.cushion.scaled(3, 1), left);
                self.cushion
            }
            Keep::Cushion | Keep::Nothing => {
                self.cushion = self.fair(self.cushion, left);
                self.cushion
            }
        };
        if keep != Keep::Asked {
            self.held_since = Pair::ZERO;
        }
        let booking = self.lease.begin(kept);
        self.returning = booking.given_back;
        Some(booking)
    }

    fn fair(&self, kept: Pair, left: Pair) -> Pair {
        let fair = cushion(kept, self.held_since, self.one_call, left);
        if self.limit.is_persons() { fair.min(self.one_call.scaled(PERSONS_CALLS, 1)) } else { fair }
    }
}

impl Book {
    /// The exchange is committed; slack for refused candidates stays, until the next one.
    pub(super) fn finish(&mut self, touched: &[Touched]) {
        for one in touched {
            let Some(entry) = self.entries.get_mut(&one.key) else { continue };
            entry.lease.finish(&one.booking, one.more, one.alone);
            (entry.left, entry.returning) = (one.left, Pair::ZERO);
            if entry.lease.is_empty() {
                self.entries.remove(&one.key);
            }
        }
        self.version += 1;
    }

    /// The exchange did not happen: everything is as before, and asks are asked again or told.
    pub(super) fn take_back(&mut self, plan: Plan) -> Vec<Candidate> {
        for candidate in &plan.candidates {
            self.release(candidate);
        }
        self.undo(&plan.touched, plan.ended);
        for call in &plan.open {
            call.mark_written(false);
        }
        plan.candidates
    }

    pub(super) fn undo(&mut self, touched: &[Touched], ended: Vec<Ended>) {
        for one in touched {
            if let Some(entry) = self.entries.get_mut(&one.key) {
                entry.lease.undo(&one.booking);
                entry.returning = Pair::ZERO;
                entry.outdated |= one.outdated;
            }
        }
        self.ended.extend(ended);
    }

    /// A candidate was refused, or nobody will know whether it was not.
    pub(super) fn release(&mut self, candidate: &Candidate) {
        for key in candidate.keys() {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.lease.release(candidate.amount);
                entry.asked -= candidate.amount;
            }
        }
    }

    /// A candidate was granted what it asked for.
    pub(super) fn grant(&mut self, candidate: Candidate) -> Arc<Call> {
        let keys: Vec<Key> = candidate.keys().collect();
        for key in &keys {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.asked -= candidate.amount;
            }
        }
        self.open(candidate, keys)
    }

    /// The store has given this process up and booked all that it had taken.
    pub(super) fn lose(&mut self) {
        self.entries.clear();
        self.open.clear();
        self.ended.clear();
    }
}

/// Splits asks into what is asked and who waits for the answer.
pub(super) fn split(asks: Vec<Ask>) -> (Vec<Candidate>, Vec<super::Answer>) {
    asks.into_iter().map(|ask| (ask.candidate, ask.answer)).unzip()
}
