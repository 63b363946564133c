//! Thirty days of requests that never were: quiet nights, busy afternoons, quieter weekends, three troubles.
//!
//! The last hours are denser and end in the rate of the live traffic, so that the charts go on without a step.

use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::cost_day::CostDay;
use domain::id::UserId;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::dice::Dice;
use super::outcome::{self, MEAN_CALL_USD, MIX};
use super::people::Person;
use super::{SEED, readings};
use crate::access::Caller;
use crate::cost::LedgerRow;
use crate::error::Result;
use crate::telemetry::{RequestEvent, RequestFilter};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub(super) const HOUR_MS: i64 = 3_600_000;
/// Requests of an ordinary day before the last one.
const PER_DAY: f64 = 1_400.0;
const LAST_DAY_PER_DAY: f64 = 9_000.0;
/// Requests of the hour before the live traffic: its own rate.
const LAST_HOUR: f64 = 3.0 * 3_600.0;
/// Each hour before it had this share of the one after, down to what is usual.
const GROWTH: f64 = 0.55;

/// Share of a day's requests by UTC hour, sum about 100.
pub(super) const RHYTHM: [f64; 24] = [
    0.8, 0.5, 0.4, 0.4, 0.8, 2.0, 4.2, 6.0, 6.4, 5.6, 5.2, 5.4, 6.2, 5.8, 5.0, 4.8, 5.4, 6.4, 7.0, 6.8, 5.6,
    4.2, 2.8, 1.6,
];

/// What all events of the history share.
struct Scene<'a> {
    caller: &'a Caller,
    people: &'a [Person],
    releases: &'a [String],
    /// Beginning of the UTC day on which the history ends.
    today: Timestamp,
    /// Where it ends.
    end: Timestamp,
}

/// Loads the thirty days before `end`, oldest day first, unless they are there.
pub(super) async fn load(
    ops: &crate::Ops,
    caller: &Caller,
    people: &[Person],
    releases: &[String],
    end: Timestamp,
) -> Result<()> {
    let today = CostDay::at(end, &TimeZone::UTC).start;
    let scene = Scene { caller, people, releases, today, end };
    for ago in (0..=readings::DAYS).rev() {
        let from = (today - SignedDuration::from_hours(24 * ago))
            .max(end - SignedDuration::from_hours(24 * readings::DAYS));
        let to = (today + SignedDuration::from_hours(24 * (1 - ago))).min(end);
        if from >= to || is_loaded(ops, caller, from, to).await? {
            continue;
        }
        let events = scene.events(from, to);
        let ledger: Vec<_> = events.iter().filter_map(|event| Some((row(event)?, event.tokens))).collect();
        ops.load_history(events).await?;
        ops.insert_used(&ledger).await?;
    }
    Ok(())
}

async fn is_loaded(ops: &crate::Ops, caller: &Caller, from: Timestamp, to: Timestamp) -> Result<bool> {
    let tenant = Some(caller.tenant.to_string());
    let filter =
        RequestFilter { tenant, from: Some(from), to: Some(to), limit: 1, ..RequestFilter::default() };
    Ok(!ops.requests(&filter).await?.is_empty())
}

/// What the request cost, when it cost something and an agent of somebody's key answered it.
fn row(event: &RequestEvent) -> Option<LedgerRow> {
    Some(LedgerRow {
        request_id: event.request_id.clone(),
        at: event.at,
        tenant: event.tenant.clone()?,
        user: event.user.clone(),
        agent: event.agent?,
        tier: event.tier?,
        key_prefix: event.key_prefix.clone().unwrap_or_default(),
        release: event.release.clone().unwrap_or_default(),
        model: Some(super::MODEL.to_owned()),
        price_version: Some(super::TENANT.to_owned()),
        reserved: event.cost,
        settled: event.cost,
    })
    .filter(|row| row.settled.0 > 0)
}

