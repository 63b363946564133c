//! How full the sums are, for admission: what the store said last and what this process has spent since, in memory.
//!
//! Every exchange tells what it booked, and four times a second the service's sums are read again, with those of people who
//! are being answered here: so another instance's spending is known within a quarter of a second, a person's at the latest
//! with the first call made for them here. Only policies read it; the ledger decides by the store.

use domain::access::Tier;
use domain::agent::Agent;
use domain::cost_day::CostDay;
use domain::degrade::Sum;
use domain::degrade::decide::Filling;
use domain::money::MicroUsd;
use jiff::Timestamp;

use super::ledger::{LedgerRow, Spender};
use super::scopes::{self, Limit, Scope};
use super::store;
use crate::Ops;
use crate::error::Result;

/// Sums read when the process starts; of people beyond, the fullest are known.
const MOST_AT_START: i64 = 20_000;

impl Ops {
    /// How full each capped sum is that a call of `who` counts in.
    pub(crate) fn fillings(&self, who: &Spender, now: Timestamp) -> Vec<Filling> {
        let day = self.gateway.today.day(now);
        let limits = self.limits_of(&who.row(now), &day);
        self.gateway.leases.fillings(&limits)
    }

    /// Of the service's sums, as the store knows them: of everything, and of each agent, tier and key.
    pub(super) fn service_fillings(&self, agent: Agent, now: Timestamp) -> Vec<(Scope, Filling)> {
        let today = &self.gateway.today;
        let day = today.day(now);
        let book = today.caps.get().book.clone();
        let keys = self.gateway.leases.keys();
        let all = scopes::service_limits(agent, &keys, &day, &book, now, &today.essential);
        let stored = self.gateway.leases.stored(all.iter().map(|limit| &limit.scope));
        let full = all
            .iter()
            .zip(stored)
            .filter_map(|(limit, spent)| Some((limit.scope.clone(), limit.filling(spent)?)));
        full.collect()
    }

    /// Reads the sums of today and this month, when the process starts.
    pub(crate) async fn load_sums(&self) -> Result<()> {
        let windows = windows(&self.gateway.today.day(self.clock.now()));
        let version = self.gateway.leases.version();
        let sums = store::fullest(self.db.read(), &windows, MOST_AT_START).await?;
        self.gateway.leases.know(version, &windows, sums);
        Ok(())
    }

    /// Part of the task `switches`: what others have spent.
    pub(crate) async fn refresh_sums(&self) -> Result<()> {
        let windows = windows(&self.gateway.today.day(self.clock.now()));
        let mut names: Vec<String> = vec![scopes::GLOBAL.to_owned(), scopes::GLOBAL_MONTH.to_owned()];
        names.extend(Agent::BOOKED.map(|agent| format!("agent:{agent}")));
        names.extend(Tier::ALL.map(|tier| format!("tier:{}", tier.as_str())));
        names.extend(self.gateway.leases.keys());
        names.extend(self.gateway.leases.active_people());
        // An exchange in between would be seen by one and not by the other: the next poll sees both.
        let version = self.gateway.leases.version();
        let sums = store::spent_of(self.db.read(), &windows, &names).await?;
        self.gateway.leases.know(version, &windows, sums);
        Ok(())
    }
}

/// Today and this month.
fn windows(day: &CostDay) -> [String; 2] {
    let date = day.key();
    let month = date[..7].to_owned();
    [date, month]
}

impl Spender {
    /// A call of theirs as the ledger would have it, before a model is chosen.
    pub(super) fn row(&self, now: Timestamp) -> LedgerRow {
        LedgerRow {
            request_id: self.request_id.clone(),
            at: now,
            tenant: self.caller.tenant.clone(),
            user: self.user.clone(),
            agent: self.agent,
            tier: self.caller.tier,
            key_prefix: self.caller.key_prefix.clone(),
            release: self.release.clone(),
            model: None,
            price_version: None,
            reserved: MicroUsd::ZERO,
            settled: MicroUsd::ZERO,
        }
    }
}

impl Limit {
    /// `None`: no cap, or not a sum that policies look at.
    pub(super) fn filling(&self, spent: MicroUsd) -> Option<Filling> {
        let sum = match self.source {
            scopes::GLOBAL_DAY => Sum::Global,
            "global month" => Sum::Month,
            "tier day" => Sum::Tier,
            "agent day" => Sum::Agent,
            "key day" => Sum::Key,
            "person day" => Sum::Person,
            "person month" => Sum::PersonMonth,
            _ => return None,
        };
        Some(Filling { sum, spent, cap: MicroUsd(self.likely.or(self.bound)?) })
    }
}
