//! What one instance holds of one sum, so that it may admit calls from memory.
//!
//! A lease is taken in the store before it is used, and what is taken counts in the sum as if it were held by calls. So the
//! sum cannot be passed, whatever the instance does with its lease, and however it ends: a killed instance has at most
//! spent what it had taken. Two numbers throughout, as for every call: the worst case, and what is likely.

use crate::money::MicroUsd;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// An amount by its worst case and by what is likely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    pub bound: MicroUsd,
    pub likely: MicroUsd,
}

impl Pair {
    pub const ZERO: Self = Self { bound: MicroUsd::ZERO, likely: MicroUsd::ZERO };

    fn each(self, other: Self, of: impl Fn(MicroUsd, MicroUsd) -> MicroUsd) -> Self {
        Self { bound: of(self.bound, other.bound), likely: of(self.likely, other.likely) }
    }

    /// The larger of each.
    pub fn max(self, other: Self) -> Self {
        self.each(other, MicroUsd::max)
    }

    /// The smaller of each.
    pub fn min(self, other: Self) -> Self {
        self.each(other, MicroUsd::min)
    }

    /// Whether each is at least the other's.
    pub fn covers(self, other: Self) -> bool {
        self.bound >= other.bound && self.likely >= other.likely
    }

    /// Each multiplied and divided; whole micro-dollars, rounded down.
    pub fn scaled(self, by: i64, over: i64) -> Self {
        let scale = |amount: MicroUsd| MicroUsd(amount.0.saturating_mul(by) / over);
        Self { bound: scale(self.bound), likely: scale(self.likely) }
    }
}

impl Add for Pair {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.each(other, MicroUsd::add)
    }
}

impl Sub for Pair {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.each(other, MicroUsd::sub)
    }
}

impl AddAssign for Pair {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Pair {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// One lease, as its instance keeps it in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    taken: Pair,
    /// By calls in flight.
    held: Pair,
    in_flight: u32,
    /// Settled, and not yet booked as spent in the store: until then it is part of what is taken.
    unbooked: MicroUsd,
    /// Past the point from where on one call at a time may be in flight.
    alone: bool,
}

/// What an exchange with the store does to a lease before it takes more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Booking {
    /// Becomes spent.
    pub spent: MicroUsd,
    /// Is given back, in memory already.
    pub given_back: Pair,
    /// What the sum holds for this lease changes by so much, what is given back included. Never above zero but where
    /// calls cost more than was likely.
    pub change: Pair,
}

impl Lease {
    pub fn taken(&self) -> Pair {
        self.taken
    }

    pub fn held(&self) -> Pair {
        self.held
    }

    pub fn unbooked(&self) -> MicroUsd {
        self.unbooked
    }

    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// What further calls may hold. Below zero where calls cost more than was held for them.
    pub fn slack(&self) -> Pair {
        let unbooked = Pair { bound: self.unbooked, likely: self.unbooked };
        self.taken - self.held - unbooked
    }

    /// Nothing is taken, held or waiting to be booked.
    pub fn is_empty(&self) -> bool {
        *self == Self { alone: self.alone, ..Self::default() }
    }

    /// Whether a call may be admitted without asking the store.
    pub fn fits(&self, call: Pair) -> bool {
        self.slack().covers(call) && (self.in_flight == 0 || !self.alone)
    }

    /// A call is in flight.
    pub fn hold(&mut self, call: Pair) {
        self.held += call;
        self.in_flight += 1;
    }

    /// The call did not leave.
    pub fn release(&mut self, call: Pair) {
        self.held -= call;
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The call has ended and did cost so much.
    pub fn settle(&mut self, call: Pair, cost: MicroUsd) {
        self.release(call);
        self.unbooked += cost;
    }

    /// Begins an exchange: slack beyond `keep` is given back at once, so that no call takes it meanwhile.
    pub fn begin(&mut self, keep: Pair) -> Booking {
        let given_back = (self.slack() - keep.max(Pair::ZERO)).max(Pair::ZERO);
        self.taken -= given_back;
        let spent = Pair { bound: self.unbooked, likely: self.unbooked };
        // Calls in flight stay covered, also where others cost more than was held for them.
        let left = (self.taken - spent).max(self.held);
        Booking { spent: self.unbooked, given_back, change: left - self.taken - given_back }
    }

    /// The exchange was committed, and took `more`.
    pub fn finish(&mut self, booking: &Booking, more: Pair, alone: bool) {
        self.taken += booking.change + booking.given_back + more;
        self.unbooked = self.unbooked - booking.spent;
        self.alone = alone;
    }

    /// The exchange did not happen.
    pub fn undo(&mut self, booking: &Booking) {
        self.taken += booking.given_back;
    }
}

/// What one lease may keep without using it, of what its sum has left for everybody: a tenth. So much is lost with a killed
/// process beside its calls in flight.
pub fn fair_share(left_for_all: Pair) -> Pair {
    left_for_all.scaled(1, 10).max(Pair::ZERO)
}

/// How much slack to keep: four times what was held since the last look, so that a late exchange does not stop calls, or what
/// is kept already, slowly less; never more than sixteen times what is used, nor than a [`fair_share`] of what is left for
/// everybody; and where that is too little for one more call, none. So near a cap a lease shrinks to single calls, and
/// instances do not keep money from each other.
pub fn cushion(kept: Pair, held_since: Pair, one_call: Pair, left_for_all: Pair) -> Pair {
    let used = held_since.max(one_call);
    let wanted = held_since.scaled(4, 1).max(kept.scaled(3, 4)).max(one_call).min(used.scaled(16, 1));
    let fair = wanted.min(fair_share(left_for_all));
    if fair.covers(one_call) { fair } else { Pair::ZERO }
}

#[cfg(test)]
#[path = "lease/tests.rs"]
mod tests;
