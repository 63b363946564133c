//! Statistics that do not mind outliers: medians, and slopes between all pairs.

/// The middle value; `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Linear interpolation between order statistics (Hyndman & Fan, type 7). `q` in 0–1.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    Some(below + (above - below) * place.fract())
}

/// Median absolute deviation from the median, × 1.4826 so that it estimates the standard deviation of normal data.
pub fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&distances).map(|mad| mad * 1.4826)
}

/// A slope per unit of x with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    pub per_unit: f64,
    pub low: f64,
    pub high: f64,
}

/// Theil–Sen: the median of the slopes of all pairs, with the interval of Sen (1968) by the normal approximation of
/// Kendall's statistic. `None` below five points, where the interval means nothing.
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Slope> {
    let n = points.len();
    if n < 5 {
        return None;
    }
    let mut slopes = Vec::with_capacity(n * (n - 1) / 2);
    for (i, (x1, y1)) in points.iter().enumerate() {
        slopes
            .extend(points[i + 1..].iter().filter(|(x2, _)| x2 != x1).map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
    }
    slopes.sort_by(f64::total_cmp);
    let per_unit = median(&slopes)?;
    let n = n as f64;
    let margin = 1.96 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let all = slopes.len() as f64;
    let at = |place: f64| slopes[(place.round().max(0.0) as usize).min(slopes.len() - 1)];
    Some(Slope { per_unit, low: at((all - margin) / 2.0), high: at((all + margin) / 2.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    proptest! {
        #[test]
        fn finds_the_slope_of_a_line_and_ignores_one_outlier(slope in -50.0_f64..50.0, outlier in -1e6_f64..1e6) {
            let mut points: Vec<_> = (0..14).map(|x| (f64::from(x), slope * f64::from(x) + 3.0)).collect();
            points[5].1 = outlier;
            let found = theil_sen(&points).unwrap();
            prop_assert!((found.per_unit - slope).abs() < 1e-6);
            prop_assert!(found.low <= found.per_unit && found.per_unit <= found.high);
        }

        #[test]
        fn quantiles_grow(values in prop::collection::vec(-1e6_f64..1e6, 1..50), a in 0.0_f64..1.0, b in 0.0_f64..1.0) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(quantile(&values, low) <= quantile(&values, high));
        }
    }
}
