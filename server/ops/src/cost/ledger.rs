//! Reserve before spending, settle after: never over the ceiling, whatever runs at the same time.
//!
//! The row of the day decides in one statement; the ledger's row is written in the same transaction. Both count on
//! the day of the first reservation, also when the request settles after midnight. Editing a cap never resets them.

use std::collections::BTreeMap;

use domain::access::Tier;
use domain::agent::Agent;
use domain::cost_day::CostDay;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::store::{self, Booking, Counter};
use super::today::Sums;
use crate::Ops;
use crate::access::Caller;
use crate::error::{Error, Result};

/// As long as telemetry keeps its minutes.
const KEEP_DAYS: i64 = 400;

/// One request that cost money. Also how the demo writes its past.
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
    pub reserved: MicroUsd,
    pub settled: MicroUsd,
}

/// Why a model may not be called; for the answer's meta and for the console.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostRefusal {
    /// In words.
    pub reason: String,
    /// Which limit: `global day`.
    pub limit_source: String,
    pub asked_usd: f64,
    pub spent_usd: f64,
    pub reserved_usd: f64,
    pub limit_usd: f64,
    #[schema(value_type = String, format = DateTime)]
    pub resets_at: Timestamp,
}

/// An open row of the ledger.
pub(crate) struct Reservation {
    id: String,
    day: CostDay,
}

/// Whose money it is.
pub(crate) struct Spender<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) agent: Agent,
    pub(crate) user: Option<&'a UserId>,
    pub(crate) caller: &'a Caller,
    pub(crate) release: &'a str,
}

impl Spender<'_> {
    fn row(&self, at: Timestamp, reserved: MicroUsd, settled: MicroUsd) -> LedgerRow {
        LedgerRow {
            request_id: self.request_id.to_owned(),
            at,
            tenant: self.caller.tenant.clone(),
            user: self.user.cloned(),
            agent: self.agent,
            tier: self.caller.tier,
            key_prefix: self.caller.key_prefix.clone(),
            release: self.release.to_owned(),
            reserved,
            settled,
        }
    }
}

impl Ops {
    /// Holds `bound` for this request, on top of what `held` holds for it already.
    pub(crate) async fn reserve_cost(
        &self,
        who: &Spender<'_>,
        held: Option<&Reservation>,
        bound: MicroUsd,
    ) -> Result<Result<Reservation, CostRefusal>> {
        if bound <= MicroUsd::ZERO {
            // An unknown price must never look like a free one.
            return Err(Error::internal("reserving money", "the bound of a model call must be above zero"));
        }
        let today = &self.gateway.today;
        let now = self.clock.now();
        let day = held.map_or_else(|| today.day(now), |held| held.day);
        let mut tx = self.db.begin_durable().await?;
        let Some(counter) = store::hold(&mut tx, &day.key(), bound.0, today.caps.ceiling.0).await? else {
            let counter = store::counter(&mut *tx, &day.key()).await?;
            return Ok(Err(self.refusal(&day, counter, bound, super::now::OVER_CEILING)));
        };
        let id = if let Some(held) = held {
            if !store::hold_more(&mut tx, &held.id, bound.0).await? {
                return Err(Error::internal("reserving money", "the reservation is settled already"));
            }
            held.id.clone()
        } else {
            let row = who.row(now, bound, MicroUsd::ZERO);
            let booking = Booking { row: &row, id: self.clock.new_id(), day: day.key(), open: true };
            store::insert(&mut tx, std::slice::from_ref(&booking)).await?;
            booking.id
        };
        tx.commit().await?;
        self.learn(day, counter);
        Ok(Ok(Reservation { id, day }))
    }

    /// Replaces what is held by what it cost. Without a reservation the cost is booked as it is: money that left
    /// is never hidden.
    pub(crate) async fn settle_cost(
        &self,
        who: &Spender<'_>,
        held: Option<&Reservation>,
        cost: MicroUsd,
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.db.begin_durable().await?;
        let (day, counter) = if let Some(held) = held {
            let bound = store::settle(&mut tx, &held.id, cost.0, now.as_millisecond()).await?;
            let bound = bound.ok_or_else(|| Error::internal("settling money", "settled twice"))?;
            if cost.0 > bound {
                tracing::error!(
                    request_id = who.request_id,
                    bound,
                    cost = cost.0,
                    "a request cost more than its bound"
                );
            }
            (held.day, store::add(&mut tx, &held.day.key(), cost.0, -bound).await?)
        } else {
            tracing::error!(
                request_id = who.request_id,
                cost = cost.0,
                "a request cost money it had not reserved"
            );
            let day = self.gateway.today.day(now);
            let row = who.row(now, MicroUsd::ZERO, cost);
            let booking = Booking { row: &row, id: self.clock.new_id(), day: day.key(), open: false };
            store::insert(&mut tx, std::slice::from_ref(&booking)).await?;
            (day, store::add(&mut tx, &day.key(), cost.0, 0).await?)
        };
        tx.commit().await?;
        self.learn(day, counter);
        Ok(())
    }

    /// Books settled costs of the past, for the demo's history and for tests. All or nothing.
    pub async fn insert_settled(&self, rows: &[LedgerRow]) -> Result<()> {
        let zone = &self.gateway.today.zone;
        let mut days = BTreeMap::<String, i64>::new();
        let mut bookings = Vec::with_capacity(rows.len());
        let mut day = CostDay::at(Timestamp::UNIX_EPOCH, zone);
        for row in rows {
            if !day.contains(row.at) {
                day = CostDay::at(row.at, zone);
            }
            *days.entry(day.key()).or_default() += row.settled.0;
            bookings.push(Booking { row, id: self.clock.new_id(), day: day.key(), open: false });
        }
        let mut tx = self.db.begin_write().await?;
        store::insert(&mut tx, &bookings).await?;
        for (day, spent) in days {
            store::add(&mut tx, &day, spent, 0).await?;
        }
        tx.commit().await?;
        self.refresh_today().await
    }

    /// Forgets requests settled more than 400 days ago; the sums of their days stay.
    pub(crate) async fn trim_ledger(&self) -> Result<()> {
        let oldest = self.clock.now() - SignedDuration::from_hours(24 * KEEP_DAYS);
        store::delete_settled_before(self.db.write(), oldest.as_millisecond()).await?;
        Ok(())
    }

    /// Reads today's counter into memory.
    pub(crate) async fn refresh_today(&self) -> Result<()> {
        let day = self.gateway.today.day(self.clock.now());
        let counter = store::counter(self.db.read(), &day.key()).await?;
        self.learn(day, counter);
        Ok(())
    }

    /// The refusal of a call that admission had degraded already.
    pub(crate) async fn cost_refusal(&self, bound: MicroUsd, reason: &str) -> Result<CostRefusal> {
        let day = self.gateway.today.day(self.clock.now());
        let counter = store::counter(self.db.read(), &day.key()).await?;
        Ok(self.refusal(&day, counter, bound, reason))
    }

    fn refusal(&self, day: &CostDay, counter: Counter, asked: MicroUsd, reason: &str) -> CostRefusal {
        CostRefusal {
            reason: reason.to_owned(),
            limit_source: "global day".to_owned(),
            asked_usd: asked.usd(),
            spent_usd: MicroUsd(counter.spent_micro).usd(),
            reserved_usd: MicroUsd(counter.reserved_micro).usd(),
            limit_usd: self.gateway.today.caps.ceiling.usd(),
            resets_at: day.end,
        }
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
