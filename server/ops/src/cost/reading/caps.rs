//! Every sum of today and this month, and how full its cap is.

use std::collections::HashMap;

use domain::access::Tier;
use domain::money::MicroUsd;
use jiff::Timestamp;
use serde::Serialize;

use super::store::{self, Sum};
use crate::Ops;
use crate::cost::scopes::GLOBAL;
use crate::error::Result;

/// Sums looked at; people beyond are those who spent least.
const MOST: i64 = 300;
/// People shown.
const MOST_PEOPLE: usize = 20;

/// One sum and one cap of it. What is held counts as the cap judges it: in its worst case, for the budget and for people as
/// is likely.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapNow {
    /// `global`, `tier`, `agent`, `model`, `key`, `person`.
    pub kind: &'static str,
    /// Which one: `routine`, `sim-small`, `t/ana`; of everything `budget`, `ceiling` or `month`.
    pub name: String,
    /// `2026-03-03` or `2026-03`, in the cost zone.
    pub window: String,
    pub spent_usd: f64,
    pub held_usd: f64,
    /// Absent: spending is summed, not capped.
    pub cap_usd: Option<f64>,
    /// Of the cap, 0 to 1 and above.
    pub share: Option<f64>,
    pub resets_at: Timestamp,
}

impl Ops {
    /// The capped first, the fullest of them first; then the others, the dearest first. At most 20 people, and none unless
    /// `people`.
    pub async fn caps_now(&self, people: bool) -> Result<Vec<CapNow>> {
        let today = &self.gateway.today;
        let day = today.day(self.clock.now());
        let date = day.key();
        let mut sums = store::sums(self.db.read(), &date, &date[..7], MOST).await?;
        for sum in &mut sums {
            let (scope, counter) = sum.split();
            sum.set(self.gateway.leases.exact(&scope, counter));
        }
        let mut left = if people { MOST_PEOPLE } else { 0 };
        let sums: Vec<Sum> = sums
            .into_iter()
            .filter(|sum| {
                let kept = !sum.scope.starts_with("user:") || left > 0;
                left -= usize::from(kept && sum.scope.starts_with("user:"));
                kept
            })
            .collect();
        let persons: Vec<String> =
            sums.iter().filter_map(|sum| sum.scope.strip_prefix("user:").map(str::to_owned)).collect();
        let tiers: HashMap<String, String> =
            store::tiers(self.db.read(), &persons).await?.into_iter().collect();
        let next_month = crate::cost::refusal::next_month(&day, &today.zone);
        let mut caps: Vec<CapNow> = sums
            .iter()
            .flat_map(|sum| {
                let monthly = sum.day.len() == 7;
                let resets_at = if monthly { next_month } else { day.end };
                let capped = self.caps_of(sum, monthly, &tiers);
                capped.into_iter().map(move |capped| capped.now(sum, resets_at))
            })
            .collect();
        caps.sort_by(|a, b| {
            let fullness = |cap: &CapNow| cap.share.unwrap_or(-1.0);
            fullness(b).total_cmp(&fullness(a)).then(b.spent_usd.total_cmp(&a.spent_usd))
        });
        Ok(caps)
    }

    /// The caps of a sum; one of zero dollars is none.
    fn caps_of<'a>(&self, sum: &'a Sum, monthly: bool, tiers: &HashMap<String, String>) -> Vec<Capped<'a>> {
        let own = &self.config.caps;
        let (kind, name) = sum.scope.split_once(':').unwrap_or((GLOBAL, ""));
        let by_bound = |kind, name, usd| vec![Capped { kind, name, usd, by_bound: true }];
        match kind {
            "tier" => by_bound("tier", name, Tier::parse(name).map_or(0.0, |tier| own.tier_day(tier))),
            "agent" => by_bound("agent", name, own.agent_day_usd),
            "model" => by_bound("model", name, own.model_day_usd),
            "key" => by_bound("key", name, own.key_day_usd),
            "month" => by_bound(GLOBAL, "month", own.global_month_usd),
            "user" => {
                let tier = tiers.get(name).and_then(|tier| Tier::parse(tier).ok());
                let (per_day, per_month) = tier.map_or((0.0, 0.0), |tier| own.person(tier));
                let usd = if monthly { per_month } else { per_day };
                vec![Capped { kind: "person", name, usd, by_bound: false }]
            }
            _ => {
                let caps = &self.gateway.today.caps;
                let budget = Capped { kind: GLOBAL, name: "budget", usd: caps.budget.usd(), by_bound: false };
                let ceiling =
                    Capped { kind: GLOBAL, name: "ceiling", usd: caps.ceiling.usd(), by_bound: true };
                vec![budget, ceiling]
            }
        }
    }
}

/// One cap, before it is held against its sum.
struct Capped<'a> {
    kind: &'static str,
    name: &'a str,
    usd: f64,
    /// Whether calls under way count in their worst case.
    by_bound: bool,
}

impl Capped<'_> {
    fn now(self, sum: &Sum, resets_at: Timestamp) -> CapNow {
        let held = if self.by_bound { sum.reserved_micro } else { sum.likely_micro };
        let (spent_usd, held_usd) = (MicroUsd(sum.spent_micro).usd(), MicroUsd(held).usd());
        let cap_usd = (self.usd > 0.0).then_some(self.usd);
        CapNow {
            kind: self.kind,
            name: self.name.to_owned(),
            window: sum.day.clone(),
            spent_usd,
            held_usd,
            cap_usd,
            share: cap_usd.map(|cap| (spent_usd + held_usd) / cap),
            resets_at,
        }
    }
}
