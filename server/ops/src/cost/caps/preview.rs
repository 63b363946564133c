//! What an amount would do if it were the cap now: shown before anybody changes it, from the sums and rows there are.

use domain::access::Tier;
use domain::cap::{Amount, Rule, Window};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::store::{self, Sum, Whose};
use crate::Ops;
use crate::clock::at;
use crate::cost::refusal::next_month;
use crate::cost::scopes::{GLOBAL, GLOBAL_MONTH};
use crate::cost::spend::seen::{self, Seen};
use crate::cost::spend::{self, store::Of};
use crate::error::Result;
use crate::telemetry::LOOKED_AT;

/// Of the full sums, how many are named.
const NAMED: usize = 5;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

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
    /// Whether `people` may be more: of one model's or key's window only the newest 5,000 calls of everybody are looked at.
    pub people_at_least: bool,
    /// Whether there may have been more in the last hour, which is then looked at likewise; calls and money of a key or a person
    /// too.
    pub last_hour_at_least: bool,
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
        let most = amount.most().unwrap_or(MicroUsd(i64::MAX));
        let covered = self.covered(rule, &window, most).await?;
        let to = at(now.as_millisecond() + 1);
        let (people, people_at_least) = self.people_of(rule, &window, (began_at, to)).await?;
        let hour = self.calls_of_last_hour(rule, to).await?;
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let dearest = covered.sums.first();
        let spent = dearest.map_or(0, |sum| sum.spent_micro);
        // The budget and people's caps count calls under way as they are likely to end.
        let by_likely = matches!(rule, Rule::Alert | Rule::Budget | Rule::People(..) | Rule::Person(..));
        let held = dearest.map_or(0, |sum| if by_likely { sum.likely_micro } else { sum.reserved_micro });
        let left = resets_at.as_millisecond() - now.as_millisecond();
        let minutes = minutes_left(most, MicroUsd(spent), hour.per_hour)
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
            sums: count(covered.spending),
            full: count(covered.full),
            full_names: covered.full_names,
            spent_usd: MicroUsd(spent).usd(),
            held_usd: MicroUsd(held).usd(),
            people: count(people),
            people_last_hour: count(hour.people),
            people_at_least,
            last_hour_at_least: hour.at_least,
            calls_last_hour: count(hour.calls),
            last_hour_usd: MicroUsd(hour.spent_micro).usd(),
            minutes_left: minutes,
            raises,
        })
    }

    /// The sums a rule is the cap of. What has a cap of its own is not this one's.
    async fn covered(&self, rule: &Rule, window: &str, most: MicroUsd) -> Result<Covered> {
        let db = self.db.read();
        let mut sums = match rule {
            Rule::Alert | Rule::Budget | Rule::Ceiling => store::sum(db, window, GLOBAL).await?,
            Rule::Month => store::sum(db, window, GLOBAL_MONTH).await?,
            Rule::Tier(tier) => store::sum(db, window, &format!("tier:{}", tier.as_str())).await?,
            Rule::Agent(Some(agent)) => store::sum(db, window, &format!("agent:{agent}")).await?,
            Rule::Model(Some(name)) => store::sum(db, window, &format!("model:{name}")).await?,
            Rule::Key(Some(prefix)) => store::sum(db, window, &format!("key:{prefix}")).await?,
            Rule::Person(tenant, user, _) => store::sum(db, window, &format!("user:{tenant}/{user}")).await?,
            Rule::Agent(None) => store::sums(db, window, "agent").await?,
            Rule::Model(None) => store::sums(db, window, "model").await?,
            Rule::Key(None) => store::sums(db, window, "key:").await?,
            Rule::People(tier, _) => return self.people_covered(rule, *tier, window, most).await,
        };
        for sum in &mut sums {
            sum.follow(|scope, stored| self.gateway.leases.exact(scope, stored), window);
        }
        sums.retain(|sum| covers_one(rule) || !self.has_a_cap_of_its_own(sum, rule));
        let full: Vec<&Sum> = sums.iter().filter(|sum| sum.spent_micro >= most.0).collect();
        let name = |sum: &&Sum| sum.scope.split_once(':').map_or(GLOBAL, |(_, name)| name).to_owned();
        Ok(Covered {
            spending: sums.iter().filter(|sum| sum.spent_micro > 0).count() as i64,
            full: full.len() as i64,
            full_names: full.iter().take(NAMED).map(name).collect(),
            sums,
        })
    }

    /// People are counted by the store, as of its last exchange, and not named.
    async fn people_covered(&self, rule: &Rule, tier: Tier, window: &str, most: MicroUsd) -> Result<Covered> {
        let db = self.db.read();
        let asked = Seen::tier(tier);
        let own: Vec<String> = {
            let caps = self.gateway.today.caps.get();
            let scope = |own: &Rule| match own {
                Rule::Person(tenant, user, of) if *of == rule.window() => {
                    Some(format!("user:{tenant}/{user}"))
                }
                _ => None,
            };
            caps.book.set.keys().filter_map(scope).collect()
        };
        let mut all = store::reached(db, window, asked, most.0).await?;
        for scope in &own {
            let one = store::reached_by(db, window, asked, most.0, scope).await?;
            all.spending -= one.spending;
            all.full -= one.full;
        }
        let mut sums = store::dearest_people(db, window, asked, own.len() as i64 + 1).await?;
        sums.retain(|sum| !own.contains(&sum.scope));
        sums.truncate(1);
        for sum in &mut sums {
            sum.follow(|scope, stored| self.gateway.leases.exact(scope, stored), window);
        }
        Ok(Covered { sums, spending: all.spending, full: all.full, full_names: Vec::new() })
    }

    fn has_a_cap_of_its_own(&self, sum: &Sum, rule: &Rule) -> bool {
        let its = Rule::parse(&format!("{}:{}", sum.scope, rule.window().as_str())).ok();
        its.is_some_and(|its| its != *rule && self.gateway.today.caps.get().book.given(&its).is_some())
    }

    /// For whom a model was called in the window; whether there may be more.
    async fn people_of(
        &self,
        rule: &Rule,
        window: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<(i64, bool)> {
        let db = self.db.read();
        let of = match rule {
            Rule::Tier(tier) | Rule::People(tier, _) => Seen::tier(*tier),
            Rule::Agent(Some(agent)) => Seen::agent(*agent),
            Rule::Person(tenant, user, _) => {
                let seen = store::seen(db, &format!("user:{tenant}/{user}"), (window, window)).await?;
                return Ok((i64::from(seen != Seen::default()), false));
            }
            Rule::Model(Some(_)) | Rule::Key(Some(_)) => {
                let (from, to) = (from.as_millisecond(), to.as_millisecond());
                let all = store::activity(db, &whose(rule), from, to, LOOKED_AT).await?;
                return Ok((all.people, all.looked >= LOOKED_AT));
            }
            _ => seen::ANY,
        };
        Ok((store::people(db, window, of).await?, false))
    }

    /// The hour before `to`: of the newest calls, and where these are not all, money and calls by the sums that know them.
    async fn calls_of_last_hour(&self, rule: &Rule, to: Timestamp) -> Result<LastHour> {
        let db = self.db.read();
        let from = to - HOUR;
        let found =
            store::activity(db, &whose(rule), from.as_millisecond(), to.as_millisecond(), LOOKED_AT).await?;
        let mut hour = LastHour {
            people: found.people,
            calls: found.calls,
            spent_micro: found.spent_micro,
            at_least: found.looked >= LOOKED_AT,
            per_hour: MicroUsd(found.spent_micro),
        };
        if !hour.at_least {
            return Ok(hour);
        }
        let of = match rule {
            Rule::Tier(tier) | Rule::People(tier, _) => Some(Of { tier: tier.as_str(), ..Of::default() }),
            Rule::Agent(Some(agent)) => Some(Of { agent: agent.as_str(), ..Of::default() }),
            Rule::Model(Some(model)) => Some(Of { model, ..Of::default() }),
            Rule::Key(Some(_)) | Rule::Person(..) => None,
            _ => Some(Of::default()),
        };
        match of {
            Some(of) => {
                (hour.calls, hour.spent_micro) =
                    spend::store::spent_of(db, &self.parts(from, to), of).await?;
                hour.per_hour = MicroUsd(hour.spent_micro);
            }
            // At the rate of as much of the hour as was looked at.
            None => {
                let length = to.as_millisecond() - found.since.unwrap_or(from.as_millisecond());
                let rate = hour.spent_micro as f64 / length.max(1) as f64;
                hour.per_hour = MicroUsd((rate * HOUR.as_millis() as f64) as i64);
            }
        }
        Ok(hour)
    }
}

/// What a rule is the cap of.
struct Covered {
    /// The dearest first; of people only the dearest.
    sums: Vec<Sum>,
    spending: i64,
    full: i64,
    full_names: Vec<String>,
}

struct LastHour {
    people: i64,
    calls: i64,
    spent_micro: i64,
    /// Only the newest calls were looked at.
    at_least: bool,
    per_hour: MicroUsd,
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
