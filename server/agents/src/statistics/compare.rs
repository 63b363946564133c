//! Whether two groups of values differ: by ranks, not by means.

use super::median;

/// How far the second group lies above the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The median of all differences between them (Hodges & Lehmann 1963).
    pub by: f64,
    /// Two-sided, of the rank-sum test (Mann & Whitney 1947) by the normal approximation, corrected for ties and continuity.
    pub p_value: f64,
}

/// `None` when a group has fewer than four values, where the approximation means nothing.
pub fn shift(first: &[f64], second: &[f64]) -> Option<Shift> {
    if first.len() < 4 || second.len() < 4 {
        return None;
    }
    let differences: Vec<f64> = second.iter().flat_map(|b| first.iter().map(move |a| b - a)).collect();
    let above: f64 =
        differences.iter().map(|d| if *d > 0.0 { 1.0 } else { f64::from(u8::from(*d == 0.0)) * 0.5 }).sum();
    let (m, n) = (first.len() as f64, second.len() as f64);
    let all = m + n;
    let mut values: Vec<f64> = first.iter().chain(second).copied().collect();
    values.sort_by(f64::total_cmp);
    let ties: f64 =
        values.chunk_by(|a, b| a == b).map(|same| (same.len() as f64).powi(3) - same.len() as f64).sum();
    let variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let distance = ((above - m * n / 2.0).abs() - 0.5).max(0.0);
    let p_value = if variance > 0.0 { 2.0 * upper_tail(distance / variance.sqrt()) } else { 1.0 };
    Some(Shift { by: median(&differences)?, p_value: p_value.min(1.0) })
}

/// The chance that a normal value lies above `z` ≥ 0; Abramowitz & Stegun 26.2.17, to 7.5e-8.
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let sum = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530]
        .iter()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 1–4 against 5–8 without ties: U = 16, mean 8, variance 4·4/12·9 = 12; z = 7.5/√12 = 2.165, p = 0.0304.
    #[test]
    fn by_hand() {
        let found = shift(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]).unwrap();
        assert_eq!(found.by, 4.0);
        assert!((found.p_value - 0.030_4).abs() < 1e-4, "{}", found.p_value);
        let same = shift(&[5.0; 6], &[5.0; 4]).unwrap();
        assert_eq!((same.by, same.p_value), (0.0, 1.0));
        assert_eq!(shift(&[1.0; 3], &[1.0; 9]), None);
    }

    #[test]
    fn the_tail_is_the_normal_one() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.158_655), (1.959_964, 0.025), (3.0, 0.001_35)] {
            assert!((upper_tail(z) - p).abs() < 1e-6, "{z}");
        }
    }
}
