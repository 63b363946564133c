//! Statistics that do not mind outliers: medians, slopes between all pairs, ranks.

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

mod change;
mod circular;
mod compare;
mod trend;

pub use change::{Step, pettitt};
pub use circular::{center, unwrapped};
pub use compare::{Shift, shift};
pub use trend::{Slope, theil_sen};

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
        fn quantiles_grow(values in prop::collection::vec(-1e6_f64..1e6, 1..50), a in 0.0_f64..1.0, b in 0.0_f64..1.0) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(quantile(&values, low) <= quantile(&values, high));
        }
    }
}
