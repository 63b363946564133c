//! A long past for measuring and for looking at: as many requests as asked for, with the calls of models behind them, their
//! sums, buckets and host samples, as if the service had run for so many days.
//!
//! The same seed, figures and end give the same past, but for the keys' prefixes, which nobody chooses. It is the demo's:
//! its tenant, its releases, its shapes of days and outcomes. It is written only into a store that holds nothing, and costs
//! what lets an average day end at 60 % of the configured budget.

use domain::access::{Scope, Tier};
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::cost_day::CostDay;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::calls::{self, Prices};
use super::dice::Dice;
use super::history::{Asker, HOUR_MS, RHYTHM, invented, release_at};
use super::outcome::{self, MEAN_CALL_USD, MIX};
use super::{ACTOR, TENANT, releases, store};
use crate::access::Caller;
use crate::access::keys::{KeyInfo, NewKey};
use crate::clock::at;
use crate::cost::PastCall;
use crate::error::{Error, Result};
use crate::telemetry::{HostPoint, Loading, RequestEvent};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Rows of one transaction.
const AT_ONCE: usize = 5_000;
/// Share of fresh answers that ask a model: about as many calls as there are requests.
const BY_MODEL: f64 = 0.75;
/// Requests of [`MIX`] that a model answers, of all.
const ANSWERED_BY_MODEL: f64 = 0.8 * BY_MODEL * 0.98;
/// Of the budget, what an average day costs.
const OF_BUDGET: f64 = 0.6;
/// The last day asks so much more than the first.
const GROWTH: f64 = 0.3;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Generate {
    /// 1 to 100 million.
    pub requests: u64,
    /// 1 to 400, up to now.
    pub days: u32,
    pub seed: u64,
    /// 1 to a million; `None`: one per 500 requests, 20 at least.
    pub people: Option<u32>,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    pub from: Timestamp,
    pub to: Timestamp,
    pub requests: u64,
    pub calls: u64,
    pub people: u32,
    pub cost: MicroUsd,
}

impl std::fmt::Display for Generated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to, requests, calls, people, cost } = self;
        write!(
            f,
            "{requests} requests of {people} people with {calls} model calls for {cost}, {} to {}, all of tenant {TENANT}",
            from.strftime("%F %R"),
            to.strftime("%F %R UTC")
        )
    }
}

impl Generate {
    fn check(&self) -> Result<u32> {
        let fault = |field: &'static str, words: &'static str| Err(Error::invalid(field, words));
        if !(1..=100_000_000).contains(&self.requests) {
            return fault("requests", "must be 1 to 100000000");
        }
        if !(1..=400).contains(&self.days) {
            return fault("days", "must be 1 to 400");
        }
        let usual = u32::try_from(self.requests / 500).unwrap_or(u32::MAX).clamp(20, 1_000_000);
        let people = self.people.unwrap_or(usual);
        if !(1..=1_000_000).contains(&people) {
            return fault("people", "must be 1 to 1000000");
        }
        Ok(people)
    }
}

/// Who asks, by which keys and under which releases.
struct Cast {
    callers: [Caller; 3],
    releases: Vec<String>,
    people: u32,
}

/// A part of an hour and how many requests begin in it.
struct Slot {
    from: i64,
    to: i64,
    requests: u64,
}