impl Scene<'_> {
    /// Every request that began in [from, to) and ended before the history does. Both lie on hours, or at its edges.
    fn events(&self, from: Timestamp, to: Timestamp) -> Vec<RequestEvent> {
        let mut events = Vec::new();
        let mut hour =
            Timestamp::from_millisecond(from.as_millisecond().div_euclid(HOUR_MS) * HOUR_MS).unwrap_or(from);
        while hour < to {
            self.hour(hour, from, to, &mut events);
            hour += HOUR;
        }
        events
    }

    fn hour(&self, hour: Timestamp, from: Timestamp, to: Timestamp, events: &mut Vec<RequestEvent>) {
        let number = hour.as_millisecond() / HOUR_MS;
        let mut dice = Dice::of(SEED, number);
        let rhythm = RHYTHM[usize::try_from(number.rem_euclid(24)).unwrap_or(0)] / 100.0;
        let days_ago = self.today.duration_since(hour).as_hours() as f64 / 24.0;
        let weekday = TimeZone::UTC.to_datetime(hour).date().weekday();
        let weekend = if matches!(weekday, Weekday::Saturday | Weekday::Sunday) { 0.7 } else { 1.0 };
        let per_day = if days_ago < 0.0 { LAST_DAY_PER_DAY } else { PER_DAY };
        let hours_back = self.end.duration_since(hour).as_secs_f64() / 3_600.0;
        let growing = LAST_HOUR * GROWTH.powf((hours_back - 1.0).max(0.0));
        let usual = (per_day * rhythm * weekend * dice.between(0.9, 1.1)).max(growing);
        // The day's dollars grow over the month from about 11 to about 31.
        let usd = (11.0 + 20.0 * (30.0 - days_ago.clamp(0.0, 30.0)) / 30.0) * rhythm * weekend;
        let by_model = (usd / MEAN_CALL_USD / usual).min(0.5);
        let trouble = outcome::trouble(self.today, hour);
        let dense_from = self.end - HOUR;
        for _ in 0..dice.around(usual) {
            let at = hour + SignedDuration::from_millis((dice.share() * HOUR_MS as f64) as i64);
            let event = self.event(&mut dice, at, by_model, trouble);
            if (from..to).contains(&at) && at < dense_from {
                self.keep(event, events);
            }
        }
        // The last hour, where it overlaps this one.
        let (begin, close) = (hour.max(dense_from), (hour + HOUR).min(self.end));
        let length = close.duration_since(begin).as_millis() as f64;
        if length <= 0.0 {
            return;
        }
        let by_model = by_model * usual / LAST_HOUR;
        for _ in 0..dice.around(LAST_HOUR * length / HOUR_MS as f64) {
            let at = begin + SignedDuration::from_millis((dice.share() * length) as i64);
            let event = self.event(&mut dice, at, by_model, None);
            if (from..to).contains(&at) {
                self.keep(event, events);
            }
        }
    }

    fn keep(&self, event: RequestEvent, events: &mut Vec<RequestEvent>) {
        let took = SignedDuration::from_micros(i64::try_from(event.duration_us).unwrap_or(i64::MAX));
        if event.at + took < self.end {
            events.push(event);
        }
    }

    fn event(
        &self,
        dice: &mut Dice,
        at: Timestamp,
        by_model: f64,
        trouble: Option<outcome::Trouble>,
    ) -> RequestEvent {
        let agent = dice.weighted(&MIX).unwrap_or(Agent::Behavior);
        let person = dice.pick(self.people);
        let asker = Asker {
            caller: self.caller,
            user: person.map(|person| person.id.clone()),
            archetype: person.and_then(|person| person.profile.archetype),
        };
        let release = release_at(self.releases, self.end, at);
        invented(dice, at, agent, asker, release, by_model, trouble)
    }
}

/// Who asks, by which key.
pub(super) struct Asker<'a> {
    pub(super) caller: &'a Caller,
    pub(super) user: Option<UserId>,
    pub(super) archetype: Option<Archetype>,
}

