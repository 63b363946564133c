//! Chance that repeats: the same seed throws the same, on every machine and in every version.
//!
//! `SplitMix64` (Steele, Lea, Flood 2014). For inventing data only; nothing secret comes from it.

/// A stream of throws.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// A stream of its own for `part` of what `seed` makes, so that a change to one part leaves the others as they are.
    pub(super) fn of(seed: u64, part: i64) -> Self {
        let mut dice = Self(seed ^ part.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self(dice.next())
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 (inclusive) to 1 (exclusive).
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + self.share() * (most - least)
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// About normal: mean 0, deviation 1, never beyond ±6 (the sum of twelve throws).
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }

    /// A whole number around `mean`, which may be a fraction: 2.3 is 2 or 3, and 2.3 on average.
    pub(super) fn around(&mut self, mean: f64) -> u32 {
        (mean.max(0.0) + self.share()) as u32
    }

    /// One of them; `None` of nothing.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get((self.share() * of.len() as f64) as usize)
    }

    /// One of them, as often as its weight says. The last one when the weights are all 0.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(T, f64)]) -> Option<T> {
        let mut left = self.share() * of.iter().map(|(_, weight)| weight).sum::<f64>();
        for (thing, weight) in of {
            left -= weight;
            if left < 0.0 {
                return Some(*thing);
            }
        }
        of.last().map(|(thing, _)| *thing)
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn throws_what_the_published_algorithm_throws() {
        let mut dice = Dice(1_234_567);
        assert_eq!([dice.next(), dice.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn is_fair_enough() {
        let mut dice = Dice(7);
        let mean = (0..10_000).map(|_| dice.share()).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        let heads = (0..10_000).filter(|_| dice.weighted(&[(true, 3.0), (false, 1.0)]) == Some(true)).count();
        assert!((7_300..7_700).contains(&heads), "{heads}");
    }
}
