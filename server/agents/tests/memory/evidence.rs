//! Uniting evidence is a set union that stays small.

use std::collections::BTreeSet;

use agents::memory::evidence::{count, of_days, unite, weight};
use jiff::ToSpan;
use jiff::civil::Date;
use proptest::collection;
use proptest::prelude::*;

use crate::some::{TODAY, days_ago, noon, pieces};

/// Every day and id by itself, the slow way.
fn spread(evidence: &[String]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for text in evidence {
        let (from, to) = text.split_once('/').unwrap_or((text, text));
        let day = |text: &str| text.parse::<Date>().ok().filter(|day| day.to_string() == text);
        match (day(from), day(to)) {
            (Some(from), Some(to)) if from <= to => {
                let mut day = from;
                while day <= to {
                    all.insert(day.to_string());
                    day = day.checked_add(1.day()).unwrap();
                }
            }
            _ => {
                all.insert(text.clone());
            }
        }
    }
    all
}

proptest! {
    #[test]
    fn it_is_a_union_and_written_in_one_way(
        a in collection::vec(pieces(), 0..12),
        b in collection::vec(pieces(), 0..12),
        c in collection::vec(pieces(), 0..12),
    ) {
        let ab = unite([&a[..], &b]);
        let expected: BTreeSet<String> = spread(&a).union(&spread(&b)).cloned().collect();
        prop_assert_eq!(spread(&ab), expected.clone());
        prop_assert_eq!(count(&ab) as usize, expected.len());
        prop_assert_eq!(&unite([&b[..], &a]), &ab);
        prop_assert_eq!(&unite([&ab[..], &ab]), &ab);
        prop_assert_eq!(unite([&ab[..], &c]), unite([&a[..], &unite([&b[..], &c])]));
    }

    #[test]
    fn its_weight_is_the_sum_over_days(a in collection::vec(0_i64..400, 0..40)) {
        let days = of_days(a.iter().map(|ago| days_ago(*ago)));
        let each: BTreeSet<i64> = a.iter().copied().collect();
        let sum: f64 = each.iter().map(|ago| 0.5_f64.powf(*ago as f64 / 30.0)).sum();
        let now = noon(TODAY);
        let weighed = if days.is_empty() { 0.0 } else { weight(&days, now, now) };
        prop_assert!((weighed - sum).abs() < 1e-9, "{} {}", weighed, sum);
    }
}

#[test]
fn a_year_is_one_line_and_gaps_are_kept() {
    assert_eq!(of_days((0..365).map(days_ago)), ["2025-03-04/2026-03-03"]);
    assert_eq!(of_days([0, 1, 3].map(days_ago)), ["2026-02-28", "2026-03-02/2026-03-03"]);
}

#[test]
fn days_ahead_of_utc_count_as_today() {
    let now = noon(TODAY);
    let ahead = ["2026-03-02/2026-03-04".to_owned()];
    assert!((weight(&ahead, now, now) - (2.0 + 0.5_f64.powf(1.0 / 30.0))).abs() < 1e-9);
    assert!((weight(&["2026-03-04".to_owned()], now, now) - 1.0).abs() < 1e-9);
}
