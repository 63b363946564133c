//! The right to answer one request. Only admission makes one, so no way to a model leads around it.
//!
//! A permit starts free: it costs nothing and writes nothing. Before a model is called, its worst case is reserved;
//! [`Permit::settle`] replaces that by what it really cost. Dropped without settling (the client went away, a panic),
//! what it reserved stays counted in full.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::agent::{Agent, Usage};
use domain::id::UserId;
use domain::money::MicroUsd;
use domain::release::AgentSettings;

use super::Admission;
use crate::Ops;
use crate::access::Caller;
use crate::cost::{CostRefusal, Reservation, Spender};
use crate::error::Result;
use crate::releases::Served;

#[must_use = "settle it when the request is answered"]
pub struct Permit {
    ops: Ops,
    caller: Caller,
    ask: Admission,
    release: Served,
    degraded: Option<&'static str>,
    reservation: Option<Reservation>,
    settled: bool,
}

/// Whether a model may be called for up to the asked amount.
#[derive(Clone, Debug, PartialEq)]
pub enum Reserve {
    Granted,
    /// Answer by the planner; the permit is degraded from now on.
    Refused(CostRefusal),
}

impl Permit {
    pub(super) fn new(
        ops: Ops,
        caller: Caller,
        ask: Admission,
        release: Served,
        degraded: Option<&'static str>,
    ) -> Self {
        ops.gateway.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { ops, caller, ask, release, degraded, reservation: None, settled: false }
    }

    pub fn request_id(&self) -> &str {
        &self.ask.request_id
    }

    pub fn agent(&self) -> Agent {
        self.ask.agent
    }

    pub fn user(&self) -> Option<&UserId> {
        self.ask.user.as_ref()
    }

    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Id of the release picked at admission: it stays, whatever is rolled back meanwhile.
    pub fn release(&self) -> &str {
        &self.release.id
    }

    pub fn settings(&self) -> &Arc<AgentSettings> {
        &self.release.settings
    }

    /// Why this answer must do without a model and without `force_refresh`; `None`: nothing is taken away.
    pub fn degraded(&self) -> Option<&'static str> {
        self.degraded
    }

    /// Holds `bound`, the worst case of one model call, against the day's ceiling. Must come before the call leaves.
    /// May be repeated (a repair round); the bounds add up. What was decided since admission counts: a shutoff set
    /// meanwhile lets no further call out.
    pub async fn reserve(&mut self, bound: MicroUsd) -> Result<Reserve> {
        if self.degraded.is_none() {
            self.degraded = self.ops.without_model(self.ops.shutoff().as_ref());
        }
        if let Some(reason) = self.degraded {
            let refusal = self.ops.cost_refusal(bound, reason).await?;
            return Ok(Reserve::Refused(refusal));
        }
        match self.ops.reserve_cost(&self.spender(), self.reservation.as_ref(), bound).await? {
            Ok(reservation) => {
                self.reservation = Some(reservation);
                Ok(Reserve::Granted)
            }
            Err(refusal) => {
                self.degraded = Some(super::admission::CEILING);
                Ok(Reserve::Refused(refusal))
            }
        }
    }

    fn spender(&self) -> Spender<'_> {
        Spender {
            request_id: &self.ask.request_id,
            agent: self.ask.agent,
            user: self.ask.user.as_ref(),
            caller: &self.caller,
            release: &self.release.id,
        }
    }

    /// The request is answered and cost this much. Free answers write nothing.
    /// On an error the reservation stays open and counts in full.
    pub async fn settle(mut self, usage: Usage) -> Result<()> {
        self.settled = true;
        let cost = usage.cost.max(MicroUsd::ZERO);
        if self.reservation.is_none() && cost == MicroUsd::ZERO {
            return Ok(());
        }
        self.ops.settle_cost(&self.spender(), self.reservation.as_ref(), cost).await
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.ops.gateway.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.settled {
            self.ops.gateway.counters.unsettled.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                request_id = %self.ask.request_id,
                agent = self.ask.agent.as_str(),
                holds_money = self.reservation.is_some(),
                "a permit was dropped without settling"
            );
        }
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit")
            .field("request_id", &self.ask.request_id)
            .field("agent", &self.ask.agent)
            .field("release", &self.release.id)
            .field("degraded", &self.degraded)
            .finish_non_exhaustive()
    }
}
