//! Any history of check-ins against the rules told a second time, and against the plan that comes of it.

use std::collections::BTreeMap;

use agents::evidence::Evidence;
use agents::routine::{ChangeKind, Decision, RoutinePlan, RoutineWishes, TaskDecision, plan, validate};
use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use jiff::ToSpan;
use proptest::prelude::*;
use proptest::{collection, option, sample};

use crate::people::{TODAY, person};
use crate::routine::context;

const SLUGS: [&str; 10] = [
    "easy-walk",
    "brisk-walk",
    "gentle-yoga",
    "stand-up",
    "daylight-drink",
    "water-on-waking",
    "breathing-long",
    "screens-away",
    "quiet-hobby",
    "three-lines",
];

/// Per task: on how many of the last days, how likely done, and how it is rated.
fn histories() -> impl Strategy<Value = Vec<CheckIn>> {
    let task = (sample::select(SLUGS.to_vec()), 0_i32..25, 0_u32..=10, option::weighted(0.4, 1_u8..=5));
    (collection::vec(task, 0..7), any::<u64>()).prop_map(|(tasks, seed)| {
        let mut all = BTreeMap::new();
        for (i, (slug, days, share, rating)) in tasks.into_iter().enumerate() {
            for ago in 1..=days {
                let dice = (seed >> ((ago as u64 * 3 + i as u64) % 50)) % 11;
                let status = match dice as u32 {
                    dice if dice < share => CheckInStatus::Done,
                    dice if dice == share => CheckInStatus::Partial,
                    _ => CheckInStatus::Skipped,
                };
                let date = TODAY.checked_sub(ago.days()).unwrap();
                let task_id = format!("{date}-{slug}");
                all.insert(
                    task_id.clone(),
                    CheckIn { task_id, title: None, status, rating, date, note: None },
                );
            }
        }
        all.into_values().collect()
    })
}

fn credits(all: &[CheckIn], days: i32, slug: Option<&str>) -> Vec<f64> {
    let since = TODAY.checked_sub(days.days()).unwrap();
    let of = |c: &&CheckIn| c.date >= since && slug.is_none_or(|slug| c.task_id[11..] == *slug);
    let credit = |c: &CheckIn| match c.status {
        CheckInStatus::Done => 1.0,
        CheckInStatus::Partial => 0.5,
        CheckInStatus::Skipped => 0.0,
    };
    all.iter().filter(of).map(credit).collect()
}

fn mean(values: &[f64]) -> f64 {
    let share = values.iter().sum::<f64>() / values.len() as f64;
    (share * 1000.0).round() / 1000.0
}

/// The table of the design, told again.
fn expected(all: &[CheckIn]) -> Decision {
    let days = |days: i32| {
        let since = TODAY.checked_sub(days.days()).unwrap();
        let mut dates: Vec<_> = all.iter().map(|c| c.date).filter(|date| *date >= since).collect();
        dates.dedup();
        dates.sort_unstable();
        dates.dedup();
        dates.len()
    };
    let age = all.iter().map(|c| TODAY.since(c.date).unwrap().get_days()).max().unwrap_or(0);
    let (week, fortnight) = (credits(all, 7, None), credits(all, 14, None));
    if fortnight.len() < 5 || days(14) < 3 {
        return Decision::Begin;
    }
    if mean(&fortnight) >= 0.85 && age >= 14 && days(14) >= 10 {
        return Decision::Intensify;
    }
    if !week.is_empty() && mean(&week) >= 0.75 && age >= 7 && days(7) >= 5 {
        return Decision::Progress;
    }
    if mean(if week.is_empty() { &fortnight } else { &week }) < 0.5 {
        Decision::Simplify
    } else {
        Decision::Maintain
    }
}

fn people() -> impl Strategy<Value = Evidence> {
    (sample::select(Archetype::ALL.to_vec()), histories())
        .prop_map(|(archetype, check_ins)| Evidence { check_ins, ..person(archetype) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_plan_follows_the_history(evidence in people()) {
        let (context, wishes) = (context(&evidence), RoutineWishes::default());
        let day = plan(&evidence, &context, &wishes);
        let found = validate(&day, &evidence, &context, &wishes);
        prop_assert!(found.is_empty(), "{found:?}");
        prop_assert_eq!(day.evolution.decision, expected(&evidence.check_ins), "{}", day.evolution.reason);
        // Nothing new while it is too much or while it gets harder, one thing otherwise.
        let most = match day.evolution.decision {
            Decision::Begin => 3,
            Decision::Maintain | Decision::Progress => 1,
            Decision::Simplify | Decision::Intensify => 0,
        };
        prop_assert!(day.new_tasks <= most);
        for slug in SLUGS {
            judged(&day, &evidence, slug);
        }
    }
}

fn judged(day: &RoutinePlan, evidence: &Evidence, slug: &str) {
    let credits = credits(&evidence.check_ins, 14, Some(slug));
    let since = TODAY.checked_sub(14.days()).unwrap();
    let of = evidence.check_ins.iter().filter(|c| c.date >= since && c.task_id[11..] == *slug);
    let ratings: Vec<f64> = of.filter_map(|c| c.rating).map(f64::from).collect();
    let disliked = !ratings.is_empty() && ratings.iter().sum::<f64>() / ratings.len() as f64 <= 2.0;
    let wanted = match credits.len() {
        3.. if mean(&credits) < 0.4 => Some(TaskDecision::Remove),
        _ if disliked => Some(TaskDecision::Swap),
        0..3 => None,
        _ if mean(&credits) >= 0.8 => Some(TaskDecision::Keep),
        _ => Some(TaskDecision::Adapt),
    };
    let past = day.evolution.tasks.iter().find(|task| task.slug == slug);
    assert_eq!(past.map(|past| past.decision), wanted, "{slug}");
    let task = day.blocks.iter().flat_map(|b| &b.tasks).find(|task| task.id[11..] == *slug);
    // What everybody does anyway may come back, in its smallest version.
    let anchor = matches!(slug, "stand-up" | "daylight-drink" | "water-on-waking" | "quiet-hobby");
    match (wanted, task) {
        (Some(TaskDecision::Remove | TaskDecision::Swap), Some(task)) => {
            assert!(anchor && task.minutes == task.scale_down_minutes, "{slug} is back");
        }
        (Some(TaskDecision::Adapt), Some(task)) => {
            assert_eq!(task.minutes, task.scale_down_minutes, "{slug}");
        }
        _ => {}
    }
    // Each that was judged is told of, with what became of it.
    let change = day.changes.iter().find(|change| change.slug == slug && change.what != ChangeKind::New);
    assert_eq!(change.is_some(), wanted.is_some(), "{slug}");
    if let Some(change) = change {
        let there = matches!(change.what, ChangeKind::Kept | ChangeKind::Smaller);
        assert_eq!(there, task.is_some(), "{slug}: {}", change.why);
        assert!(change.why.contains('%'), "{}", change.why);
        if let Some(instead) = &change.instead {
            assert!(day.blocks.iter().flat_map(|b| &b.tasks).any(|task| task.id[11..] == *instead));
        }
    }
}
