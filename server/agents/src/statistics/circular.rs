//! Times of day, where 23:50 and 00:10 are twenty minutes apart.

use super::median;

const DAY: f64 = 1440.0;

/// Shortest way from `a` to `b` in minutes, −720 to 720.
fn way(a: f64, b: f64) -> f64 {
    (b - a + DAY / 2.0).rem_euclid(DAY) - DAY / 2.0
}

/// The median time of day in minutes after midnight, 0–1440: the value with the shortest ways to all others (the first of
/// several), moved by the median of these ways. `None` of nothing.
pub fn center(minutes: &[f64]) -> Option<f64> {
    let distance = |from: f64| minutes.iter().map(|to| way(from, *to).abs()).sum::<f64>();
    let mut sorted: Vec<f64> = minutes.iter().map(|at| at.rem_euclid(DAY)).collect();
    sorted.sort_by(f64::total_cmp);
    let nearest = sorted.into_iter().min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    let ways: Vec<f64> = minutes.iter().map(|to| way(nearest, *to)).collect();
    Some((nearest + median(&ways)?).rem_euclid(DAY))
}

/// The same times as minutes around `center`, within half a day of it, so that medians and slopes can be taken.
pub fn unwrapped(minutes: &[f64], center: f64) -> Vec<f64> {
    minutes.iter().map(|at| center + way(center, *at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn midnight_is_no_border() {
        assert_eq!(center(&[1430.0, 10.0, 0.0]), Some(0.0));
        assert_eq!(center(&[-30.0, 1410.0, 1420.0]), Some(1410.0));
        assert_eq!(unwrapped(&[1430.0, 10.0], 0.0), vec![-10.0, 10.0]);
        assert_eq!(center(&[]), None);
    }

    proptest! {
        #[test]
        fn turning_the_clock_turns_the_center(times in prop::collection::vec(0_i32..400, 1..20), by in 0_i32..1440) {
            let at = |by: i32| times.iter().map(|time| f64::from(time + by)).collect::<Vec<_>>();
            let (still, turned) = (center(&at(0)).unwrap(), center(&at(by)).unwrap());
            prop_assert!(way(still + f64::from(by), turned).abs() < 1e-6);
        }
    }
}
