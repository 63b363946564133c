//! How different the archetypes are, and how steady one plan is. The figures are printed, the bounds asserted.

use std::collections::BTreeSet;

use agents::evidence::Evidence;
use agents::routine::{Intensity, RoutinePlan, RoutineWishes, plan, plan_week};
use domain::archetype::Archetype;

use crate::people::{TODAY, day, person};
use crate::real;
use crate::routine::{analysed, context};
use jiff::ToSpan;

/// Slugs of everything but meals.
fn slugs(plan: &RoutinePlan) -> BTreeSet<String> {
    let tasks = plan.blocks.iter().flat_map(|block| &block.tasks);
    tasks.map(|task| task.id[11..].to_owned()).collect()
}

/// Jaccard: what both share of all that either has.
fn alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    one.intersection(other).count() as f64 / one.union(other).count().max(1) as f64
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = values.collect();
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

#[test]
fn archetypes_differ_in_tasks_minutes_and_effort() {
    let people: Vec<_> = real::people().into_values().collect();
    let weeks = Archetype::ALL.map(|archetype| {
        let week = |data| {
            let evidence = real::evidence(data, archetype);
            plan_week(&evidence, &analysed(&evidence), &RoutineWishes::default())
        };
        people.iter().map(week).collect::<Vec<_>>()
    });
    let mut worst: f64 = 0.0;
    for (i, one) in weeks.iter().enumerate() {
        let days = || one.iter().flat_map(|week| &week.days);
        let minutes = mean(days().map(|day| f64::from(day.total_minutes)));
        let active = mean(one.iter().map(|week| f64::from(week.minutes.planned)));
        let tasks = mean(days().map(|day| slugs(day).len() as f64));
        println!(
            "{}: {tasks:.1} tasks, {minutes:.0} min a day, {active:.0} active min a week",
            Archetype::ALL[i]
        );
        for (j, other) in weeks.iter().enumerate().take(i) {
            let pairs = one.iter().zip(other).flat_map(|(a, b)| a.days.iter().zip(&b.days));
            let shared = mean(pairs.map(|(a, b)| alike(&slugs(a), &slugs(b))));
            println!("  shares {:.0} % with {}", shared * 100.0, Archetype::ALL[j]);
            worst = worst.max(shared);
        }
    }
    assert!(worst <= 0.45, "{worst}");
    let minutes = weeks
        .each_ref()
        .map(|weeks| mean(weeks.iter().flat_map(|week| &week.days).map(|day| f64::from(day.total_minutes))));
    let [fb, rr, ce, ts, si, pp] = minutes;
    assert!(fb < rr && fb < ce && rr.max(ce) < si && si < ts && ts < pp, "{minutes:?}");
    let vigorous = weeks.each_ref().map(|weeks| weeks.iter().map(|week| week.hard_days).sum::<u32>());
    println!("hard days of 33 people: {vigorous:?}");
    assert!(vigorous[..3] == [0, 0, 0] && vigorous[3..].iter().all(|days| *days > 0), "{vigorous:?}");
}

#[test]
fn explorers_vary_from_day_to_day_and_builders_do_not() {
    let [builder, rebuilder, explorer] =
        [Archetype::FoundationBuilder, Archetype::ResilienceRebuilder, Archetype::ConnectedExplorer].map(
            |archetype| {
                let evidence = person(archetype);
                let days = plan_week(&evidence, &context(&evidence), &RoutineWishes::default()).days;
                mean(days.windows(2).map(|pair| alike(&slugs(&pair[0]), &slugs(&pair[1]))))
            },
        );
    println!(
        "from one day to the next: builder {builder:.2}, rebuilder {rebuilder:.2}, explorer {explorer:.2}"
    );
    assert!(builder >= 0.75 && rebuilder >= 0.70 && explorer <= 0.65, "{builder} {rebuilder} {explorer}");
}

#[test]
fn a_small_change_in_the_data_is_a_small_change_in_the_plan() {
    let nudged = |mut evidence: Evidence, more: f64| {
        for day in &mut evidence.days {
            for value in
                [&mut day.steps, &mut day.active_minutes, &mut day.sleep_minutes, &mut day.sedentary_minutes]
            {
                *value = value.map(|value| value * more);
            }
        }
        evidence
    };
    let (mut alikes, mut minutes) = (Vec::new(), Vec::new());
    for data in real::people().values() {
        for archetype in Archetype::ALL {
            let evidence = real::evidence(data, archetype);
            let context = analysed(&evidence);
            let planned = plan(&evidence, &context, &RoutineWishes::default());
            assert_eq!(
                planned,
                plan(&evidence.clone(), &context, &RoutineWishes::default()),
                "the same, the same"
            );
            let other = plan(&nudged(evidence, 1.05), &context, &RoutineWishes::default());
            alikes.push(alike(&slugs(&planned), &slugs(&other)));
            minutes.push(f64::from(planned.total_minutes.abs_diff(other.total_minutes)));
        }
    }
    alikes.sort_by(f64::total_cmp);
    let (least, low) = (alikes[0], alikes[alikes.len() / 20]);
    println!(
        "198 plans, data 5 % up: {:.3} of the tasks the same, 5th percentile {low:.2}, least {least:.2}, {:.1} minutes apart",
        mean(alikes.iter().copied()),
        mean(minutes.iter().copied())
    );
    assert!(mean(alikes.into_iter()) >= 0.95 && low >= 0.6, "{low}");
}

#[test]
fn archetypes_get_visibly_different_plans() {
    for (i, one) in Archetype::ALL.into_iter().enumerate() {
        for other in &Archetype::ALL[..i] {
            let (a, b) = (person(one), person(*other));
            let wishes = RoutineWishes::default();
            let (a, b) = (plan(&a, &context(&a), &wishes), plan(&b, &context(&b), &wishes));
            let shared = alike(&slugs(&a), &slugs(&b));
            assert!(shared <= 0.55, "{one} and {other} share {shared:.2}");
        }
    }
}

#[test]
fn one_great_week_is_not_taken_for_a_habit() {
    let active = |weeks: [f64; 4]| {
        let mut evidence = person(Archetype::PeakPerformer);
        evidence.days = (1..=28_i32)
            .rev()
            .map(|ago| {
                day(TODAY.checked_sub(ago.days()).unwrap(), 8_000.0, weeks[(ago as usize - 1) / 7], 430.0)
            })
            .collect();
        plan(&evidence, &context(&evidence), &RoutineWishes::default()).limits.week_active_minutes
    };
    assert_eq!(active([20.0, 20.0, 20.0, 20.0]), 154, "20 a day, a tenth more");
    assert_eq!(active([80.0, 20.0, 20.0, 20.0]), 296, "a mean of 35, a tenth above it, a tenth more");
    assert_eq!(active([10.0, 40.0, 40.0, 40.0]), 77, "after a quiet week from there");
    let hardest = |plan: &RoutinePlan| {
        plan.blocks.iter().flat_map(|block| &block.tasks).map(|task| task.intensity).max().unwrap()
    };
    let evidence = person(Archetype::PeakPerformer);
    assert!(hardest(&plan(&evidence, &context(&evidence), &RoutineWishes::default())) <= Intensity::Moderate);
}
