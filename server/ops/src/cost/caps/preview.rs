//! What an amount would do if it were the cap now: shown before anybody changes it, from the sums and rows there are.

use domain::access::Tier;
use domain::cap::{Amount, Rule, Window};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::store::{self, Sum, Whose};
use crate::Ops;
use crate::cost::refusal::next_month;
use crate::cost::scopes::GLOBAL;
use crate::error::Result;

/// Of the full sums, how many are named.
const NAMED: usize = 5;

/// What a cap would hit. Sums are those the rule covers: one, or one of each agent, model, key or person without a cap of
/// their own.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CapPreview {
    pub rule: String,
    /// Absent: no cap.
    pub amount_usd: Option<f64>,
    /// `2026-03-03` or `2026-03`, in the cost zone.
    pub window: String,
    #[schema(value_type = String, format = DateTime)]
    pub resets_at: Timestamp,
    /// Sums of this window that spent anything.
    pub sums: u64,
    /// Of these, how many have spent as much as the amount already: whoever asks next is answered by the planner.
    pub full: u64,
    /// Which, at most five; people are not named.
    pub full_names: Vec<String>,
    /// Spent in the window by the dearest of the sums.
    pub spent_usd: f64,
    /// Held for calls under way by the same.
    pub held_usd: f64,
    /// People for whom a model was called in the window, and in the last hour.
    pub people: u64,
    pub people_last_hour: u64,
    pub calls_last_hour: u64,
    pub last_hour_usd: f64,
    /// Minutes until the one sum is full at the rate of the last hour; absent: not in this window, or there are several.
    pub minutes_left: Option<u64>,
    /// Whether setting it lets more be spent than now: needs an operator with their password.
    pub raises: bool,
}

impl Ops {
    /// What `amount` would do as the cap of `rule`.
    pub async fn cap_preview(&self, rule: &Rule, amount: Amount) -> Result<CapPreview> {
        let (now, today) = (self.clock.now(), &self.gateway.today);
        let day = today.day(now);
        let (window, began_at, resets_at) = match rule.window() {
            Window::Day => (day.key(), day.start, day.end),
            Window::Month => {
                let first = today.zone.to_timestamp(day.date.first_of_month().into());
                (day.key()[..7].to_owned(), first.unwrap_or(day.start), next_month(&day, &today.zone))
            }
        };
        let sums = self.covered(rule, &window, began_at).await?;
        let most = amount.most().unwrap_or(MicroUsd(i64::MAX));
        let full: Vec<&Sum> = sums.iter().filter(|sum| sum.spent_micro >= most.0).collect();
        let nameless = matches!(rule, Rule::People(..));
        let name = |sum: &&Sum| sum.scope.split_once(':').map_or(GLOBAL, |(_, name)| name).to_owned();
        let (from, to) = (began_at.as_millisecond(), now.as_millisecond() + 1);
        let whose = whose(rule);
        let all = store::activity(self.db.read(), &whose, from, to).await?;
        let hour_ago = to - SignedDuration::from_hours(1).as_millis() as i64;
        let hour = store::activity(self.db.read(), &whose, hour_ago, to).await?;
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let dearest = sums.first();
        let spent = dearest.map_or(0, |sum| sum.spent_micro);
        // The budget and people's caps count calls under way as they are likely to end.
        let by_likely = matches!(rule, Rule::Alert | Rule::Budget | Rule::People(..) | Rule::Person(..));
        let held = dearest.map_or(0, |sum| if by_likely { sum.likely_micro } else { sum.reserved_micro });
        let left = resets_at.as_millisecond() - now.as_millisecond();
        let minutes = minutes_left(most, MicroUsd(spent), MicroUsd(hour.spent_micro))
            .filter(|minutes| covers_one(rule) && amount != Amount::NoCap && count(left) / 60_000 > *minutes);
        let tiers = self.tiers_of(rule).await?;
        let raises = {
            let caps = today.caps.get();
            tiers.iter().any(|tier| amount > caps.book.base(rule, *tier))
        };
        Ok(CapPreview {
            rule: rule.to_string(),
            amount_usd: amount.usd(),
            window,
            resets_at,
            sums: sums.iter().filter(|sum| sum.spent_micro > 0).count() as u64,
            full: full.len() as u64,
            full_names: full.iter().filter(|_| !nameless).take(NAMED).map(name).collect(),
            spent_usd: MicroUsd(spent).usd(),
            held_usd: MicroUsd(held).usd(),
            people: count(all.people),
            people_last_hour: count(hour.people),
            calls_last_hour: count(hour.calls),
            last_hour_usd: MicroUsd(hour.spent_micro).usd(),
            minutes_left: minutes,
            raises,
        })
    }

