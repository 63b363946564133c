//! What was spent, by minute, hour and day: sums of the ledger that pages read instead of its rows.
//!
//! A cell is the sum of the settled calls of its time, agent, model, tier and release. Whoever writes the ledger goes through
//! `cost::store`, which says here what became settled or was forgotten, and adds it in the same transaction: a cell never
//! differs from its rows. Cells are of UTC; the sums that caps judge are of calendar days and live in `cost_counter`. Tokens are
//! summed by calendar day likewise, see [`tokens`].

pub(super) mod parts;
pub(super) mod seen;
pub(super) mod store;
pub(super) mod tokens;
mod verify;

pub use verify::{SpendCheck, SpendDifference};

use std::collections::BTreeMap;

use domain::money::MicroUsd;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Finest first.
pub(crate) const STEPS: [i64; 3] = [MINUTE, HOUR, DAY];

/// Minutes are deleted when they are older.
pub(super) const MINUTES_KEPT: i64 = 72 * HOUR;
/// Minutes are read when they are younger. The difference is for clocks that are set back.
pub(super) const MINUTES_READ: i64 = 26 * HOUR;
/// How a call is named that was booked before models were noted.
pub(super) const NO_MODEL: &str = "-";

/// What a cell is about, beside its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct What {
    pub(super) agent: String,
    pub(super) model: String,
    pub(super) tier: String,
    pub(super) release: String,
}

/// What is added to a cell; negative where rows go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) calls: i64,
    pub(super) settled: i64,
}

/// What one transaction changes, in the order in which everybody locks cells: step, beginning, what.
#[derive(Debug, Default)]
pub(super) struct Changes {
    cells: BTreeMap<(i64, i64, What), Added>,
    tokens: BTreeMap<tokens::Priced, tokens::Used>,
}

impl Changes {
    /// A call that was held at `at` has become settled. Minutes before `minutes_from` are not kept.
    pub(super) fn settled(&mut self, at: i64, what: &What, cost: MicroUsd, minutes_from: i64) {
        for step in STEPS {
            if step > MINUTE || at >= minutes_from {
                self.shift(step, at, what, Added { calls: 1, settled: cost.0 });
            }
        }
    }

    /// What a call cost is corrected: no further call. Minutes before `minutes_from` are not kept.
    pub(super) fn corrected(&mut self, at: i64, what: &What, delta: MicroUsd, minutes_from: i64) {
        for step in STEPS {
            if step > MINUTE || at >= minutes_from {
                self.shift(step, at, what, Added { calls: 0, settled: delta.0 });
            }
        }
    }

    /// A settled row is deleted: a `call`, or the correction of one. It is so old that its minute is gone.
    pub(super) fn forgotten(&mut self, at: i64, what: &What, cost: MicroUsd, call: bool) {
        for step in [HOUR, DAY] {
            self.shift(step, at, what, Added { calls: -i64::from(call), settled: -cost.0 });
        }
    }

    fn shift(&mut self, step: i64, at: i64, what: &What, more: Added) {
        let cell = self.cells.entry((step, parts::floor(at, step), what.clone())).or_default();
        cell.calls += more.calls;
        cell.settled += more.settled;
    }

    fn cells(&self) -> Vec<(i64, i64, &What, Added)> {
        self.cells.iter().map(|((step, at, what), more)| (*step, *at, what, *more)).collect()
    }
}
