//! Puts what a provider told beside the ledger's rows of the same days in UTC, and writes both down.

use std::collections::{BTreeMap, BTreeSet};

use domain::money::MicroUsd;
use domain::reconciliation::Account;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::client::{ALL, Told};
use super::store::{self, Line, Ours};
use crate::Ops;
use crate::db::WriteTx;
use crate::error::Result;

/// Where an account is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Api,
    File,
    /// Nobody told yet.
    None,
}

impl Source {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::File => "file",
            Self::None => "none",
        }
    }
}

/// The UTC day of a moment.
pub(super) fn utc_day(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

/// First moment of a UTC day, milliseconds.
pub(super) fn begin_ms(day: Date) -> i64 {
    TimeZone::UTC.to_timestamp(day.into()).map_or(0, Timestamp::as_millisecond)
}

/// `from..=to`, at most 4,000.
pub(super) fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    let next = |day: &Date| day.checked_add(1.day()).ok();
    std::iter::successors(Some(from), next).take_while(move |day| *day <= to).take(4_000)
}

/// What a model was used for on a UTC day, as the ledger has it.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedByDay {
    pub began_at: Timestamp,
    /// 0: today.
    pub days_ago: i64,
    pub model: String,
    pub requests: u64,
    pub input_tokens: u64,
    pub cached_input_tokens: u64,
    pub output_tokens: u64,
    pub usd: f64,
}

impl Ops {
    /// Every day that is still in the ledger, up to `before`: what the demo's provider is told of its past.
    pub async fn used_by_day(&self, before: Timestamp) -> Result<Vec<UsedByDay>> {
        let today = utc_day(self.clock.now());
        let rows = store::ours(self.db.read(), 0, before.as_millisecond()).await?;
        let used = rows.into_iter().filter_map(|row| {
            let began_at = Timestamp::from_second(row.day * 86_400).ok()?;
            Some(UsedByDay {
                began_at,
                days_ago: i64::from((today - utc_day(began_at)).get_days()),
                model: row.model,
                requests: row.ours.our_requests.unsigned_abs(),
                input_tokens: row.ours.our_input_tokens.unsigned_abs(),
                cached_input_tokens: row.ours.our_cached_input_tokens.unsigned_abs(),
                output_tokens: row.ours.our_output_tokens.unsigned_abs(),
                usd: MicroUsd(row.ours.our_micro).usd(),
            })
        });
        Ok(used.collect())
    }

    /// Days that were told take the place of what was told before, the others keep it and only what we have
    /// follows; a day that never was told stands there as unknown.
    pub(super) async fn put_beside(
        &self,
        tx: &mut WriteTx,
        provider: &str,
        own: &BTreeSet<String>,
        (from, to): (Date, Date),
        told: &Told,
        source: Source,
    ) -> Result<()> {
        let ours = self.ours_by_day(from, to).await?;
        let now = self.clock.now_ms();
        let nothing = BTreeMap::new();
        for day in days(from, to) {
            let (date, ours) = (day.to_string(), ours.get(&day).unwrap_or(&nothing));
            let theirs = told.get(&day);
            if theirs.is_some() {
                store::forget(tx, provider, &date).await?;
            }
            let mut models: BTreeSet<&str> = own.iter().map(String::as_str).collect();
            models.retain(|model| {
                ours.contains_key(*model) || theirs.is_some_and(|it| it.contains_key(*model))
            });
            models.extend(theirs.into_iter().flat_map(BTreeMap::keys).map(String::as_str));
            models.remove(ALL);
            let mut lines = Vec::with_capacity(models.len() + 1);
            let mut all = Ours::default();
            for model in models {
                let own = ours.get(model).copied().unwrap_or_default();
                all.add(&own);
                lines.push((model, own));
            }
            lines.push((ALL, all));
            for (model, ours) in lines {
                let told = theirs.map(|theirs| theirs.get(model).copied().unwrap_or_else(|| absent(theirs)));
                let source = if told.is_some() { source } else { Source::None };
                let line = Line { provider, day: &date, model, source: source.as_str(), theirs: told, ours };
                store::put(tx, &line, now).await?;
            }
        }
        Ok(())
    }

    /// After the ledger was corrected: what we have of the days that are compared already. `from` and `to` are cost days,
    /// whose hours may lie on the UTC days beside them.
    pub(in crate::cost) async fn compare_again(&self, from: Date, to: Date) -> Result<()> {
        let from = from.checked_sub(1.day()).unwrap_or(from);
        let to = to.checked_add(1.day()).unwrap_or(to);
        let stored = store::compared(self.db.read(), &from.to_string(), &to.to_string()).await?;
        if stored.is_empty() {
            return Ok(());
        }
        let ours = self.ours_by_day(from, to).await?;
        let now = self.clock.now_ms();
        let mut sums = BTreeMap::<(String, String), Ours>::new();
        let mut tx = self.db.begin_write().await?;
        for (provider, date, model) in stored.iter().filter(|(.., model)| model != ALL) {
            let day = date.parse::<Date>().ok();
            let own = day.and_then(|day| ours.get(&day)?.get(model).copied()).unwrap_or_default();
            sums.entry((provider.clone(), date.clone())).or_default().add(&own);
            store::put_ours(&mut tx, (provider, date, model), &own, now).await?;
        }
        for ((provider, date), all) in &sums {
            store::put_ours(&mut tx, (provider, date, ALL), all, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn ours_by_day(&self, from: Date, to: Date) -> Result<BTreeMap<Date, BTreeMap<String, Ours>>> {
        let end = to.checked_add(1.day()).unwrap_or(to);
        let mut by_day = BTreeMap::<Date, BTreeMap<String, Ours>>::new();
        for row in store::ours(self.db.read(), begin_ms(from), begin_ms(end)).await? {
            let Ok(moment) = Timestamp::from_second(row.day * 86_400) else { continue };
            by_day.entry(utc_day(moment)).or_default().insert(row.model, row.ours);
        }
        Ok(by_day)
    }
}

/// What a provider says of a model by not naming it: nothing was counted. What was billed is said by the lines of the bill, and
/// a line may be under another name; only an account without any bill says that this model cost nothing.
fn absent(theirs: &BTreeMap<String, Account>) -> Account {
    let billed = theirs.get(ALL).and_then(|all| all.cost);
    Account { cost: billed.filter(|cost| cost.0 == 0), ..Account::NOTHING }
}
