//! How sure a comparison of few days can be: tests by rank and count, which do not mind outliers.
//!
//! Every one gives a two-sided p-value: how often chance alone would show at least as much. Normal approximations,
//! used above the least numbers that the callers ask for.

use std::cmp::Ordering;

/// The two-sided p-value of a standard normal deviate. The error function by Abramowitz & Stegun 7.1.26 (1964), whose error is
/// below 1.5e-7.
pub(super) fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let sum = series.iter().fold(0.0, |sum, factor| (sum + factor) * t);
    (sum * (-x * x).exp()).clamp(0.0, 1.0)
}

/// Mann & Whitney (1947): whether one group tends to be higher than the other, ties corrected. Positive z: `a` is higher.
/// Of two groups without any difference, or an empty one, z is 0.
pub(super) fn rank_sum(a: &[f64], b: &[f64]) -> f64 {
    let (n, m) = (a.len() as f64, b.len() as f64);
    let beats: f64 = a.iter().flat_map(|x| b.iter().map(move |y| wins(*x, *y))).sum();
    let mut all: Vec<f64> = a.iter().chain(b).copied().collect();
    let total = n + m;
    let tied = tie_groups(&mut all).iter().map(|t| t * t * t - t).sum::<f64>();
    let variance = n * m / 12.0 * (total + 1.0 - tied / (total * (total - 1.0)));
    if variance.is_nan() || variance <= 0.0 { 0.0 } else { (beats - n * m / 2.0) / variance.sqrt() }
}

/// Kendall's tau-b (1945) and its z under no association, the variance corrected for ties in both.
/// `(0, 0)` where one of the two never changes.
pub(super) fn kendall(pairs: &[(f64, f64)]) -> (f64, f64) {
    let n = pairs.len() as f64;
    let mut score = 0.0;
    for (i, (x1, y1)) in pairs.iter().enumerate() {
        for (x2, y2) in &pairs[i + 1..] {
            score += sign(*x2 - *x1) * sign(*y2 - *y1);
        }
    }
    let mut xs: Vec<f64> = pairs.iter().map(|(x, _)| *x).collect();
    let mut ys: Vec<f64> = pairs.iter().map(|(_, y)| *y).collect();
    let (tx, ty) = (tie_groups(&mut xs), tie_groups(&mut ys));
    let sum = |groups: &[f64], of: fn(f64) -> f64| groups.iter().map(|t| of(*t)).sum::<f64>();
    let two = |t: f64| t * (t - 1.0);
    let three = |t: f64| t * (t - 1.0) * (t - 2.0);
    let five = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let all = n * (n - 1.0);
    let base = (all - sum(&tx, two)) * (all - sum(&ty, two));
    let variance = (five(n) - sum(&tx, five) - sum(&ty, five)) / 18.0
        + sum(&tx, two) * sum(&ty, two) / (2.0 * all)
        + sum(&tx, three) * sum(&ty, three) / (9.0 * all * (n - 2.0));
    if n < 3.0 || base <= 0.0 || variance <= 0.0 {
        return (0.0, 0.0);
    }
    (2.0 * score / base.sqrt(), score / variance.sqrt())
}

/// The sign test: `above` of `n` values lie on one side. z with the correction for continuity.
pub(super) fn sign_test(above: usize, n: usize) -> f64 {
    if n == 0 {
        return 0.0;
    }
    let distance = above as f64 - n as f64 / 2.0;
    sign(distance) * (distance.abs() - 0.5).max(0.0) / (n as f64 / 4.0).sqrt()
}

/// Two shares, each with how many it is of, as a z; positive: the first is higher. Pooled, with half a success and half a failure
/// added to each (after Agresti & Caffo 2000), so that 4 of 4 is not certainty.
pub(super) fn two_shares(first: (f64, f64), second: (f64, f64)) -> f64 {
    let smooth = |(done, all): (f64, f64)| (done + 0.5, all + 1.0);
    let ((a, n), (b, m)) = (smooth(first), smooth(second));
    let pooled = (a + b) / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if error > 0.0 { (a / n - b / m) / error } else { 0.0 }
}

/// Bonferroni: of `looked_at` comparisons the most striking one was chosen.
pub(super) fn of_many(p: f64, looked_at: usize) -> f64 {
    (p * looked_at.max(1) as f64).min(1.0)
}

fn wins(x: f64, y: f64) -> f64 {
    match x.total_cmp(&y) {
        Ordering::Greater => 1.0,
        Ordering::Equal => 0.5,
        Ordering::Less => 0.0,
    }
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

/// Sizes of the groups of equal values.
fn tie_groups(values: &mut [f64]) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values.chunk_by(|a, b| a == b).map(|group| group.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }

    /// Figures by Python from the formulas, with `math.erfc`.
    #[test]
    fn by_hand() {
        near(two_sided(1.96), 0.0500);
        near(two_sided(0.0), 1.0);
        near(two_sided(-3.0), 0.0027);
        // U = 22 of 24, ties at 5 and 7.
        near(rank_sum(&[5.0, 7.0, 8.0, 9.0], &[1.0, 2.0, 3.0, 4.0, 5.0, 7.0]), 2.145_047);
        let (tau, z) =
            kendall(&[(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0), (5.0, 5.0), (6.0, 7.0), (7.0, 6.0)]);
        near(tau, 0.714_286);
        near(two_sided(z), 0.024_271);
        near(sign_test(9, 10), 2.213_594);
    }

    #[test]
    fn nothing_is_certain_of_nothing() {
        assert_eq!(rank_sum(&[], &[1.0]), 0.0);
        assert_eq!(rank_sum(&[2.0, 2.0], &[2.0]), 0.0);
        assert_eq!(kendall(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), (0.0, 0.0));
        assert_eq!((kendall(&[]), sign_test(0, 0)), ((0.0, 0.0), 0.0));
        assert!(two_sided(two_shares((4.0, 4.0), (0.0, 4.0))) > 0.005);
        near(of_many(0.3, 7), 1.0);
    }

    proptest! {
        #[test]
        fn both_sides_are_one_question(a in prop::collection::vec(0_i32..9, 1..12), b in prop::collection::vec(0_i32..9, 1..12)) {
            let (a, b): (Vec<f64>, Vec<f64>) = (a.into_iter().map(f64::from).collect(), b.into_iter().map(f64::from).collect());
            prop_assert!((rank_sum(&a, &b) + rank_sum(&b, &a)).abs() < 1e-9);
            let pairs: Vec<_> = a.iter().copied().zip(b.iter().copied()).collect();
            let turned: Vec<_> = pairs.iter().map(|(x, y)| (*x, -*y)).collect();
            let ((tau, z), (back, other)) = (kendall(&pairs), kendall(&turned));
            prop_assert!((-1.000_001..=1.000_001).contains(&tau) && (tau + back).abs() < 1e-9 && (z + other).abs() < 1e-9);
        }
    }
}