    /// The sums a rule is the cap of, the dearest first.
    async fn covered(&self, rule: &Rule, window: &str, began_at: Timestamp) -> Result<Vec<Sum>> {
        let db = self.db.read();
        let mut sums = match rule {
            Rule::Alert | Rule::Budget | Rule::Ceiling => store::sum(db, window, GLOBAL).await?,
            Rule::Month => store::sum(db, window, "month:global").await?,
            Rule::Tier(tier) => store::sum(db, window, &format!("tier:{}", tier.as_str())).await?,
            Rule::Agent(Some(agent)) => store::sum(db, window, &format!("agent:{agent}")).await?,
            Rule::Model(Some(name)) => store::sum(db, window, &format!("model:{name}")).await?,
            Rule::Key(Some(prefix)) => store::sum(db, window, &format!("key:{prefix}")).await?,
            Rule::Person(tenant, user, _) => store::sum(db, window, &format!("user:{tenant}/{user}")).await?,
            Rule::Agent(None) => store::sums(db, window, "agent:").await?,
            Rule::Model(None) => store::sums(db, window, "model:").await?,
            Rule::Key(None) => store::sums(db, window, "key:").await?,
            Rule::People(tier, _) => {
                store::sums_of_people(db, window, tier.as_str(), began_at.as_millisecond()).await?
            }
        };
        for sum in &mut sums {
            sum.follow(|scope, stored| self.gateway.leases.exact(scope, stored), window);
        }
        // What has a cap of its own is not this one's.
        let caps = self.gateway.today.caps.get();
        let own = |sum: &Sum| {
            let scope = sum.scope.replacen("user:", "person:", 1);
            let its = Rule::parse(&format!("{scope}:{}", rule.window().as_str())).ok();
            its.is_some_and(|its| its != *rule && caps.book.given(&its).is_some())
        };
        Ok(sums.into_iter().filter(|sum| covers_one(rule) || !own(sum)).collect())
    }
}

fn covers_one(rule: &Rule) -> bool {
    !matches!(rule, Rule::Agent(None) | Rule::Model(None) | Rule::Key(None) | Rule::People(..))
}

/// 0 when it is full.
fn minutes_left(most: MicroUsd, spent: MicroUsd, last_hour: MicroUsd) -> Option<u64> {
    let left = most.0.saturating_sub(spent.0).max(0);
    if left == 0 {
        return Some(0);
    }
    (last_hour > MicroUsd::ZERO).then(|| (left as f64 / (last_hour.0 as f64 / 60.0)).ceil() as u64)
}

/// The rows of the ledger that a rule is about.
fn whose(rule: &Rule) -> Whose {
    let everybody = Whose::default();
    let of_tier = |tier: Tier| Whose { tier: tier.as_str().to_owned(), ..Whose::default() };
    match rule {
        Rule::Tier(tier) | Rule::People(tier, _) => of_tier(*tier),
        Rule::Agent(Some(agent)) => Whose { agent: agent.to_string(), ..everybody },
        Rule::Model(Some(model)) => Whose { model: model.clone(), ..everybody },
        Rule::Key(Some(prefix)) => Whose { key: prefix.clone(), ..everybody },
        Rule::Person(tenant, user, _) => {
            Whose { tenant: tenant.to_string(), user: user.to_string(), ..everybody }
        }
        _ => everybody,
    }
}
