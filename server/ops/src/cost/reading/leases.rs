//! Who holds what of which sum: the leases that processes have taken, for people to read.

use domain::money::MicroUsd;
use jiff::Timestamp;
use serde::Serialize;

use crate::Ops;
use crate::clock::at;
use crate::cost::lease::LeaseRow;
use crate::error::Result;

/// One process's part of one sum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeaseNow {
    /// The last characters of the process's id.
    pub instance: String,
    /// Whether it is the process that answers this.
    pub own: bool,
    /// When it last said that it lives.
    pub seen_at: Timestamp,
    /// `2026-03-03` or `2026-03`, in the cost zone.
    pub window: String,
    /// `global`, `agent:routine`, `model:m`.
    pub sum: String,
    /// Of what only essential agents may use.
    pub essential: bool,
    /// Taken in the worst case, and by what is likely: for calls in flight, for what is not booked yet, and to be ready.
    pub bound_usd: f64,
    pub likely_usd: f64,
}

impl Ops {
    /// The largest first, people's last, at most 200; people's sums only for who may see them.
    pub async fn leases_now(&self, people: bool) -> Result<Vec<LeaseNow>> {
        let (own, rows, seen) = self.lease_rows(200).await?;
        let kept = rows.into_iter().filter(|row| people || !row.scope.starts_with("user:"));
        let told = kept.map(|row| {
            let LeaseRow { instance, day, scope, essential, bound_micro, likely_micro } = row;
            let seen_at = seen.iter().find(|(id, _)| *id == instance).map_or(0, |(_, seen_at)| *seen_at);
            LeaseNow {
                own: instance == own,
                instance: instance[instance.len().saturating_sub(8)..].to_owned(),
                seen_at: at(seen_at),
                window: day,
                sum: scope,
                essential: essential != 0,
                bound_usd: MicroUsd(bound_micro).usd(),
                likely_usd: MicroUsd(likely_micro).usd(),
            }
        });
        let mut told: Vec<LeaseNow> = told.collect();
        // People's after the service's, which are what others wait for.
        told.sort_by_key(|lease| lease.sum.starts_with("user:"));
        Ok(told)
    }
}
