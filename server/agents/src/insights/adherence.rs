//! What is done of what was planned: which task, which day, which part of the day works.

use std::collections::{BTreeMap, BTreeSet};

use domain::check_in::CheckIn;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::inference::{of_many, two_shares, two_sided};
use super::metric::Raw;
use super::signal::days_between;
use crate::evidence::Evidence;

/// Days before today that count.
const DAYS: i64 = 30;
/// Least check-ins of the one and of the others.
const LEAST: usize = 5;
const LEAST_OTHERS: usize = 8;

/// A part of the day, known where a task's name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Morning,
    Midday,
    Evening,
}

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Morning, Self::Midday, Self::Evening];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Midday => "midday",
            Self::Evening => "evening",
        }
    }

    fn of(slug: &str) -> Option<Self> {
        let has = |words: &[&str]| slug.split('-').any(|part| words.contains(&part));
        match slug {
            _ if has(&["morning", "breakfast", "sunrise", "wake"]) => Some(Self::Morning),
            _ if has(&["midday", "lunch", "noon"]) => Some(Self::Midday),
            _ if has(&["evening", "dinner", "bed", "bedtime", "night"]) => Some(Self::Evening),
            _ => None,
        }
    }
}

/// The task without its day: `2026-03-03-easy-walk` is about `easy-walk`.
pub(super) fn slug_of(task_id: &str) -> &str {
    let dated = task_id.get(..10).is_some_and(|day| day.parse::<Date>().is_ok());
    if dated { task_id.get(11..).unwrap_or(task_id) } else { task_id }
}

/// Tasks with enough check-ins to be judged.
pub(super) fn slugs(evidence: &Evidence) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for check_in in recent(evidence) {
        *count.entry(slug_of(&check_in.task_id)).or_default() += 1;
    }
    count.into_iter().filter(|(_, n)| *n >= LEAST).map(|(slug, _)| slug.to_owned()).collect()
}

/// How people call the task, from its newest check-in.
pub(super) fn title_of(evidence: &Evidence, slug: &str) -> String {
    let titles = recent(evidence).filter(|check_in| slug_of(&check_in.task_id) == slug);
    let newest = titles.filter_map(|check_in| check_in.title.as_deref()).last().map(str::trim);
    newest.filter(|title| !title.is_empty()).map_or_else(|| slug.replace(['-', '_'], " "), str::to_owned)
}

/// The last seven days against the days before.
pub(super) fn change(evidence: &Evidence) -> Option<Raw> {
    apart(evidence, 1, |check_in| days_between(check_in.date, evidence.today) <= 7)
}

pub(super) fn task(evidence: &Evidence, slug: &str) -> Option<Raw> {
    apart(evidence, slugs(evidence).len(), |check_in| slug_of(&check_in.task_id) == slug)
}

pub(super) fn weekday(evidence: &Evidence, day: Weekday) -> Option<Raw> {
    let days: BTreeSet<Date> =
        recent(evidence).map(|it| it.date).filter(|date| date.weekday() == day).collect();
    if days.len() < 3 {
        return None;
    }
    apart(evidence, 7, |check_in| check_in.date.weekday() == day)
}

pub(super) fn part(evidence: &Evidence, part: Part) -> Option<Raw> {
    apart(evidence, Part::ALL.len(), |check_in| Part::of(slug_of(&check_in.task_id)) == Some(part))
}

fn recent(evidence: &Evidence) -> impl Iterator<Item = &CheckIn> {
    let first = evidence.today.checked_sub(DAYS.days()).unwrap_or(Date::MIN);
    evidence.check_ins.iter().filter(move |it| it.date >= first && it.date < evidence.today)
}

/// The share done of these check-ins against all others, in percent; partly done counts half.
fn apart(evidence: &Evidence, looked_at: usize, belongs: impl Fn(&CheckIn) -> bool) -> Option<Raw> {
    let (these, others): (Vec<_>, Vec<_>) = recent(evidence).partition(|check_in| belongs(check_in));
    if these.len() < LEAST || others.len() < LEAST_OTHERS {
        return None;
    }
    let done = |of: &[&CheckIn]| of.iter().map(|it| it.status.credit()).sum::<f64>();
    let (first, second) = ((done(&these), these.len() as f64), (done(&others), others.len() as f64));
    let (here, there) = (first.0 / first.1, second.0 / second.1);
    let angle = |share: f64| 2.0 * share.clamp(0.0, 1.0).sqrt().asin();
    let days: BTreeSet<Date> = these.iter().map(|it| it.date).collect();
    let all: BTreeSet<Date> = recent(evidence).map(|it| it.date).collect();
    Some(Raw {
        value: 100.0 * here,
        baseline: Some(100.0 * there),
        unit: "percent done".to_owned(),
        effect: 2.0 * (angle(here) - angle(there)).abs(),
        p: of_many(two_sided(two_shares(first, second)), looked_at),
        interval: None,
        days: days.len(),
        span: Some((*days.first()?, *days.last()?)),
        baseline_days: all.len(),
    })
}
