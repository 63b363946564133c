//! The proof of admission. Nothing outside the gateway can make one, and every way to a model asks for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::access::Tier;
use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use jiff::Timestamp;

use super::Admission;
use crate::access::Caller;
use crate::releases::Release;

/// Held while a request is answered; counts as in flight until it is dropped.
#[derive(Debug)]
pub struct Permit {
    request_id: String,
    agent: Agent,
    tenant: TenantId,
    user: UserId,
    tier: Tier,
    key_prefix: String,
    release: Arc<Release>,
    degraded: Option<String>,
    admitted_at: Timestamp,
    in_flight: Arc<AtomicU64>,
}

impl Permit {
    pub(super) fn new(
        caller: &Caller,
        ask: Admission,
        release: Arc<Release>,
        degraded: Option<String>,
        admitted_at: Timestamp,
        in_flight: &Arc<AtomicU64>,
    ) -> Self {
        in_flight.fetch_add(1, Ordering::Relaxed);
        Self {
            request_id: ask.request_id,
            agent: ask.agent,
            tenant: caller.tenant.clone(),
            user: ask.user,
            tier: caller.tier,
            key_prefix: caller.key_prefix.clone(),
            release,
            degraded,
            admitted_at,
            in_flight: Arc::clone(in_flight),
        }
    }

    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    pub fn agent(&self) -> Agent {
        self.agent
    }

    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub fn user(&self) -> &UserId {
        &self.user
    }

    pub fn tier(&self) -> Tier {
        self.tier
    }

    pub fn key_prefix(&self) -> &str {
        &self.key_prefix
    }

    /// The release in force when this request was admitted; it keeps it to its end.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Why the answer is less than it would normally be.
    pub fn degraded(&self) -> Option<&str> {
        self.degraded.as_deref()
    }

    pub fn admitted_at(&self) -> Timestamp {
        self.admitted_at
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
