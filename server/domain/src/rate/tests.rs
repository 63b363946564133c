use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

fn rate(quota: u32, seconds: u32) -> Rate {
    Rate::new(quota, SECOND * seconds).unwrap()
}

#[test]
fn three_an_hour_are_three_at_once_and_then_one_every_twenty_minutes() {
    let rate = rate(3, 3_600);
    let mut used = Used::default();
    for left in [2, 1, 0] {
        used = rate.take(used, SECOND, 1).unwrap();
        assert_eq!(rate.remaining(used, SECOND), left);
    }
    assert_eq!(rate.take(used, SECOND, 1), Err(Some(SECOND * 1_200)));
    assert_eq!(used.whole_in(SECOND), SECOND * 3_600);
    let later = SECOND * 1_201;
    assert_eq!(rate.remaining(used, later), 1);
    used = rate.take(used, later, 1).unwrap();
    assert_eq!(rate.take(used, later, 1), Err(Some(SECOND * 1_200)));
}

#[test]
fn zero_is_no_limit_and_more_than_the_quota_never_fits() {
    assert_eq!(Rate::new(0, SECOND), None);
    assert_eq!(rate(3, 60).take(Used::default(), SECOND, 4), Err(None));
    let used = rate(3, 60).take(Used::default(), SECOND, 3).unwrap();
    assert_eq!(rate(3, 60).remaining(used, SECOND), 0);
}

#[test]
fn a_use_keeps_its_size_when_the_quota_moves() {
    let used = rate(60, 60).take(Used::default(), SECOND, 50).unwrap();
    assert_eq!(rate(60, 60).remaining(used, SECOND), 10);
    assert_eq!(rate(100, 60).remaining(used, SECOND), 50);
    assert_eq!(rate(55, 60).remaining(used, SECOND), 5);
    assert_eq!(rate(10, 60).remaining(used, SECOND), 0);
    // Forty-one must flow off, one a second, before the tenth may be.
    assert_eq!(rate(10, 60).take(used, SECOND, 1), Err(Some(SECOND * 41)));
    let used = rate(10, 60).take(used, SECOND * 42, 1).unwrap();
    assert_eq!((rate(10, 60).remaining(used, SECOND * 42), used.units(SECOND * 42)), (0, 10));
    assert_eq!(rate(60, 60).remaining(used, SECOND * 42), 50, "up again, nothing is forgotten");
}

#[test]
fn what_was_taken_is_corrected_by_what_was_used() {
    let rate = rate(1_000, 60);
    let used = rate.take(Used::default(), SECOND, 400).unwrap();
    assert_eq!(rate.remaining(rate.corrected(used, used, SECOND, -150), SECOND), 750);
    let over = rate.corrected(used, used, SECOND, 900);
    assert_eq!((rate.remaining(over, SECOND), over.units(SECOND)), (0, 1_300));
    assert_eq!(rate.take(over, SECOND, 100), Err(Some(SECOND * 24)), "four hundred of them must flow off");
    assert!(rate.corrected(used, used, SECOND * 100, -400).whole_in(SECOND * 100).is_zero());
}

#[test]
fn what_has_flown_off_is_not_given_back_out_of_what_another_took() {
    let rate = rate(1_000, 60);
    let first = rate.take(Used::default(), Duration::ZERO, 1_000).unwrap();
    let second = rate.take(first, SECOND * 61, 1_000).unwrap();
    let settled = rate.corrected(second, first, SECOND * 90, -900);
    assert_eq!(settled, second, "all of the first had flown off after a minute");
    assert_eq!(rate.remaining(settled, SECOND * 90), 483);
}

/// Whether each of a row of questions is let through.
fn let_through(rates: &[(Rate, Duration, u32)], mut used: Used) -> Vec<bool> {
    let ask = |(rate, now, n): &(Rate, Duration, u32)| match rate.take(used, *now, *n) {
        Ok(after) => {
            used = after;
            true
        }
        Err(_) => false,
    };
    rates.iter().map(ask).collect()
}

