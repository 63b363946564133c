//! When a level changed: the rank test of Pettitt (1979), "A non-parametric approach to the change-point problem".

use super::median;

/// A step from one level to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Place of the first value of the new level.
    pub at: usize,
    /// Medians before it and from it on.
    pub before: f64,
    pub after: f64,
    /// Two-sided, by Pettitt's approximation 2·exp(−6K²/(n³+n²)), at most 1.
    pub p_value: f64,
}

/// The place where ranks before and after differ most: K = max |U(t)|, `U(t) = Σ sgn(x_i − x_j)` over i ≤ t < j. The first such
/// place of several. `None` below eight values, where the approximation means nothing, and when all are the same.
pub fn pettitt(values: &[f64]) -> Option<Step> {
    let n = values.len();
    if n < 8 {
        return None;
    }
    let sign = |a: f64, b: f64| f64::from(i8::from(a > b) - i8::from(a < b));
    let (mut u, mut largest, mut at) = (0.0, 0.0, 0);
    for t in 0..n - 1 {
        u += values.iter().map(|other| sign(values[t], *other)).sum::<f64>();
        if f64::abs(u) > largest {
            (largest, at) = (f64::abs(u), t + 1);
        }
    }
    if at == 0 {
        return None;
    }
    let size = n as f64;
    let p_value = (2.0 * (-6.0 * largest * largest / (size.powi(3) + size.powi(2))).exp()).min(1.0);
    Some(Step { at, before: median(&values[..at])?, after: median(&values[at..])?, p_value })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of ten values, five low and then five high, K is 5·5 = 25: p = 2·exp(−6·625/1100) = 0.0661.
    #[test]
    fn by_hand() {
        let step = pettitt(&[1.0, 2.0, 1.0, 2.0, 1.0, 9.0, 8.0, 9.0, 8.0, 9.0]).unwrap();
        assert_eq!((step.at, step.before, step.after), (5, 1.0, 9.0));
        assert!((step.p_value - 0.066_1).abs() < 1e-4, "{}", step.p_value);
        assert_eq!(pettitt(&[3.0; 12]), None);
        assert_eq!(pettitt(&[1.0, 2.0]), None);
    }

    #[test]
    fn a_zigzag_has_no_step() {
        let zigzag: Vec<f64> = (0..30).map(|i| f64::from(i % 2)).collect();
        assert!(pettitt(&zigzag).unwrap().p_value > 0.5);
    }
}
