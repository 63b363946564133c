//! What a memory rests on: ids, days that are written as ISO 8601 intervals where they follow each other, and the person's own word
//! (`said:2026-03-03`).
//!
//! Uniting is a set union: the same twice changes nothing, the order does not matter, and nothing is lost. A year of days is one line.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

const EPOCH: Date = date(1970, 1, 1);
/// A piece of evidence counts half after this many days: long enough that a fortnight's holiday does not change who somebody is, short
/// enough that a new life of two months does (our choice; see decision 21).
pub const HALF_LIFE_DAYS: f64 = 30.0;

/// The person's own word weighs as so many days of data. Endless daily data weigh 43.8 with a half-life of 30 days; a hundred pieces that
/// fade likewise stay above that for 35 days.
pub const PERSON: f64 = 100.0;
const SAID: &str = "said:";

/// Everything that either rests on, sorted: days first, then ids.
pub fn unite<'a>(of: impl IntoIterator<Item = &'a [String]>) -> Vec<String> {
    let (mut ranges, mut ids) = (Vec::new(), BTreeSet::new());
    for text in of.into_iter().flatten() {
        match range(text) {
            Some(range) => ranges.push(range),
            None => {
                ids.insert(text.clone());
            }
        }
    }
    ranges.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut().filter(|before| first <= before.1 + 1) {
            Some(before) => before.1 = before.1.max(last),
            None => joined.push((first, last)),
        }
    }
    joined.into_iter().map(write).chain(ids).collect()
}

/// Days as evidence.
pub fn of_days(days: impl IntoIterator<Item = Date>) -> Vec<String> {
    let days: Vec<String> = days.into_iter().map(|day| day.to_string()).collect();
    unite([&days[..]])
}

/// The person said so on that day.
pub fn said(day: Date) -> String {
    format!("{SAID}{day}")
}

/// Days and ids, each once.
pub fn count(evidence: &[String]) -> u32 {
    let pieces = evidence.iter().map(|text| range(text).map_or(1, |(first, last)| last - first + 1));
    u32::try_from(pieces.sum::<i64>()).unwrap_or(u32::MAX)
}

/// How much the evidence counts: each day 0.5^(age / 30 days), the person's own word a hundred times that. Ids have no day of their own: they are as old as `updated_at`, and so
/// is a memory without evidence, which counts as one piece.
pub fn weight(evidence: &[String], updated_at: Timestamp, now: Timestamp) -> f64 {
    let halved = |days: f64| 0.5_f64.powf(days.max(0.0) / HALF_LIFE_DAYS);
    let undated = halved(now.duration_since(updated_at).as_secs_f64() / 86_400.0);
    if evidence.is_empty() {
        return undated;
    }
    let today = number(jiff::tz::TimeZone::UTC.to_datetime(now).date());
    let own_word = |text: &str| {
        let said = day(text.strip_prefix(SAID)?)?;
        Some(PERSON * halved((today - said) as f64))
    };
    evidence
        .iter()
        .map(|text| match range(text) {
            None => own_word(text).unwrap_or(undated),
            Some((first, last)) => {
                // Where a person's day is ahead of UTC's it counts as today. The rest is a geometric sum.
                let fresh = (last - first.max(today) + 1).max(0) as f64;
                let (newest, oldest) = ((today - last).max(1), today - first);
                let older = if oldest < newest {
                    0.0
                } else {
                    (halved(newest as f64) - halved(oldest as f64 + 1.0)) / (1.0 - halved(1.0))
                };
                fresh + older
            }
        })
        .sum()
}

/// The first and last day, in days since 1970; `None`: an id.
fn range(text: &str) -> Option<(i64, i64)> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    (first <= last).then_some((first, last))
}

fn day(text: &str) -> Option<i64> {
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day: Date = shaped.then(|| text.parse().ok()).flatten()?;
    (day.to_string() == text).then(|| number(day))
}

fn number(day: Date) -> i64 {
    day.duration_since(EPOCH).as_hours() / 24
}

fn write((first, last): (i64, i64)) -> String {
    let day = |number: i64| EPOCH.checked_add(number.days()).unwrap_or(EPOCH);
    if first == last { day(first).to_string() } else { format!("{}/{}", day(first), day(last)) }
}
