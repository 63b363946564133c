//! How a routine changes with what was done: read from the check-ins, never from a feeling.
//!
//! Thresholds as in `docs/agents.md`: completion below 50 % simplify, 50–75 % maintain, at least 75 % for 7 days progress, at
//! least 85 % for 14 days intensify (tested first, or it could never be reached); a task done 80 % keep, below 40 % remove.
//! A task that was done but disliked is swapped: nobody keeps up for long what they rate 1 or 2.

use domain::check_in::CheckIn;
use jiff::Unit;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;

/// What was decided, and from which numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineEvolution)]
pub struct Evolution {
    pub decision: Decision,
    /// Of the 7 days before today, 0–1: done 1, partial ½. `None` when nothing was checked in.
    pub completion_7_days: Option<f64>,
    /// Of the 14 days before today.
    pub completion_14_days: Option<f64>,
    /// Days with a check-in among those 14.
    pub days_checked_in: u32,
    /// Tasks with at least 3 check-ins in 14 days, or with ratings of 1 or 2, by their slug.
    pub tasks: Vec<TaskEvolution>,
    /// One sentence with the numbers.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = EvolutionDecision)]
pub enum Decision {
    /// Too few check-ins to judge.
    Begin,
    Simplify,
    Maintain,
    Progress,
    Intensify,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaskEvolution {
    /// The id of the task without its day.
    pub slug: String,
    /// 0–1.
    pub completion: f64,
    pub check_ins: u32,
    /// Mean of the ratings in 14 days, 1–5, to a tenth; `None` when nobody rated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    pub decision: TaskDecision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskDecision {
    Keep,
    /// Given again in its smallest version.
    Adapt,
    /// Rated 1 or 2: something else for the same need, even when it was done.
    Swap,
    Remove,
}

impl TaskDecision {
    /// Whether the task must not come back for now.
    pub(super) fn leaves(self) -> bool {
        matches!(self, Self::Swap | Self::Remove)
    }
}

/// To judge at all: this many check-ins on this many days of the last 14.
const LEAST_CHECK_INS: usize = 5;
const LEAST_DAYS: usize = 3;

pub(super) fn evolve(evidence: &Evidence) -> Evolution {
    let today = evidence.today;
    let week = Span::of(&evidence.check_ins, today, 7);
    let fortnight = Span::of(&evidence.check_ins, today, 14);
    let decision = if fortnight.credits.len() < LEAST_CHECK_INS || fortnight.days < LEAST_DAYS {
        Decision::Begin
    } else if fortnight.holds(0.85, 10, 14) {
        Decision::Intensify
    } else if week.holds(0.75, 5, 7) {
        Decision::Progress
    } else if week.completion().or(fortnight.completion()).is_some_and(|done| done < 0.50) {
        Decision::Simplify
    } else {
        Decision::Maintain
    };
    Evolution {
        decision,
        completion_7_days: week.completion(),
        completion_14_days: fortnight.completion(),
        days_checked_in: fortnight.days as u32,
        tasks: tasks(&evidence.check_ins, today),
        reason: reason(decision, &week, &fortnight),
    }
}

/// The slug in a task's id: `2026-03-03-easy-walk` is about `easy-walk`.
pub(crate) fn slug_of(task_id: &str) -> &str {
    let shape = |(i, b): (usize, &u8)| if matches!(i, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() };
    let dated = task_id.get(..10).is_some_and(|day| day.as_bytes().iter().enumerate().all(shape));
    if dated { task_id.get(11..).unwrap_or(task_id) } else { task_id }
}

impl Evolution {
    pub(super) fn of_task(&self, slug: &str) -> Option<&TaskEvolution> {
        self.tasks.iter().find(|task| task.slug == slug)
    }
}

/// The check-ins of some days before today; today itself is not over.
struct Span {
    credits: Vec<f64>,
    days: usize,
    /// Days since the first check-in of all, to see that a habit is as old as it must be.
    age: i64,
    length: i64,
}

impl Span {
    fn of(check_ins: &[CheckIn], today: Date, length: i64) -> Self {
        let inside = |c: &&CheckIn| (1..=length).contains(&days_before(c.date, today));
        let mut days: Vec<Date> = check_ins.iter().filter(inside).map(|c| c.date).collect();
        days.sort_unstable();
        days.dedup();
        Self {
            credits: check_ins.iter().filter(inside).map(|c| c.status.credit()).collect(),
            days: days.len(),
            age: check_ins.iter().map(|c| days_before(c.date, today)).max().unwrap_or(0),
            length,
        }
    }

