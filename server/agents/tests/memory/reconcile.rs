//! Conflicts: decided by evidence and time, in whatever order things are told.

use agents::memory::{Claim, Held, Memory, Telling, ToldClaim, Why, evidence, reconcile};
use domain::profile::ClockTime;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::{collection, sample};

use crate::some::{TODAY, days_ago, noon, window};

fn said(wake: i64, bed: i64, day: Date) -> Memory {
    let (wake, bed) = (ClockTime::from_minutes(wake), ClockTime::from_minutes(bed));
    let telling = Telling {
        key: "rhythm.sleep-window".to_owned(),
        content: format!("I get up at {wake} and go to bed at {bed}"),
        about: Vec::new(),
        claim: Some(ToldClaim::SleepWindow { wake, bed }),
    };
    telling.check().unwrap();
    telling.into_memory(day, noon(day))
}

fn held(memory: Memory) -> Held {
    Held { current: Some(memory), rivals: Vec::new() }
}

fn wakes(held: &Held) -> i64 {
    match held.current.as_ref().unwrap().claim {
        Claim::SleepWindow { wake, .. } => i64::from(wake.minutes()),
        _ => panic!("a sleep window"),
    }
}

/// How many days of one-day observations until another window is held.
fn days_until_changed(mut held: Held, confidence: f64) -> i64 {
    for after in 0..400 {
        let day = TODAY.checked_add(jiff::Span::new().days(after)).unwrap();
        held = reconcile(held, &[window(14 * 60, 6 * 60, confidence, [day])], noon(day));
        if wakes(&held) == 14 * 60 {
            return after + 1;
        }
    }
    panic!("it never changed");
}

/// All claims with their evidence, whoever holds.
fn everything(held: &Held) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = held
        .current
        .iter()
        .chain(held.rivals.iter().map(|rival| &rival.memory))
        .map(|memory| (format!("{:?}", memory.claim), memory.evidence.clone()))
        .collect();
    all.sort();
    all
}

proptest! {
    #[test]
    fn one_odd_day_never_overturns_what_is_long_established(
        days in 21_i64..300,
        confidence in 0.5_f64..=0.95,
        odd in 0.5_f64..=0.95,
        silent in 0_i64..45,
    ) {
        let known = window(7 * 60, 23 * 60, confidence, (silent..silent + days).map(days_ago));
        let after = reconcile(held(known.clone()), &[window(14 * 60, 6 * 60, odd, [TODAY])], noon(TODAY));
        prop_assert_eq!(wakes(&after), 7 * 60);
        prop_assert_eq!(&after.current.unwrap().evidence, &known.evidence);
        prop_assert_eq!(after.rivals[0].why, Why::Contradicted);
        prop_assert!(after.rivals[0].reason.contains("more and newer evidence"));
    }

    #[test]
    fn a_lasting_change_always_wins_in_the_end(
        days in 1_i64..500,
        confidence in 0.5_f64..=0.95,
        new in 0.5_f64..=0.95,
    ) {
        let known = window(7 * 60, 23 * 60, confidence, (1..=days).map(days_ago));
        prop_assert!(days_until_changed(held(known), new) <= 48);
        let told = held(said(7 * 60, 23 * 60, TODAY));
        let took = days_until_changed(told, new);
        prop_assert!((35..=80).contains(&took), "{} days against the person's own word", took);
    }

    #[test]
    fn the_same_twice_changes_nothing(days in 1_i64..60, again in 1_usize..4) {
        let observed = window(7 * 60, 23 * 60, 0.8, (0..days).map(days_ago));
        let odd = window(14 * 60, 6 * 60, 0.6, [TODAY]);
        let once = reconcile(Held::default(), &[observed.clone(), odd.clone()], noon(TODAY));
        let mut often = once.clone();
        for _ in 0..again {
            often = reconcile(often, &[odd.clone(), observed.clone()], noon(TODAY));
        }
        prop_assert_eq!(often.current, once.current);
        prop_assert_eq!(often.rivals.len(), once.rivals.len());
    }

    /// Claims far apart, so that agreeing is an equivalence; each observation in a transaction of its own.
    #[test]
    fn the_order_of_simultaneous_observations_does_not_matter(
        observed in collection::vec((sample::select(vec![5_i64, 9, 14, 20]), 0_i64..60, 0.5_f64..0.95, any::<bool>()), 1..7),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let observe = |(wake, ago, confidence, person): &(i64, i64, f64, bool)| {
            let seen = if *person {
                said(wake * 60, wake * 60 + 900, TODAY)
            } else {
                window(wake * 60, wake * 60 + 900, *confidence, (0..=*ago).map(days_ago))
            };
            Memory { updated_at: noon(TODAY), created_at: noon(TODAY), ..seen }
        };
        let all: Vec<Memory> = observed.iter().map(observe).collect();
        let mut other = all.clone();
        let places = other.len();
        other.rotate_left(shuffle.index(places));
        other.reverse();
        let one_by_one = |all: &[Memory]| {
            all.iter().fold(Held::default(), |held, memory| {
                reconcile(held, std::slice::from_ref(memory), noon(TODAY))
            })
        };
        let (first, second) = (one_by_one(&all), one_by_one(&other));
        prop_assert_eq!(&first.current, &second.current);
        prop_assert_eq!(everything(&first), everything(&second));
        prop_assert_eq!(reconcile(Held::default(), &all, noon(TODAY)), reconcile(Held::default(), &other, noon(TODAY)));
    }

    /// Claims at any distance: in one transaction.
    #[test]
    fn a_batch_is_weighed_the_same_in_any_order(
        observed in collection::vec((0_i64..96, 0_i64..30), 1..7),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let all: Vec<Memory> = observed.iter().map(|(wake, ago)| {
            let seen = window(wake * 15, wake * 15 + 960, 0.7, (0..=*ago).map(days_ago));
            Memory { updated_at: noon(TODAY), created_at: noon(TODAY), ..seen }
        }).collect();
        let mut other = all.clone();
        let places = other.len();
        other.rotate_left(shuffle.index(places));
        other.reverse();
        prop_assert_eq!(reconcile(Held::default(), &all, noon(TODAY)), reconcile(Held::default(), &other, noon(TODAY)));
    }

    #[test]
    fn no_evidence_is_lost_whoever_holds(
        observed in collection::vec((0_i64..96, 0_i64..90, any::<bool>()), 1..12),
    ) {
        let mut now = Held::default();
        let mut seen: Vec<String> = Vec::new();
        for (wake, ago, person) in observed {
            let memory = if person { said(wake * 15, 0, days_ago(ago)) } else {
                window(wake * 15, 0, 0.7, (ago..ago + 5).map(days_ago))
            };
            seen = evidence::unite([&seen[..], &memory.evidence]);
            now = reconcile(now, &[memory], noon(TODAY));
        }
        let kept: Vec<Vec<String>> = everything(&now).into_iter().map(|(_, evidence)| evidence).collect();
        prop_assert_eq!(evidence::unite(kept.iter().map(|evidence| &evidence[..])), seen);
    }
}

