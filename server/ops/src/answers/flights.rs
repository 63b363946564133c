//! Requests of the same person, one after the other: the second finds what the first has stored.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// One flight per person with a request under way; forgotten when nobody holds it.
#[derive(Default)]
pub(crate) struct Flights {
    under_way: Mutex<HashMap<(TenantId, UserId), Weak<Flight>>>,
    waited: AtomicU64,
    shared: AtomicU64,
}

/// A person's requests under way.
#[derive(Default)]
pub(crate) struct Flight {
    /// Held while one of them is answered.
    turn: tokio::sync::Mutex<()>,
    /// Answers made in this flight, by agent.
    made: [AtomicU64; Agent::ALL.len()],
}

/// Since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlightsCount {
    /// Answered requests that had waited for another one of the same person.
    pub waited: u64,
    /// Of these, answered by what the other one had made meanwhile.
    pub shared: u64,
}

/// Its turn: nobody else answers this person until it is dropped.
pub(super) struct Turn<'a> {
    _turn: tokio::sync::MutexGuard<'a, ()>,
    /// What the flight had made when this request began to wait; absent: it did not.
    before: Option<Made>,
}

type Made = [u64; Agent::ALL.len()];

/// Above it the ended ones are swept out; those under way are bounded by the requests in flight.
const SWEEP_AT: usize = 1_024;

impl Flight {
    /// Waits until the others of this person are answered.
    pub(super) async fn turn(&self) -> Turn<'_> {
        match self.turn.try_lock() {
            Ok(turn) => Turn { _turn: turn, before: None },
            Err(_) => {
                let before = Some(self.made());
                Turn { _turn: self.turn.lock().await, before }
            }
        }
    }

    /// An answer of this agent was made and stored.
    pub(super) fn made_one(&self, agent: Agent) {
        self.made[agent as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn made(&self) -> Made {
        std::array::from_fn(|agent| self.made[agent].load(Ordering::Relaxed))
    }
}

impl Flights {
    pub(super) fn of(&self, tenant: &TenantId, user: &UserId) -> Arc<Flight> {
        let mut flights = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.len() >= SWEEP_AT {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
        let key = (tenant.clone(), user.clone());
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::default();
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }

    /// A request was answered in its turn. `from_memory`: nothing was made for it; `agents`: whose answers it gives.
    pub(super) fn answered(&self, flight: &Flight, turn: &Turn<'_>, agents: &[Agent], from_memory: bool) {
        let Some(before) = turn.before else { return };
        self.waited.fetch_add(1, Ordering::Relaxed);
        let now = flight.made();
        let by_others = agents.iter().any(|agent| now[*agent as usize] > before[*agent as usize]);
        self.shared.fetch_add(u64::from(from_memory && by_others), Ordering::Relaxed);
    }

    fn counts(&self) -> FlightsCount {
        FlightsCount {
            waited: self.waited.load(Ordering::Relaxed),
            shared: self.shared.load(Ordering::Relaxed),
        }
    }
}

impl crate::Ops {
    /// Does `work` when this process answers no request of the person, and lets none begin meanwhile.
    pub(crate) async fn when_alone<T>(
        &self,
        tenant: &TenantId,
        user: &UserId,
        work: impl Future<Output = T>,
    ) -> T {
        let flight = self.flights.of(tenant, user);
        let _turn = flight.turn().await;
        work.await
    }

    /// How often work was not done twice, because the same person had asked for it already.
    pub fn flights_count(&self) -> FlightsCount {
        self.flights.counts()
    }
}
