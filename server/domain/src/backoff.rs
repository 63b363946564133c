//! How long to wait before trying again: twice as long each time, spread by chance so that many do not come back together.
//!
//! Full jitter: from zero to the whole pause. Source: AWS Architecture Blog, *Exponential Backoff And Jitter*, 2015.

use jiff::SignedDuration;

/// `attempt` counts from 1; `chance` is 0 to 1 and the caller's to draw. Between zero and `longest`.
pub fn full_jitter(
    first: SignedDuration,
    longest: SignedDuration,
    attempt: u32,
    chance: f64,
) -> SignedDuration {
    let doubled = first.checked_mul(1 << attempt.saturating_sub(1).min(20)).unwrap_or(longest);
    doubled.min(longest).mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_spread_from_zero() {
        let (first, longest) = (SignedDuration::from_millis(200), SignedDuration::from_secs(5));
        let most: Vec<i128> =
            (1..=7).map(|attempt| full_jitter(first, longest, attempt, 1.0).as_millis()).collect();
        assert_eq!(most, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(full_jitter(first, longest, 3, 0.0), SignedDuration::ZERO);
        assert_eq!(full_jitter(first, longest, u32::MAX, 2.0), longest);
    }
}