proptest! {
    /// In any span of one window: at most the quota at once and what is refilled meanwhile.
    #[test]
    fn no_window_passes_twice_the_quota_and_waiting_as_told_suffices(
        quota in 1_u32..50,
        window_s in 1_u32..4_000,
        asks in prop::collection::vec((0_u64..20_000, 1_u32..4), 1..200),
    ) {
        let rate = rate(quota, window_s);
        let (mut used, mut now, mut passed) = (Used::default(), Duration::ZERO, Vec::new());
        for (gap, n) in asks {
            now += Duration::from_millis(gap);
            let remaining = rate.remaining(used, now);
            match rate.take(used, now, n) {
                Ok(after) => {
                    prop_assert!(remaining >= n);
                    prop_assert_eq!(rate.remaining(after, now), remaining - n);
                    used = after;
                    passed.push((now, n));
                }
                Err(None) => prop_assert!(n > quota),
                Err(Some(wait)) => {
                    prop_assert!(remaining < n);
                    prop_assert!(rate.take(used, now + wait, n).is_ok());
                    prop_assert!(rate.take(used, now + wait - NANO, n).is_err());
                }
            }
            let within = passed.iter().filter(|(at, _)| *at + rate.window() > now).map(|(_, n)| n).sum::<u32>();
            prop_assert!(within <= 2 * quota);
        }
    }

    /// Whatever was used under whatever quotas, and however often they were moved: after the last edit never more goes through
    /// than for somebody who had used nothing, and no edit changes what is used.
    #[test]
    fn edits_up_and_down_forget_no_use_and_let_no_more_through(
        edits in prop::collection::vec((1_u32..60, prop::collection::vec((0_u64..9_000, 1_u32..5), 0..30)), 1..6),
        last in 1_u32..60,
        asks in prop::collection::vec((0_u64..9_000, 1_u32..5), 1..60),
    ) {
        let (mut used, mut now) = (Used::default(), Duration::ZERO);
        for (quota, asks) in edits {
            let before = used.units(now);
            let rate = rate(quota, 60);
            prop_assert_eq!(u64::from(rate.remaining(used, now)), u64::from(quota).saturating_sub(before));
            for (gap, n) in asks {
                now += Duration::from_millis(gap);
                let was = used.units(now);
                if let Ok(after) = rate.take(used, now, n) {
                    prop_assert!(after.units(now) >= was + u64::from(n), "what was used before still is");
                    prop_assert!(after.units(now) <= u64::from(quota), "never above what is allowed now");
                    used = after;
                }
            }
        }
        let (rate, mut at) = (rate(last, 60), now);
        let asks: Vec<_> = asks.into_iter().map(|(gap, n)| {
            at += Duration::from_millis(gap);
            (rate, at, n)
        }).collect();
        let sum = |passed: &[bool], until: Duration| asks.iter().zip(passed)
            .filter(|((_, at, _), passed)| **passed && *at <= until).map(|((_, _, n), _)| n).sum::<u32>();
        let passed = let_through(&asks, used);
        // At once the quota, and what refills until then.
        for (_, until, _) in &asks {
            let refilled = (*until - now).as_secs_f64() * f64::from(last) / 60.0;
            prop_assert!(f64::from(sum(&passed, *until)) <= f64::from(last) + refilled + 1e-6);
        }
    }

    #[test]
    fn giving_back_all_is_as_if_nothing_was_taken(
        quota in 1_u32..2_000_000_000,
        (taken, part) in (1_u32..1_000, 0_u32..1_000),
        later in 0_u64..100_000,
    ) {
        let rate = rate(quota, 60);
        let before = rate.take(Used::default(), SECOND, part.min(quota)).unwrap();
        if let Ok(after) = rate.take(before, SECOND, taken) {
            let now = SECOND + Duration::from_millis(later);
            let back = rate.corrected(after, after, now, -i64::from(taken));
            prop_assert_eq!(back.units(now), before.units(now));
        }
    }

    /// Two calls of one subject, ended in whatever order and with whatever use: neither is given what the other holds or used.
    #[test]
    fn what_one_gives_back_was_its_own(
        quota in 1_u32..3_000,
        takes in prop::array::uniform2((0_u64..150_000, 1_u32..1_500)),
        ends in prop::array::uniform2((0_u64..150_000, 0_u32..2_000)),
        first in 0_usize..2,
    ) {
        let rate = rate(quota, 60);
        let (mut used, mut now, mut held) = (Used::default(), Duration::ZERO, Vec::new());
        for (gap, n) in takes {
            now += Duration::from_millis(gap);
            let Ok(after) = rate.take(used, now, n) else { return Ok(()) };
            (used, held) = (after, [held, vec![(now, n, after)]].concat());
        }
        // What each of them is worth by itself, were it the only one.
        let mut worth = [held[0].1, held[1].1];
        for (which, (gap, real)) in [first, 1 - first].into_iter().zip(ends) {
            now += Duration::from_millis(gap);
            let (_, n, taken) = held[which];
            used = rate.corrected(used, taken, now, i64::from(real) - i64::from(n));
            worth[which] = worth[which].min(real);
            for ((at, ..), worth) in held.iter().zip(worth) {
                let alone = rate.take(Used::default(), *at, worth).unwrap();
                prop_assert!(used.units(now) >= alone.units(now), "{:?} holds less than {:?}", used, alone);
            }
        }
    }
}