impl crate::Ops {
    /// Makes the past. `progress` is told after each day.
    ///
    /// # Errors
    /// `Invalid` names the figure out of range; `Conflict` when the store holds anything. An interrupted run leaves a part,
    /// which is then in the way of the next one.
    pub async fn generate(
        &self,
        wanted: &Generate,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Generated> {
        let people = wanted.check()?;
        if let Some(what) = store::holds(&self.db).await? {
            return Err(Error::Conflict(format!(
                "this store holds {what} already, and a generated past is never mixed with anything; nothing was \
                 changed. Name an empty folder (--data) or an empty database (DATABASE_URL)"
            )));
        }
        let to = self.clock.now_ms().div_euclid(MINUTE_MS) * MINUTE_MS;
        let from = to - i64::from(wanted.days) * DAY_MS;
        let cast = self.cast(people).await?;
        let budget = self.gateway.today.ladder(self.clock.now()).budget.usd();
        let usd = budget * OF_BUDGET * f64::from(wanted.days);
        let raw_usd = wanted.requests as f64 * ANSWERED_BY_MODEL * MEAN_CALL_USD;
        let prices = Prices { factor: usd / raw_usd };
        let mut made =
            Generated { from: at(from), to: at(to), requests: 0, calls: 0, people, cost: MicroUsd::ZERO };
        let mut loading = Loading::new(to);
        for slot in slots(wanted, from, to) {
            let (events, calls) = cast.hour(wanted.seed, &slot, to, prices);
            made.requests += events.len() as u64;
            made.calls += calls.len() as u64;
            made.cost += events.iter().map(|event| event.cost).sum();
            for some in events.chunks(AT_ONCE) {
                self.load_past(&mut loading, some).await?;
            }
            // What begins in this slot ends in the next hour at the latest, and nothing of the next one ends before it begins.
            self.write_past(&mut loading, slot.to).await?;
            for some in calls.chunks(AT_ONCE) {
                self.book_past(some).await?;
            }
            if slot.to % DAY_MS == 0 || slot.to == to {
                self.load_host_samples(&host(wanted.seed, slot.to, from)).await?;
                progress(&format!("{}: {} requests so far", at(slot.to).strftime("%F"), made.requests));
            }
        }
        self.write_past(&mut loading, i64::MAX).await?;
        self.refresh_today().await?;
        self.db.analyze().await?;
        Ok(made)
    }

    async fn cast(&self, people: u32) -> Result<Cast> {
        let (premium, _) = self.demo_caller().await?;
        let mut others = Vec::new();
        for tier in [Tier::Free, Tier::Admin] {
            let new = NewKey {
                tenant: TenantId::parse(TENANT)?,
                name: format!("generated past, {}", tier.as_str()),
                tier,
                scopes: vec![Scope::Agents],
                expires_at: None,
            };
            let KeyInfo { id, prefix, tenant, tier, scopes, .. } = self.create_key(&ACTOR, new).await?.key;
            others.push(Caller { key_id: id, key_prefix: prefix, tenant, tier, scopes });
        }
        let [free, admin] = <[Caller; 2]>::try_from(others)
            .map_err(|_| Error::internal("making the keys of a generated past", "there must be two"))?;
        let releases = releases::make(self, &ACTOR).await?;
        Ok(Cast { callers: [free, premium, admin], releases, people })
    }
}

/// All requests, spread over the hours as days go: quiet nights, busy afternoons, quieter weekends, a little more each day.
fn slots(wanted: &Generate, from: i64, to: i64) -> Vec<Slot> {
    let mut dice = Dice::of(wanted.seed, -1);
    let first = from.div_euclid(HOUR_MS) * HOUR_MS;
    let hours = (first..to).step_by(HOUR_MS as usize);
    let weighed: Vec<(i64, i64, f64)> = hours
        .map(|hour| {
            let (begin, end) = (hour.max(from), (hour + HOUR_MS).min(to));
            let rhythm = RHYTHM[usize::try_from((hour / HOUR_MS).rem_euclid(24)).unwrap_or(0)];
            let weekday = TimeZone::UTC.to_datetime(at(hour)).date().weekday();
            let weekend = if matches!(weekday, Weekday::Saturday | Weekday::Sunday) { 0.7 } else { 1.0 };
            let growth = 1.0 + GROWTH * (begin - from) as f64 / (to - from) as f64;
            let part = (end - begin) as f64 / HOUR_MS as f64;
            (begin, end, rhythm * weekend * growth * part * dice.between(0.9, 1.1))
        })
        .collect();
    let whole: f64 = weighed.iter().map(|(.., weight)| weight).sum();
    let (mut weight_so_far, mut made) = (0.0, 0);
    let last = weighed.len() - 1;
    let slot = |(place, (from, to, weight)): (usize, (i64, i64, f64))| {
        weight_so_far += weight;
        let due = if place == last {
            wanted.requests
        } else {
            (wanted.requests as f64 * weight_so_far / whole).round() as u64
        };
        let requests = due.saturating_sub(made);
        made = made.max(due);
        Slot { from, to, requests }
    };
    weighed.into_iter().enumerate().map(slot).collect()
}

impl Cast {
    /// Requests in the order they began, and the calls behind them likewise.
    fn hour(&self, seed: u64, slot: &Slot, end: i64, prices: Prices) -> (Vec<RequestEvent>, Vec<PastCall>) {
        let mut dice = Dice::of(seed, slot.from / MINUTE_MS);
        let today = CostDay::at(at(end), &TimeZone::UTC).start;
        let trouble = outcome::trouble(today, at(slot.from.div_euclid(HOUR_MS) * HOUR_MS));
        let mut events = Vec::with_capacity(usize::try_from(slot.requests).unwrap_or(0));
        let mut calls = Vec::with_capacity(events.capacity());
        for _ in 0..slot.requests {
            let begun = slot.from + (dice.share() * (slot.to - slot.from) as f64) as i64;
            let agent = dice.weighted(&MIX).unwrap_or(Agent::Behavior);
            // Few ask much, many ask little.
            let person = (dice.share().powi(2) * f64::from(self.people)) as u32;
            let caller = match person % 20 {
                0..13 => &self.callers[0],
                13..19 => &self.callers[1],
                _ => &self.callers[2],
            };
            let archetype = Archetype::ALL[person as usize % Archetype::ALL.len()];
            let asker = Asker {
                caller,
                user: UserId::parse(&format!("demo-{person:06}")).ok(),
                archetype: Some(archetype),
            };
            let release = release_at(&self.releases, at(end), at(begun));
            let mut event = invented(&mut dice, at(begun), agent, asker, release, BY_MODEL, trouble);
            let took = i64::try_from(event.duration_us / 1_000).unwrap_or(0) + 1;
            if begun + took >= end {
                event.at = at(end - 1 - took);
            }
            let made = calls::of(&mut dice, &event, prices);
            event.cost = made.iter().map(|call| call.row.settled).sum();
            event.attempts = u32::try_from(made.len()).unwrap_or(0);
            events.push(event);
            calls.extend(made);
        }
        // In the order they would have been written.
        events.sort_by(|a, b| (a.at, &a.request_id).cmp(&(b.at, &b.request_id)));
        calls.sort_by(|a, b| (a.row.at, &a.id).cmp(&(b.row.at, &b.id)));
        (events, calls)
    }
}

/// The minutes of the day that ends at `to`: memory that grows a little towards the afternoon.
fn host(seed: u64, to: i64, from: i64) -> Vec<HostPoint> {
    let mut dice = Dice::of(seed ^ 0x4057, to / MINUTE_MS);
    let first = ((to - 1).div_euclid(DAY_MS) * DAY_MS).max(from);
    let minutes = (first..to).step_by(MINUTE_MS as usize).filter(|minute| minute + MINUTE_MS <= to);
    minutes
        .map(|minute| {
            let rhythm = RHYTHM[usize::try_from((minute / HOUR_MS).rem_euclid(24)).unwrap_or(0)];
            HostPoint {
                at: at(minute),
                memory_bytes: ((52.0 + rhythm * 3.0 + dice.normal()) * 1e6) as u64,
                cpu_percent: (rhythm * 2.0 + dice.between(0.0, 3.0)).max(0.1),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn all_requests_find_their_hour_and_nights_are_quiet() {
        let to: i64 = "2026-03-03T07:30:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        for requests in [1, 7, 1_000, 100_000] {
            let wanted = Generate { requests, days: 3, seed: 1, people: None };
            let from = to - SignedDuration::from_hours(72).as_millis() as i64;
            let slots = slots(&wanted, from, to);
            assert_eq!(slots.iter().map(|slot| slot.requests).sum::<u64>(), requests);
            assert_eq!((slots[0].from, slots[slots.len() - 1].to, slots.len()), (from, to, 73));
            assert!(slots.windows(2).all(|pair| pair[0].to == pair[1].from));
            let at = |hour: i64| slots.iter().find(|slot| slot.from / HOUR_MS % 24 == hour).unwrap().requests;
            assert!(requests < 1_000 || at(18) > 5 * at(2), "{} {}", at(18), at(2));
        }
    }
}
