//! Who gets money, by what the sums say while the exchange has them locked.

use std::collections::BTreeMap;

use domain::lease::{Pair, fair_share};
use domain::money::MicroUsd;

use super::plan::{Plan, Touched};
use super::{Candidate, Key};
use crate::cost::refusal::CostRefusal;
use crate::cost::scopes::{Limit, Scope};
use crate::cost::store::Counter;

/// What a sum without a cap has left: more than anybody will spend, and far from overflowing.
const NO_CAP: i64 = 1 << 50;

/// What became of the candidates, in their order.
pub(super) struct Verdicts {
    pub(super) each: Vec<Result<(), CostRefusal>>,
    /// Somebody was refused for what other instances hold.
    pub(super) recall: bool,
}

impl Plan {
    /// Decides on every candidate in turn, all sums or none, then on slack for those to come. `sums` is what the store says
    /// after the booking, and follows.
    pub(super) fn decide(
        &mut self,
        sums: &mut BTreeMap<Scope, Counter>,
        refuse: impl Fn(&Candidate, &Limit, &Counter) -> CostRefusal,
    ) -> Verdicts {
        let mut verdicts = Verdicts { each: Vec::with_capacity(self.candidates.len()), recall: false };
        let mut accepted = vec![0_u32; self.touched.len()];
        for candidate in &self.candidates {
            let places: Vec<usize> =
                candidate.limits.iter().map(|limit| self.by_key[&Key::of(limit)]).collect();
            let full = places.iter().zip(&candidate.limits).find(|(at, limit)| {
                let one = &self.touched[**at];
                !one.has_room(candidate.amount, limit, sum_of(sums, one), accepted[**at] + one.in_flight > 0)
            });
            if let Some((at, limit)) = full {
                let one = &self.touched[*at];
                let sum = *sum_of(sums, one);
                let refusal = refuse(candidate, limit, &one.without_slack(sum));
                verdicts.recall |= refusal.may_wait && one.held_by_others(&sum) != Pair::ZERO;
                verdicts.each.push(Err(refusal));
                continue;
            }
            for at in places {
                let one = &mut self.touched[at];
                one.take(one.missing(candidate.amount), sums);
                one.slack -= candidate.amount;
                accepted[at] += 1;
            }
            verdicts.each.push(Ok(()));
        }
        for one in &mut self.touched {
            one.take_cushion(sums);
        }
        verdicts
    }
}

impl Touched {
    fn missing(&self, call: Pair) -> Pair {
        (call - self.slack).max(Pair::ZERO)
    }

    fn take(&mut self, more: Pair, sums: &mut BTreeMap<Scope, Counter>) {
        self.slack += more;
        self.more += more;
        let sum = sum_of(sums, self);
        sum.reserved_micro += more.bound.0;
        sum.likely_micro += more.likely.0;
    }

    /// `in_flight`: whether another call of this process is, in the same sum.
    fn has_room(&self, call: Pair, limit: &Limit, sum: &Counter, in_flight: bool) -> bool {
        let missing = self.missing(call);
        let (bound, likely) = (missing.bound.0, missing.likely.0);
        let within = |most: Option<i64>, held: i64, more: i64| {
            more == 0 || most.is_none_or(|most| sum.spent_micro + held + more <= most)
        };
        let together =
            limit.alone_past.is_none_or(|past| sum.spent_micro + sum.likely_micro + likely <= past);
        within(limit.bound, sum.reserved_micro, bound)
            && within(limit.likely, sum.likely_micro, likely)
            && (together || (!in_flight && self.held_by_others(sum).likely == MicroUsd::ZERO))
    }

    fn held_by_others(&self, sum: &Counter) -> Pair {
        let all = Pair { bound: MicroUsd(sum.reserved_micro), likely: MicroUsd(sum.likely_micro) };
        all - self.after()
    }

    /// The sum with what calls hold, not what this lease keeps for calls to come.
    fn without_slack(&self, sum: Counter) -> Counter {
        let slack = self.slack.max(Pair::ZERO);
        Counter {
            reserved_micro: sum.reserved_micro - slack.bound.0,
            likely_micro: sum.likely_micro - slack.likely.0,
            ..sum
        }
    }

    fn take_cushion(&mut self, sums: &mut BTreeMap<Scope, Counter>) {
        let left = left(&self.limit, sum_of(sums, self));
        let wanted = (self.cushion - self.slack.max(Pair::ZERO)).max(Pair::ZERO);
        self.take(wanted.min(fair_share(left)), sums);
        let sum = sum_of(sums, self);
        self.left = self::left(&self.limit, sum);
        self.alone = self.limit.alone_past.is_some_and(|past| sum.spent_micro + sum.likely_micro > past);
    }
}

/// What a sum has left below its caps, and below the point from where on one call at a time may go.
fn left(limit: &Limit, sum: &Counter) -> Pair {
    let below =
        |most: Option<i64>, held: i64| MicroUsd(most.map_or(NO_CAP, |most| most - sum.spent_micro - held));
    let likely = limit.alone_past.or(limit.likely);
    // A killed process's slack is booked by its worst case, also in a sum whose cap judges what is likely.
    Pair {
        bound: below(limit.bound.or(limit.likely), sum.reserved_micro),
        likely: below(likely, sum.likely_micro),
    }
}

fn sum_of<'a>(sums: &'a mut BTreeMap<Scope, Counter>, one: &Touched) -> &'a mut Counter {
    sums.entry(one.key.scope.clone()).or_default()
}
