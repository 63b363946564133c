//! Requests of the same person, one after the other: the second finds what the first has stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use domain::id::{TenantId, UserId};

/// One lock per person with a request under way; forgotten when nobody holds it.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<(TenantId, UserId), Weak<Flight>>>);

/// Held while a person's request is answered.
type Flight = tokio::sync::Mutex<()>;

/// Above it the ended ones are swept out; those under way are bounded by the requests in flight.
const SWEEP_AT: usize = 1_024;

impl Flights {
    pub(super) fn of(&self, tenant: &TenantId, user: &UserId) -> Arc<Flight> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
}