/// One request of the past. `by_model`: the share of requests that asked a model.
pub(super) fn invented(
    dice: &mut Dice,
    at: Timestamp,
    agent: Agent,
    asker: Asker<'_>,
    release: Option<String>,
    by_model: f64,
    trouble: Option<outcome::Trouble>,
) -> RequestEvent {
    let outcome = outcome::throw(dice, agent, by_model, trouble);
    let (method, route) = outcome::route(agent);
    let Asker { caller, user, archetype } = asker;
    RequestEvent {
        request_id: id(dice, at),
        at,
        method: method.to_owned(),
        route: route.to_owned(),
        status: outcome.status,
        error_type: outcome.error_type.map(str::to_owned),
        duration_us: outcome.duration_us,
        provider_us: outcome.provider_us,
        tenant: Some(caller.tenant.clone()),
        user,
        key_prefix: Some(caller.key_prefix.clone()),
        tier: Some(caller.tier),
        agent: Some(agent),
        archetype,
        engine: outcome.engine,
        decision: outcome.decision,
        degraded: outcome.degraded_reason.is_some(),
        degraded_reason: outcome.degraded_reason.map(str::to_owned),
        release,
        cost: outcome.cost,
        attempts: outcome.attempts,
        tokens: outcome.tokens,
        steps: outcome.steps,
        demo: true,
    }
}

/// The releases, oldest first, followed one another: the newest six days before the end, the one before it seventeen days.
pub(super) fn release_at(releases: &[String], end: Timestamp, at: Timestamp) -> Option<String> {
    let back = match end.duration_since(at).as_hours() / 24 {
        ..6 => 0,
        6..17 => 1,
        _ => 2,
    };
    releases.get(releases.len().saturating_sub(1 + back)).cloned()
}

/// A UUID v7 of that moment, its random part from the dice.
pub(super) fn id(dice: &mut Dice, at: Timestamp) -> String {
    let mut random = [0; 10];
    let (first, second) = (dice.next().to_le_bytes(), dice.next().to_le_bytes());
    for (byte, thrown) in random.iter_mut().zip(first.into_iter().chain(second)) {
        *byte = thrown;
    }
    let ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::people::everybody;

    fn day(end: Timestamp, people: &[Person]) -> Vec<RequestEvent> {
        let caller = crate::people::tests::caller("demo");
        let releases = ["r-1", "r-2", "r-3"].map(str::to_owned);
        let today = CostDay::at(end, &TimeZone::UTC).start;
        let scene = Scene { caller: &caller, people, releases: &releases, today, end };
        scene.events(end - HOUR * 24, end)
    }

    #[test]
    fn the_same_moment_gives_the_same_day() {
        let end: Timestamp = "2026-03-03T17:23:45Z".parse().unwrap();
        let people = everybody().unwrap();
        let events = day(end, &people);
        assert_eq!(events, day(end, &people));
        assert!(events.iter().all(|event| event.demo && event.at < end && event.at >= end - HOUR * 24));
        let ids: std::collections::HashSet<_> = events.iter().map(|event| &event.request_id).collect();
        assert_eq!(ids.len(), events.len());
    }

    #[test]
    fn nights_are_quiet_and_the_last_minutes_go_at_the_rate_of_the_traffic() {
        let end: Timestamp = "2026-03-03T17:23:45Z".parse().unwrap();
        let events = day(end, &everybody().unwrap());
        let between = |from: Timestamp, hours: i32| {
            events.iter().filter(|event| event.at >= from && event.at < from + HOUR * hours).count()
        };
        let night = between("2026-03-03T01:00:00Z".parse().unwrap(), 3);
        let morning = between("2026-03-03T07:00:00Z".parse().unwrap(), 3);
        assert!(night * 5 < morning, "{night} {morning}");
        let last = between(end - HOUR, 1) as f64 / 3_600.0;
        assert!((2.7..3.2).contains(&last), "{last}");
    }
}
