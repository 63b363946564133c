//! What works, from check-ins: which task gets done, and what was reported on which day.

use std::collections::BTreeMap;

use domain::agent::Agent;
use domain::check_in::{CheckIn, CheckInStatus};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::decay::REPORT_HALF_LIFE_DAYS;
use super::remember::event;
use super::{Claim, Memory, MemoryLayer, MemorySource, evidence, topic};
use crate::routine::slug_of;

/// Reports on a task before something is said of it.
const LEAST_REPORTS: usize = 3;
/// Days whose reports are told as events: an app may send a week late.
const EVENT_DAYS: i64 = 7;

/// Per task of three reports at least how often it gets done, a report counting half after 14 days; and the last week's days as events.
pub fn from_check_ins(check_ins: &[CheckIn], today: Date, now: Timestamp) -> Vec<Memory> {
    let mut tasks: BTreeMap<&str, Vec<&CheckIn>> = BTreeMap::new();
    let mut days: BTreeMap<Date, Vec<&CheckIn>> = BTreeMap::new();
    let from = today.checked_sub(EVENT_DAYS.days()).unwrap_or(today);
    for check_in in check_ins {
        tasks.entry(slug_of(&check_in.task_id)).or_default().push(check_in);
        if check_in.date > from {
            days.entry(check_in.date).or_default().push(check_in);
        }
    }
    let tasks = tasks.into_iter().filter(|(_, reports)| reports.len() >= LEAST_REPORTS);
    let tasks = tasks.map(|(slug, reports)| of_task(slug, &reports, today, now));
    tasks.chain(days.into_iter().map(|(day, reports)| of_day(day, &reports, now))).collect()
}

fn of_task(slug: &str, reports: &[&CheckIn], today: Date, now: Timestamp) -> Memory {
    let (mut done, mut times) = (0.0, 0.0);
    for report in reports {
        let age = (today.duration_since(report.date).as_hours() / 24).max(0);
        let weight = 0.5_f64.powf(age as f64 / REPORT_HALF_LIFE_DAYS);
        done += weight * report.status.credit();
        times += weight;
    }
    // So old that nothing of them counts: still in equal shares.
    let share = if times > f64::MIN_POSITIVE { done / times } else { 0.0 };
    let word = match share {
        0.8.. => "gets done",
        0.4.. => "gets done in part",
        _ => "rarely gets done",
    };
    let newest_first = reports.iter().rev().max_by_key(|report| report.date);
    let title =
        newest_first.and_then(|report| report.title.clone()).unwrap_or_else(|| slug.replace('-', " "));
    Memory {
        id: String::new(),
        layer: MemoryLayer::Procedural,
        key: format!("task.{}", slug.to_lowercase().replace(char::is_whitespace, "-")),
        content: format!("\"{title}\" {word} ({:.0} %)", share * 100.0),
        source: MemorySource::Person,
        claim: Claim::TaskDone { slug: slug.to_owned(), share, times },
        about: topic::bounded([topic::TASKS, &slug.to_lowercase()]),
        confidence: 0.9,
        importance: 0.7,
        evidence: evidence::of_days(reports.iter().map(|report| report.date)),
        created_at: now,
        updated_at: now,
        recalled: 0,
        recalled_at: None,
    }
}

fn of_day(day: Date, reports: &[&CheckIn], now: Timestamp) -> Memory {
    let count = |status| reports.iter().filter(|report| report.status == status).count();
    let told = [
        (count(CheckInStatus::Done), "done"),
        (count(CheckInStatus::Partial), "done in part"),
        (count(CheckInStatus::Skipped), "skipped"),
    ];
    let told: Vec<String> =
        told.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let slugs = reports.iter().map(|report| slug_of(&report.task_id));
    let what = format!("Reported on tasks of {day}: {}", told.join(", "));
    Memory {
        source: MemorySource::Person,
        about: topic::bounded(std::iter::once(topic::TASKS).chain(slugs)),
        ..event(Agent::Routine, "check-ins", &day.to_string(), what, 0.3, evidence::of_days([day]), now)
    }
}
