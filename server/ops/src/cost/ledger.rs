//! Reserve before spending, settle after: never over the ceiling, whatever runs at the same time.
//!
//! Every sum that a call counts in is asked in one transaction, all or nothing, each by one statement that decides itself;
//! the ledger's row is written in the same transaction. All count on the day of the reservation, also when the call
//! settles after midnight. What is not settled stays counted at its worst case.

use std::collections::BTreeMap;

use domain::access::Tier;
use domain::agent::{Agent, TokenUse};
use domain::cost_day::CostDay;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};

use super::refusal::CostRefusal;
use super::scopes::{GLOBAL, Limit, Scope, limits};
use super::store::{self, Amounts, Booking, Counter};
use super::today::Sums;
use crate::Ops;
use crate::access::Caller;
use crate::error::{Error, Result};

/// As long as telemetry keeps its minutes.
const KEEP_DAYS: i64 = 400;
/// Longer than any call may take: who has not settled by then never will.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_mins(15);

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
}

/// An open row of the ledger.
#[derive(Debug)]
pub(crate) struct Reservation {
    id: String,
    day: CostDay,
    scopes: Vec<Scope>,
    pub(crate) bound: MicroUsd,
    likely: MicroUsd,
}

impl Ops {
    /// Holds the estimate of one call in every sum it counts in.
    pub(crate) async fn reserve_cost(
        &self,
        who: &Spender,
        call: &Estimate<'_>,
    ) -> Result<Result<Reservation, CostRefusal>> {
        if call.bound <= MicroUsd::ZERO {
            // An unknown price must never look like a free one.
            return Err(Error::internal("reserving money", "the bound of a model call must be above zero"));
        }
        let today = &self.gateway.today;
        let now = self.clock.now();
        let day = today.day(now);
        let row = LedgerRow {
            request_id: who.request_id.clone(),
            at: now,
            tenant: who.caller.tenant.clone(),
            user: who.user.clone(),
            agent: who.agent,
            tier: who.caller.tier,
            key_prefix: who.caller.key_prefix.clone(),
            release: who.release.clone(),
            model: Some(call.model.to_owned()),
            price_version: Some(call.price_version.to_owned()),
            reserved: call.bound,
            settled: MicroUsd::ZERO,
        };
        let limits = self.limits_of(&row, &day);
        let mut tx = self.db.begin_durable().await?;
        let mut global = Counter::default();
        for limit in &limits {
            match store::hold(&mut tx, limit, call.bound.0, call.likely.0).await? {
                Some(counter) if limit.scope.name == GLOBAL => global = counter,
                Some(_) => {}
                None => {
                    let counter = store::counter(&mut *tx, &limit.scope).await?;
                    return Ok(Err(CostRefusal::of(limit, &counter, call, &day, &today.zone)));
                }
            }
        }
        let id = self.clock.new_id();
        let booking =
            Booking { row: &row, id: id.clone(), day: day.key(), likely: call.likely.0, open: true };
        store::insert(&mut tx, std::slice::from_ref(&booking)).await?;
        tx.commit().await?;
        self.learn(day, global);
        let scopes = limits.into_iter().map(|limit| limit.scope).collect();
        Ok(Ok(Reservation { id, day, scopes, bound: call.bound, likely: call.likely }))
    }

    /// Replaces what is held by what it cost. Losing this to a power cut leaves the worst case counted: it need not
    /// be as durable as the reservation.
    pub(crate) async fn settle_cost(
        &self,
        held: &Reservation,
        cost: MicroUsd,
        tokens: TokenUse,
    ) -> Result<()> {
        let now = self.clock.now();
        if cost > held.bound {
            let (bound, cost) = (held.bound.0, cost.0);
            tracing::error!(ledger.id = held.id, bound, cost, "a call cost more than its bound");
        }
        let mut tx = self.db.begin_write().await?;
        if !store::settle(&mut tx, &held.id, cost.0, tokens, now.as_millisecond()).await? {
            return Err(Error::internal("settling money", "settled twice"));
        }
        let amounts =
            Amounts { spent: cost.0, reserved: -held.bound.0, likely: -held.likely.0, in_flight: -1 };
        let mut global = Counter::default();
        for scope in &held.scopes {
            let counter = store::add(&mut tx, scope, amounts).await?;
            if scope.name == GLOBAL {
                global = counter;
            }
        }
        tx.commit().await?;
        self.learn(held.day, global);
        Ok(())
    }