    fn completion(&self) -> Option<f64> {
        let mean = self.credits.iter().sum::<f64>() / self.credits.len() as f64;
        (!self.credits.is_empty()).then_some((mean * 1000.0).round() / 1000.0)
    }

    /// Whether completion was at least `share` over the whole span, with check-ins on enough of its days.
    fn holds(&self, share: f64, least_days: usize, least_age: i64) -> bool {
        self.completion().is_some_and(|done| done >= share)
            && self.days >= least_days
            && self.age >= least_age
    }
}

fn days_before(date: Date, today: Date) -> i64 {
    date.until((Unit::Day, today)).map_or(i64::MAX, |span| i64::from(span.get_days()))
}

/// A mean rating up to here is a dislike.
const DISLIKED: f64 = 2.0;

fn tasks(check_ins: &[CheckIn], today: Date) -> Vec<TaskEvolution> {
    let mut by_slug: std::collections::BTreeMap<&str, Vec<&CheckIn>> = std::collections::BTreeMap::new();
    for check_in in check_ins.iter().filter(|c| (1..=14).contains(&days_before(c.date, today))) {
        by_slug.entry(slug_of(&check_in.task_id)).or_default().push(check_in);
    }
    let judge = |(slug, all): (&str, Vec<&CheckIn>)| {
        let ratings: Vec<f64> = all.iter().filter_map(|c| c.rating).map(f64::from).collect();
        let rating = (!ratings.is_empty()).then(|| ratings.iter().sum::<f64>() / ratings.len() as f64);
        let disliked = rating.is_some_and(|rating| rating <= DISLIKED);
        let completion = all.iter().map(|c| c.status.credit()).sum::<f64>() / all.len() as f64;
        let decision = match completion {
            // What was hardly done goes, liked or not.
            _ if all.len() >= 3 && completion < 0.40 => TaskDecision::Remove,
            _ if disliked => TaskDecision::Swap,
            _ if all.len() < 3 => return None,
            0.80.. => TaskDecision::Keep,
            _ => TaskDecision::Adapt,
        };
        Some(TaskEvolution {
            slug: slug.to_owned(),
            completion: (completion * 1000.0).round() / 1000.0,
            check_ins: all.len() as u32,
            rating: rating.map(|rating| (rating * 10.0).round() / 10.0),
            decision,
        })
    };
    by_slug.into_iter().filter_map(judge).collect()
}

fn reason(decision: Decision, week: &Span, fortnight: &Span) -> String {
    let percent =
        |span: &Span| span.completion().map_or("nothing".to_owned(), |done| format!("{:.0} %", done * 100.0));
    let of =
        |span: &Span| format!("{} done on {} of the last {} days", percent(span), span.days, span.length);
    match decision {
        Decision::Begin => {
            format!("{} check-ins in two weeks are too few to judge: a first plan.", fortnight.credits.len())
        }
        Decision::Simplify => format!("{}, below 50 %: fewer and smaller tasks, nothing new.", of(week)),
        Decision::Maintain => format!("{}: the plan stays as it is.", of(week)),
        Decision::Progress => format!("{}, at least 75 % for a week: one new thing may come.", of(week)),
        Decision::Intensify => {
            format!(
                "{}, at least 85 % for two weeks: a little longer and harder, nothing new.",
                of(fortnight)
            )
        }
    }
}