#[test]
fn a_window_within_half_an_hour_confirms_and_moves_along() {
    let known = window(7 * 60, 23 * 60, 0.7, (1..8).map(days_ago));
    let seen = window(7 * 60 + 30, 23 * 60 - 30, 0.6, [TODAY]);
    let after = reconcile(held(known.clone()), std::slice::from_ref(&seen), noon(TODAY)).current.unwrap();
    assert_eq!(after.evidence, ["2026-02-24/2026-03-03"]);
    assert_eq!((after.confidence, after.claim, after.content), (0.7, seen.claim, seen.content));
    assert_eq!((after.created_at, after.updated_at), (known.created_at, noon(TODAY)));
    let apart = window(7 * 60 + 31, 23 * 60, 0.6, [TODAY]);
    assert_eq!(reconcile(held(known), &[apart], noon(TODAY)).rivals.len(), 1);
    let (late, early) = (window(5, 0, 0.7, [TODAY]), window(23 * 60 + 40, 0, 0.7, [TODAY]));
    assert!(late.agrees(&early), "25 minutes apart, across midnight");
}

#[test]
fn the_winner_takes_the_place_and_the_loser_says_why_it_left() {
    let known = Memory { id: "m1".to_owned(), recalled: 7, ..window(420, 1380, 0.7, (50..52).map(days_ago)) };
    let new = window(840, 360, 0.7, (0..5).map(days_ago));
    let after = reconcile(held(known.clone()), std::slice::from_ref(&new), noon(TODAY));
    let current = after.current.unwrap();
    assert_eq!((current.id.as_str(), current.recalled, &current.evidence), ("m1", 0, &new.evidence));
    let left = &after.rivals[0];
    assert_eq!(
        (left.why, left.left_at, left.memory.evidence.clone()),
        (Why::Superseded, noon(TODAY), known.evidence)
    );
    assert_eq!(left.reason, "more and newer evidence speaks for another claim: 3.3 to 0.4");
    assert_eq!(left.replaced_by.as_deref(), Some("rhythm.sleep-window"));
}

#[test]
fn a_report_that_was_taken_back_is_no_evidence_and_what_happened_stays_so() {
    let task = |share, days: &[i64]| Memory {
        claim: Claim::TaskDone { slug: "walk".to_owned(), share, times: days.len() as f64 },
        ..window(0, 0, 0.9, days.iter().map(|ago| days_ago(*ago)))
    };
    let (before, after) = (task(1.0, &[0, 1, 2, 3]), task(0.5, &[0, 1, 3]));
    let after =
        reconcile(held(before), &[Memory { updated_at: noon(TODAY), ..after }], noon(TODAY)).current.unwrap();
    assert_eq!(after.evidence, ["2026-02-28", "2026-03-02/2026-03-03"]);
    assert_eq!(after.claim, Claim::TaskDone { slug: "walk".to_owned(), share: 0.5, times: 3.0 });
    let happened = |id: &str| crate::some::event("plan.routine", TODAY, id);
    let twice = reconcile(held(happened("b")), &[happened("a")], noon(TODAY)).current.unwrap();
    assert_eq!(twice.evidence, ["a", "b"]);
}

#[test]
fn the_person_may_change_their_mind_at_once() {
    let told = said(420, 1380, days_ago(1));
    let after = reconcile(held(told), &[said(540, 60, TODAY)], noon(TODAY));
    assert_eq!(wakes(&after), 540);
    assert_eq!(after.rivals[0].reason, "the person said otherwise later");
}
