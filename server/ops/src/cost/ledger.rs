//! Reserve before spending, settle after: never over the ceiling, whatever runs at the same time.
//!
//! A call is held in every sum it counts in, all or none, by the leases of this process (see [`super::lease`]); a row of the
//! ledger follows within a quarter of a second. All count on the day of the reservation, also when the call settles after
//! midnight. A call that nobody settles costs its worst case.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Tier;
use domain::agent::{Agent, TokenUse};
use domain::cost_day::CostDay;
use domain::id::{TenantId, UserId};
use domain::lease::Pair;
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};

use super::lease::{Call, Candidate};
use super::likely::Kind;
use super::refusal::CostRefusal;
use super::scopes::{Limit, Scope, global, limits};
use super::spend::seen::Seen;
use super::spend::{self, MINUTES_KEPT};
use super::store::{self, Amounts, Booking, Counter};
use super::today::Sums;
use crate::Ops;
use crate::access::Caller;
use crate::error::{Error, Result};

/// As long as telemetry keeps its minutes.
const KEEP_DAYS: i64 = 400;
/// Rows that go in one transaction.
const FORGOTTEN_AT_ONCE: usize = 2_000;
/// Long enough for every agent to have been asked; older prices say little.
const LEARN_FROM: SignedDuration = SignedDuration::from_hours(7 * 24);
const LEARN_CALLS: i64 = 5_000;

/// One model call that cost money. Also how the demo writes its past.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    pub request_id: String,
    /// When it was reserved.
    pub at: Timestamp,
    pub tenant: TenantId,
    pub user: Option<UserId>,
    pub agent: Agent,
    pub tier: Tier,
    pub key_prefix: String,
    pub release: String,
    pub model: Option<String>,
    pub price_version: Option<String>,
    pub reserved: MicroUsd,
    pub settled: MicroUsd,
}

/// A call that has long ended, as it is booked.
#[derive(Clone, Debug)]
pub(crate) struct PastCall {
    pub(crate) id: String,
    pub(crate) row: LedgerRow,
    pub(crate) tokens: TokenUse,
    /// Logarithm to base 2 of its input tokens; 0: unknown, nothing is learned from it.
    pub(crate) size_class: u32,
    pub(crate) settled_at: Timestamp,
}

/// Whose money it is.
#[derive(Clone, Debug)]
pub(crate) struct Spender {
    pub(crate) request_id: String,
    pub(crate) agent: Agent,
    pub(crate) user: Option<UserId>,
    pub(crate) caller: Caller,
    pub(crate) release: String,
}

/// What a call may cost.
#[derive(Clone, Debug)]
pub(crate) struct Estimate<'a> {
    pub(crate) model: &'a str,
    pub(crate) price_version: &'a str,
    /// The worst case.
    pub(crate) bound: MicroUsd,
    /// See [`super::likely`].
    pub(crate) likely: MicroUsd,
    /// Likewise, of input and output together: for limits of tokens.
    pub(crate) tokens: u32,
    /// Logarithm to base 2 of the most input tokens: stored, so that what is likely can be learned again.
    pub(crate) size_class: u32,
}

impl Ops {
    /// Holds the estimate of one call in every sum it counts in. Decided in memory where this process has leases with room.
    pub(crate) async fn reserve_cost(
        &self,
        who: &Spender,
        call: &Estimate<'_>,
    ) -> Result<Result<Arc<Call>, CostRefusal>> {
        if call.bound <= MicroUsd::ZERO {
            // An unknown price must never look like a free one.
            return Err(Error::internal("reserving money", "the bound of a model call must be above zero"));
        }
        let now = self.clock.now();
        let day = self.gateway.today.day(now);
        let row = LedgerRow {
            model: Some(call.model.to_owned()),
            price_version: Some(call.price_version.to_owned()),
            reserved: call.bound,
            ..who.row(now)
        };
        let limits = self.limits_of(&row, &day);
        let amount = Pair { bound: call.bound, likely: call.likely };
        let (id, size_class) = (self.clock.new_id(), call.size_class);
        self.hold_call(Candidate { id, day, row, size_class, amount, limits }).await
    }

