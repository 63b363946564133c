//! When requests are due: evenly, or by chance as independent callers come.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Arrivals of one span of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// Arrivals a second; 0: none.
    pub(super) rate: f64,
    pub(super) length: Duration,
    /// The seed of arrivals by chance; `None`: evenly.
    pub(super) poisson: Option<u64>,
}

impl Schedule {
    /// When each arrival is due, from the beginning of the span, in order. Evenly: ⌈rate · length⌉ of them, the first at
    /// zero. By chance: independent gaps whose mean is 1 / rate, the same ones for the same seed.
    pub(super) fn arrivals(self) -> impl Iterator<Item = Duration> {
        let mut random = self.poisson.map(StdRng::seed_from_u64);
        let mut number = 0_u64;
        let mut by_chance = 0.0_f64;
        let length = if self.rate > 0.0 { self.length } else { Duration::ZERO };
        std::iter::from_fn(move || {
            let seconds = match &mut random {
                Some(random) => {
                    by_chance += -(1.0 - random.random::<f64>()).ln() / self.rate;
                    by_chance
                }
                // Not a sum of gaps: their rounding would add up.
                None => number as f64 / self.rate,
            };
            number += 1;
            Duration::try_from_secs_f64(seconds).ok().filter(|due| *due < length)
        })
        .fuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due(rate: f64, length: Duration, poisson: Option<u64>) -> Vec<Duration> {
        Schedule { rate, length, poisson }.arrivals().collect()
    }

    proptest! {
        #[test]
        fn even_arrivals_are_exact_in_number_and_time(rate in 1_u32..3000, seconds in 1_u64..8) {
            let due = due(f64::from(rate), Duration::from_secs(seconds), None);
            prop_assert_eq!(due.len() as u64, u64::from(rate) * seconds);
            prop_assert_eq!(due[0], Duration::ZERO);
            for (number, due) in due.iter().enumerate() {
                let exact = number as f64 / f64::from(rate);
                prop_assert!((due.as_secs_f64() - exact).abs() < 2e-9, "{number} at {due:?}");
            }
        }

        #[test]
        fn a_rate_below_one_a_second_still_begins_at_once(rate in 0.01..1.0_f64, millis in 1_u64..20_000) {
            let due = due(rate, Duration::from_millis(millis), None);
            let most = (rate * millis as f64 / 1000.0).ceil() as usize;
            prop_assert!(due.len() == most || due.len() == most + 1, "{} of {most}", due.len());
        }

        #[test]
        fn arrivals_by_chance_are_in_order_and_repeatable(rate in 1.0..2000.0_f64, seed: u64) {
            let length = Duration::from_secs(2);
            let once = due(rate, length, Some(seed));
            prop_assert!(once.is_sorted());
            prop_assert!(once.iter().all(|due| *due < length));
            prop_assert_eq!(once, due(rate, length, Some(seed)));
        }

        /// A count of arrivals by chance is within six of its deviations, √(rate · length).
        #[test]
        fn arrivals_by_chance_keep_the_rate(rate in 50.0..2000.0_f64, seed: u64) {
            let expected = rate * 10.0;
            let count = due(rate, Duration::from_secs(10), Some(seed)).len() as f64;
            prop_assert!((count - expected).abs() < 6.0 * expected.sqrt(), "{count} of {expected}");
        }
    }

    #[test]
    fn gaps_by_chance_are_exponential() {
        let due = due(1000.0, Duration::from_secs(50), Some(7));
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1000.0).collect();
        let share = gaps.iter().filter(|gap| **gap > 1.0).count() as f64 / gaps.len() as f64;
        let expected = (-1.0_f64).exp();
        assert!((share - expected).abs() < 0.02, "{share} of the gaps are above their mean, not 1/e");
    }

    #[test]
    fn no_rate_and_no_time_give_no_arrival() {
        assert!(due(0.0, Duration::from_secs(1), None).is_empty());
        assert!(due(100.0, Duration::ZERO, None).is_empty());
        assert!(due(100.0, Duration::ZERO, Some(1)).is_empty());
    }
}
