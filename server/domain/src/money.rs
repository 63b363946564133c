//! Money in whole micro-dollars: never a float, never a bare integer.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// An amount of US dollars in millionths. Negative amounts are corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    pub const ZERO: Self = Self(0);

    /// The nearest whole micro-dollar. For configuration and for the edge of the API only.
    pub fn from_usd(usd: f64) -> Self {
        Self((usd * 1e6).round() as i64)
    }

    /// Dollars as JSON numbers show them. Exact up to 2^53 micro-dollars (9 billion dollars).
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for MicroUsd {
    /// `$12.34`; below a dollar with the digits that matter: `$0.0042`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents_show_it = self.0 == 0 || self.0.unsigned_abs() >= 1_000_000 || self.0 % 10_000 == 0;
        if cents_show_it {
            write!(f, "{sign}${:.2}", self.usd().abs())
        } else {
            write!(f, "{sign}${:.4}", self.usd().abs())
        }
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for MicroUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_digits_that_matter() {
        assert_eq!(MicroUsd(50_000_000).to_string(), "$50.00");
        assert_eq!(MicroUsd(4_200).to_string(), "$0.0042");
        assert_eq!(MicroUsd(-100_000).to_string(), "-$0.10");
        assert_eq!(MicroUsd::from_usd(0.1), MicroUsd(100_000));
    }
}