    /// Books settled costs of the past, for the demo's history and for tests. All or nothing.
    pub async fn insert_settled(&self, rows: &[LedgerRow]) -> Result<()> {
        let today = &self.gateway.today;
        let mut sums = BTreeMap::<Scope, i64>::new();
        let mut bookings = Vec::with_capacity(rows.len());
        let mut day = CostDay::at(Timestamp::UNIX_EPOCH, &today.zone);
        for row in rows {
            if !day.contains(row.at) {
                day = CostDay::at(row.at, &today.zone);
            }
            for limit in self.limits_of(row, &day) {
                *sums.entry(limit.scope).or_default() += row.settled.0;
            }
            bookings.push(Booking { row, id: self.clock.new_id(), day: day.key(), likely: 0, open: false });
        }
        let mut tx = self.db.begin_write().await?;
        store::insert(&mut tx, &bookings).await?;
        for (scope, spent) in sums {
            store::add(&mut tx, &scope, Amounts { spent, ..Amounts::default() }).await?;
        }
        tx.commit().await?;
        self.refresh_today().await
    }

    fn limits_of(&self, row: &LedgerRow, day: &CostDay) -> Vec<Limit> {
        let today = &self.gateway.today;
        limits(row, day, &today.caps.get().book, self.clock.now(), &today.essential)
    }

    /// Calls that nobody settles any more (a killed process, a client that went away): they cost their worst case,
    /// because nobody knows better. One activation of the task `ledger-sweep`.
    pub(crate) async fn sweep_ledger(&self) -> Result<()> {
        let before = (self.clock.now() - ABANDONED_AFTER).as_millisecond();
        for (id, row, likely) in store::abandoned(self.db.read(), before).await? {
            let day = CostDay::at(row.at, &self.gateway.today.zone);
            let scopes = self.limits_of(&row, &day).into_iter().map(|limit| limit.scope).collect();
            let held = Reservation { id, day, scopes, bound: row.reserved, likely: MicroUsd(likely) };
            tracing::warn!(
                request.id = row.request_id,
                "a model call was never settled: booked at its bound"
            );
            self.settle_cost(&held, held.bound, TokenUse::default()).await?;
        }
        Ok(())
    }

    /// Forgets calls settled more than 400 days ago; the sums of their days stay.
    pub(crate) async fn trim_ledger(&self) -> Result<()> {
        let oldest = self.clock.now() - SignedDuration::from_hours(24 * KEEP_DAYS);
        store::delete_settled_before(self.db.write(), oldest.as_millisecond()).await?;
        Ok(())
    }

    /// Reads today's counter into memory.
    pub(crate) async fn refresh_today(&self) -> Result<()> {
        let day = self.gateway.today.day(self.clock.now());
        let counter = store::counter(self.db.read(), &global(&day)).await?;
        self.learn(day, counter);
        Ok(())
    }

    /// Memory follows the store. Two commits may report in the wrong order; the next one, or the task `switches`
    /// within a second, sets it right. Nothing but the ladder's step depends on it: the row decides on money.
    fn learn(&self, day: CostDay, counter: Counter) {
        if day.contains(self.clock.now()) {
            let (spent, reserved) = (MicroUsd(counter.spent_micro), MicroUsd(counter.reserved_micro));
            self.gateway.today.set(Sums { day, spent, reserved });
        }
    }
}

pub(super) fn global(day: &CostDay) -> Scope {
    Scope { window: day.key(), name: GLOBAL.to_owned() }
}
