//! Processes that are gone: what they had taken was spent, because nobody knows better.
//!
//! Gone is who was not seen for a quarter of an hour by the watcher's own steady clock: no clock that was set makes a living
//! process look dead. One that was only stopped for so long finds itself given up, and takes its leases anew.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::access::Tier;
use domain::agent::Agent;
use domain::id::TenantId;
use domain::money::MicroUsd;

use super::store::{self, LeaseRow};
use crate::Ops;
use crate::cost::ledger::LedgerRow;
use crate::cost::scopes::{GLOBAL, Scope};
use crate::cost::store::{self as ledger, Amounts, Booking};
use crate::error::Result;

/// Longer than any call may take.
const GONE_AFTER: Duration = Duration::from_secs(15 * 60);

/// When each process was last seen to have changed: what it said, and when by our steady clock.
#[derive(Default)]
pub(super) struct Sightings(Mutex<HashMap<String, (i64, Duration)>>);

impl Sightings {
    /// Those of `instances` that have said nothing new for too long.
    fn gone(&self, instances: &[(String, i64)], own: &str, now: Duration) -> Vec<(String, i64)> {
        let mut sightings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sightings.retain(|id, _| instances.iter().any(|(known, _)| known == id));
        let silent = instances.iter().filter(|(id, seen_at)| {
            let sighting = sightings.entry(id.clone()).or_insert((*seen_at, now));
            if sighting.0 != *seen_at {
                *sighting = (*seen_at, now);
            }
            id != own && now.saturating_sub(sighting.1) >= GONE_AFTER
        });
        silent.cloned().collect()
    }
}

impl Ops {
    /// One activation of the task `ledger-sweep`.
    pub(crate) async fn sweep_ledger(&self) -> Result<()> {
        let own = self.gateway.leases.own();
        let instances = store::instances(self.db.read()).await?;
        for (id, seen_at) in self.gateway.leases.sightings.gone(&instances, &own, self.clock.monotonic()) {
            let mut tx = self.db.begin_durable().await?;
            if !store::give_up(&mut tx, &id, seen_at).await? {
                continue;
            }
            let leases = store::take_leases(&mut tx, &id).await?;
            let now = self.clock.now();
            let mut left = HashMap::<String, i64>::new();
            let mut sums = std::collections::BTreeMap::<Scope, Amounts>::new();
            for LeaseRow { day, scope, bound_micro, likely_micro, .. } in leases {
                if scope == GLOBAL {
                    *left.entry(day.clone()).or_default() += bound_micro;
                }
                let sum = sums.entry(Scope { window: day, name: scope }).or_default();
                sum.spent += bound_micro;
                sum.reserved -= bound_micro;
                sum.likely -= likely_micro;
            }
            if !sums.is_empty() {
                ledger::add(&mut tx, &sums).await?;
            }
            for (day, bound) in ledger::settle_open(&mut tx, &id, now.as_millisecond()).await? {
                *left.entry(day).or_default() -= bound;
            }
            // Every cent of a day's sum stands in a row of the ledger.
            let rows = left.into_iter().filter(|(_, micro)| *micro > 0);
            let rows: Vec<_> = rows.map(|(day, micro)| (day, lost(&id, micro, now))).collect();
            let bookings = rows.iter().map(|(day, row)| Booking {
                row,
                id: self.clock.new_id(),
                day: day.clone(),
                likely: 0,
                size_class: 0,
                instance: None,
                settled: Some((row.settled, domain::agent::TokenUse::default(), now)),
            });
            ledger::put(&mut tx, &bookings.collect::<Vec<_>>()).await?;
            tx.commit().await?;
            let micro: i64 = rows.iter().map(|(_, row)| row.settled.0).sum();
            tracing::warn!(
                instance = id,
                lost = micro,
                "a process is gone: what it had taken is booked as spent"
            );
        }
        Ok(())
    }
}

/// A row for what nobody can name any more.
fn lost(instance: &str, micro: i64, now: jiff::Timestamp) -> LedgerRow {
    let unknown = || "-".to_owned();
    LedgerRow {
        request_id: format!("lost-{instance}"),
        at: now,
        tenant: TenantId::parse("lost").expect("a tenant's name"),
        user: None,
        agent: Agent::Orchestrator,
        tier: Tier::Free,
        key_prefix: unknown(),
        release: unknown(),
        model: Some("lost with its process".to_owned()),
        price_version: None,
        reserved: MicroUsd(micro),
        settled: MicroUsd(micro),
    }
}
