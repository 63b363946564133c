//! Whether values rise or fall: the median of the slopes between all pairs of points.

use super::median;

/// A slope per unit of x with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    pub per_unit: f64,
    pub low: f64,
    pub high: f64,
}

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_964;

/// Theil–Sen: the median of the slopes of all pairs, with the interval of Sen (1968): of the N slopes in their order, those at
/// (N ∓ z·σ)/2, where σ² is the variance of Kendall's S, made smaller by ties of y: [n(n−1)(2n+5) − Σ t(t−1)(2t+5)] / 18
/// (Kendall 1970; places as in Gilbert 1987). Points with the same x make no slope. `None` below five points, where the
/// interval means nothing.
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Slope> {
    if points.len() < 5 {
        return None;
    }
    let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
    for (i, (x1, y1)) in points.iter().enumerate() {
        slopes
            .extend(points[i + 1..].iter().filter(|(x2, _)| x2 != x1).map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
    }
    slopes.sort_by(f64::total_cmp);
    let per_unit = median(&slopes)?;
    let margin = Z * kendall_variance(points).sqrt();
    let all = slopes.len() as f64;
    let at = |place: f64| slopes[(place.max(0.0) as usize).min(slopes.len() - 1)];
    // Counted from one, the lower is the M1-th and the upper the (M2 + 1)-th.
    let (low, high) = (at(((all - margin) / 2.0).round() - 1.0), at(((all + margin) / 2.0).round()));
    Some(Slope { per_unit, low: low.min(per_unit), high: high.max(per_unit) })
}

fn kendall_variance(points: &[(f64, f64)]) -> f64 {
    let term = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut values: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
    values.sort_by(f64::total_cmp);
    let ties: f64 = values.chunk_by(|a, b| a == b).map(|same| term(same.len() as f64)).sum();
    (term(points.len() as f64) - ties) / 18.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_the_slope_of_a_line_and_ignores_one_outlier(slope in -50.0_f64..50.0, outlier in -1e6_f64..1e6) {
            let mut points: Vec<_> = (0..14).map(|x| (f64::from(x), slope * f64::from(x) + 3.0)).collect();
            points[5].1 = outlier;
            let found = theil_sen(&points).unwrap();
            prop_assert!((found.per_unit - slope).abs() < 1e-6);
            prop_assert!(found.low <= found.per_unit && found.per_unit <= found.high);
        }
    }

    /// By hand: y = 1, 2, 2, 3, 5 at x = 0…4. The ten slopes are 0, ½, ½, ⅔, 1, 1, 1, 1, 1½, 2. One tie of two:
    /// σ² = (5·4·15 − 2·1·9) / 18 = 15.667, z·σ = 7.758; places round(1.121) = 1 and round(8.879) + 1 = 10.
    #[test]
    fn by_hand_with_a_tie() {
        let points = [(0.0, 1.0), (1.0, 2.0), (2.0, 2.0), (3.0, 3.0), (4.0, 5.0)];
        assert_eq!(theil_sen(&points), Some(Slope { per_unit: 1.0, low: 0.0, high: 2.0 }));
        assert!((kendall_variance(&points) - 282.0 / 18.0).abs() < 1e-9);
        assert_eq!(theil_sen(&points[..4]), None);
        let flat = [(0.0, 7.0), (1.0, 7.0), (2.0, 7.0), (3.0, 7.0), (4.0, 7.0)];
        assert_eq!(theil_sen(&flat), Some(Slope { per_unit: 0.0, low: 0.0, high: 0.0 }));
    }
}
