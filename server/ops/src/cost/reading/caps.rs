//! Every sum of today and this month, and how full its cap is.

use std::collections::HashMap;

use domain::access::Tier;
use domain::agent::Agent;
use domain::cap::book::Book;
use domain::cap::{Rule, Window};
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use jiff::Timestamp;
use serde::Serialize;

use super::store::{self, Sum};
use crate::Ops;
use crate::cost::CapSource;
use crate::cost::scopes::GLOBAL;
use crate::error::Result;

/// Sums shown; those beyond spent least.
const MOST: i64 = 300;
/// Of these, people's.
const MOST_PEOPLE: i64 = 20;

/// One sum and one cap of it. What is held counts as the cap judges it: in its worst case, for the budget and for people as
/// is likely.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
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
    /// Where the cap is from.
    pub source: CapSource,
    /// The cap's own name, to change it by: `agent:routine:day`.
    pub rule: String,
    /// Of the cap, 0 to 1 and above.
    pub share: Option<f64>,
    #[schema(value_type = String, format = DateTime)]
    pub resets_at: Timestamp,
}

impl Ops {
    /// The capped first, the fullest of them first; then the others, the dearest first. At most 20 people, and none unless
    /// `people`.
    pub async fn caps_now(&self, people: bool) -> Result<Vec<CapNow>> {
        let today = &self.gateway.today;
        let now = self.clock.now();
        let day = today.day(now);
        let book = today.caps.get().book.clone();
        let date = day.key();
        let mut sums = store::sums(self.db.read(), &date, &date[..7], MOST).await?;
        if people {
            sums.extend(store::fullest_people(self.db.read(), &date, &date[..7], MOST_PEOPLE).await?);
        }
        for sum in &mut sums {
            let (scope, counter) = sum.split();
            sum.set(self.gateway.leases.exact(&scope, counter));
        }
        let persons: Vec<_> =
            sums.iter().filter_map(|sum| person(sum.scope.strip_prefix("user:")?)).collect();
        let tiers: HashMap<String, String> =
            store::tiers(self.db.read(), &persons).await?.into_iter().collect();
        let next_month = crate::cost::refusal::next_month(&day, &today.zone);
        let mut caps: Vec<CapNow> = sums
            .iter()
            .flat_map(|sum| {
                let monthly = sum.day.len() == 7;
                let resets_at = if monthly { next_month } else { day.end };
                let (capped, book) = (self.caps_of(sum, monthly, &tiers), &book);
                capped.into_iter().map(move |capped| capped.now(sum, resets_at, book, now))
            })
            .collect();
        caps.sort_by(|a, b| {
            let fullness = |cap: &CapNow| cap.share.unwrap_or(-1.0);
            fullness(b).total_cmp(&fullness(a)).then(b.spent_usd.total_cmp(&a.spent_usd))
        });
        Ok(caps)
    }

    /// The caps of a sum.
    fn caps_of<'a>(&self, sum: &'a Sum, monthly: bool, tiers: &HashMap<String, String>) -> Vec<Capped<'a>> {
        let (kind, name) = sum.scope.split_once(':').unwrap_or((GLOBAL, ""));
        let by_bound = |kind, name, rule| vec![Capped { kind, name, rule, tier: Tier::Free, by_bound: true }];
        let global =
            |name, rule| Capped { kind: GLOBAL, name, rule, tier: Tier::Free, by_bound: name != "budget" };
        match kind {
            "tier" => {
                Tier::parse(name).map_or_else(|_| Vec::new(), |tier| by_bound("tier", name, Rule::Tier(tier)))
            }
            "agent" => by_bound("agent", name, Rule::Agent(Agent::parse(name))),
            "model" => by_bound("model", name, Rule::Model(Some(name.to_owned()))),
            "key" => by_bound("key", name, Rule::Key(Some(name.to_owned()))),
            "month" => vec![global("month", Rule::Month)],
            "user" => {
                let window = if monthly { Window::Month } else { Window::Day };
                let tier = tiers.get(name).and_then(|tier| Tier::parse(tier).ok()).unwrap_or(Tier::Free);
                let rule = person(name).map(|(tenant, user)| Rule::Person(tenant, user, window));
                rule.map(|rule| Capped { kind: "person", name, rule, tier, by_bound: false })
                    .into_iter()
                    .collect()
            }
            _ => vec![global("budget", Rule::Budget), global("ceiling", Rule::Ceiling)],
        }
    }
}

fn person(name: &str) -> Option<(TenantId, UserId)> {
    let (tenant, user) = name.split_once('/')?;
    Some((TenantId::parse(tenant).ok()?, UserId::parse(user).ok()?))
}

/// One cap, before it is held against its sum.
struct Capped<'a> {
    kind: &'static str,
    name: &'a str,
    rule: Rule,
    /// Under which a person is asked for.
    tier: Tier,
    /// Whether calls under way count in their worst case.
    by_bound: bool,
}

impl Capped<'_> {
    fn now(self, sum: &Sum, resets_at: Timestamp, book: &Book, now: Timestamp) -> CapNow {
        let held = if self.by_bound { sum.reserved_micro } else { sum.likely_micro };
        let (spent_usd, held_usd) = (MicroUsd(sum.spent_micro).usd(), MicroUsd(held).usd());
        let cap_usd = book.holds(&self.rule, self.tier, now).usd();
        CapNow {
            kind: self.kind,
            name: self.name.to_owned(),
            window: sum.day.clone(),
            spent_usd,
            held_usd,
            cap_usd,
            source: CapSource::of(book, &self.rule, self.tier, now),
            rule: self.rule.to_string(),
            share: cap_usd.map(|cap| (spent_usd + held_usd) / cap),
            resets_at,
        }
    }
}