    /// Books settled costs of the past of which nobody knows the tokens, for tests. All or nothing.
    pub async fn insert_settled(&self, rows: &[LedgerRow]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|row| (row.clone(), TokenUse::default())).collect();
        self.insert_used(&rows).await
    }

    /// Books settled costs of the past with what they used, for the demo's history and for tests. All or nothing.
    pub async fn insert_used(&self, rows: &[(LedgerRow, TokenUse)]) -> Result<()> {
        let call = |(row, tokens): &(LedgerRow, TokenUse)| PastCall {
            id: self.clock.new_id(),
            row: row.clone(),
            tokens: *tokens,
            size_class: 0,
            settled_at: row.at,
        };
        self.book_past(&rows.iter().map(call).collect::<Vec<_>>()).await?;
        self.load_sums().await?;
        self.refresh_today().await
    }

    /// Books calls that ended long ago; memory does not hear of it. All or nothing.
    pub(crate) async fn book_past(&self, calls: &[PastCall]) -> Result<()> {
        let today = &self.gateway.today;
        let mut sums = BTreeMap::<Scope, Amounts>::new();
        let mut bookings = Vec::with_capacity(calls.len());
        let mut day = CostDay::at(Timestamp::UNIX_EPOCH, &today.zone);
        for call in calls {
            let row = &call.row;
            if !day.contains(row.at) {
                day = CostDay::at(row.at, &today.zone);
            }
            for limit in self.limits_of(row, &day) {
                let is_persons = limit.scope.is_persons();
                let sum = sums.entry(limit.scope).or_default();
                sum.spent += row.settled.0;
                if is_persons {
                    sum.seen.note(Seen::call(row.agent, row.tier));
                }
            }
            bookings.push(Booking {
                row,
                id: call.id.clone(),
                day: day.key(),
                likely: 0,
                size_class: call.size_class,
                instance: None,
                settled: Some((row.settled, call.tokens, call.settled_at)),
            });
        }
        let mut tx = self.db.begin_write().await?;
        store::add(&mut tx, &sums).await?;
        store::put_history(&mut tx, &bookings, self.clock.now_ms() - MINUTES_KEPT).await?;
        Ok(tx.commit().await?)
    }

    /// Every sum that a booked call counts in, by the day that stands in its row.
    pub(super) fn sums_of(&self, row: &LedgerRow, date: &str) -> impl Iterator<Item = Scope> + use<> {
        let today = &self.gateway.today;
        let all = limits(row, date.to_owned(), &today.caps.get().book, self.clock.now(), &today.essential);
        all.into_iter().map(|limit| limit.scope)
    }

    pub(super) fn limits_of(&self, row: &LedgerRow, day: &CostDay) -> Vec<Limit> {
        let today = &self.gateway.today;
        limits(row, day.key(), &today.caps.get().book, self.clock.now(), &today.essential)
    }

    /// Forgets calls settled more than 400 days ago, with their share of hours and days, and then people's and keys' sums of
    /// such days; the sums of everything stay. Forgets minutes after three days. In small steps, so that nobody waits long
    /// behind one.
    pub(crate) async fn trim_ledger(&self) -> Result<()> {
        let oldest = self.clock.now() - SignedDuration::from_hours(24 * KEEP_DAYS);
        let mut forgotten = FORGOTTEN_AT_ONCE;
        while forgotten == FORGOTTEN_AT_ONCE {
            let mut tx = self.db.begin_write().await?;
            forgotten =
                store::forget_settled(&mut tx, oldest.as_millisecond(), FORGOTTEN_AT_ONCE as i64).await?;
            tx.commit().await?;
        }
        let day = self.gateway.today.day(oldest).key();
        let mut forgotten = FORGOTTEN_AT_ONCE as u64;
        while forgotten == FORGOTTEN_AT_ONCE as u64 {
            let mut tx = self.db.begin_write().await?;
            forgotten = store::forget_sums(&mut tx, &day, FORGOTTEN_AT_ONCE as i64).await?;
            tx.commit().await?;
        }
        let minutes = self.clock.now_ms() - MINUTES_KEPT;
        self.trim_price_runs(oldest).await?;
        spend::store::drop_minutes(self.db.write(), spend::parts::floor(minutes, spend::HOUR)).await
    }

    /// Reads today's counter into memory.
    pub(crate) async fn refresh_today(&self) -> Result<()> {
        let day = self.gateway.today.day(self.clock.now());
        let exact = self.exact_counter(&global(&day)).await?;
        self.know(day, exact);
        Ok(())
    }

    /// Memory follows the store, and knows what of it is not booked yet. Nothing but the ladder's step depends on it: leases
    /// decide on money.
    pub(super) fn learn(&self, day: CostDay, stored: Counter) {
        self.know(day, self.gateway.leases.exact(&global(&day), stored));
    }

    fn know(&self, day: CostDay, exact: Counter) {
        if day.contains(self.clock.now()) {
            self.gateway.today.set(Sums { day, spent: MicroUsd(exact.spent_micro) });
        }
    }

    /// What calls of the last week did cost, so that a restart does not begin by guessing.
    pub(crate) async fn load_likely(&self) -> Result<()> {
        let since = self.clock.now() - LEARN_FROM;
        let costs = store::newest_costs(self.db.read(), since.as_millisecond(), LEARN_CALLS).await?;
        for (agent, model, size_class, micro, tokens) in costs.into_iter().rev() {
            let (Some(agent), Ok(size)) = (Agent::parse(&agent), u32::try_from(size_class)) else { continue };
            let kind = Kind::of_class(agent, &model, size);
            self.gateway.models.likely.learn(&kind, MicroUsd(micro));
            let output = u64::try_from(tokens).unwrap_or(0);
            self.gateway.models.likely.learn_tokens(&kind, TokenUse { output, ..TokenUse::default() });
        }
        Ok(())
    }
}
