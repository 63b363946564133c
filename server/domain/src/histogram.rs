//! Durations in a histogram that merges: of rows, of minutes, of instances, without losing precision.
//!
//! Buckets grow by the factor 1.02, so that a quantile is within 1 % of the measured value that has its rank.
//! The buckets are the same everywhere; therefore merged equals computed at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Upper bounds of neighbouring buckets. Half the step, (γ - 1)/(γ + 1) = 0.99 %, is the error of a quantile.
const GAMMA: f64 = 1.02;

/// The bucket of `u64::MAX` microseconds.
const LAST: u16 = 2242;

/// Counts of durations in microseconds. At most 2,243 buckets, whatever comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Bucket 0 holds zero; bucket i > 0 holds (γ^(i-2), γ^(i-1)].
    counts: BTreeMap<u16, u64>,
    total: u64,
}

/// A stored histogram that we did not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a histogram: {0}")]
pub struct NotAHistogram(&'static str);

impl Histogram {
    /// Adds one duration.
    pub fn record(&mut self, micros: u64) {
        *self.counts.entry(bucket(micros)).or_default() += 1;
        self.total += 1;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (&index, &count) in &other.counts {
            *self.counts.entry(index).or_default() += count;
        }
        self.total += other.total;
    }

    /// How many durations it holds.
    pub fn count(&self) -> u64 {
        self.total
    }

    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Microseconds at rank ⌈q · count⌉ (at least the first), within 1 %. `q` is 0 to 1; `None` when empty.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q.clamp(0.0, 1.0) * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (&index, &count) in &self.counts {
            seen += count;
            if seen >= rank {
                return Some(middle(index));
            }
        }
        None
    }

    /// `index:count` of each bucket that is not empty, the index as the distance to the one before, the count only
    /// when it is not 1: `345:12,1,7:3`.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(self.counts.len() * 5);
        let mut before = 0;
        for (&index, &count) in &self.counts {
            let comma = if text.is_empty() { "" } else { "," };
            // Writing to a String does not fail.
            let _ = match count {
                1 => write!(text, "{comma}{}", index - before),
                _ => write!(text, "{comma}{}:{count}", index - before),
            };
            before = index;
        }
        text
    }

    /// Reads what [`Histogram::encode`] wrote, and nothing else.
    pub fn decode(text: &str) -> Result<Self, NotAHistogram> {
        let mut histogram = Self::default();
        histogram.merge_encoded(text)?;
        Ok(histogram)
    }

    /// Adds a stored histogram without building it first. On an error part of it may have been added.
    pub fn merge_encoded(&mut self, text: &str) -> Result<(), NotAHistogram> {
        let mut index = 0_u64;
        for (place, part) in text.split(',').filter(|_| !text.is_empty()).enumerate() {
            let (distance, count) = match part.split_once(':') {
                None => (number(part)?, 1),
                Some((distance, count)) => (number(distance)?, number(count)?),
            };
            if count == 0 || (count == 1 && part.contains(':')) {
                return Err(NotAHistogram("a count that is not written so"));
            }
            if distance == 0 && place > 0 {
                return Err(NotAHistogram("a bucket twice"));
            }
            index = index.saturating_add(distance);
            let known = u16::try_from(index).ok().filter(|index| *index <= LAST);
            let bucket = known.ok_or(NotAHistogram("a bucket out of range"))?;
            self.total = self.total.checked_add(count).ok_or(NotAHistogram("more than can be counted"))?;
            *self.counts.entry(bucket).or_default() += count;
        }
        Ok(())
    }
}

/// Decimal digits without sign or leading zero.
fn number(text: &str) -> Result<u64, NotAHistogram> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return Err(NotAHistogram("a number that is none"));
    }
    text.parse().map_err(|_| NotAHistogram("a number out of range"))
}

fn bucket(micros: u64) -> u16 {
    if micros == 0 {
        return 0;
    }
    let power = ((micros as f64).ln() / GAMMA.ln()).ceil();
    (power as u16 + 1).min(LAST)
}

/// The value whose relative distance to both bounds of the bucket is the same.
fn middle(index: u16) -> f64 {
    match index {
        0 => 0.0,
        _ => 2.0 * GAMMA.powi(i32::from(index) - 1) / (GAMMA + 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|value| histogram.record(*value));
        histogram
    }

    /// From a microsecond to hours, evenly in orders of magnitude, as durations come.
    fn duration() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0),
            1_u64..100,
            100_u64..100_000,
            100_000_u64..100_000_000,
            100_000_000_u64..u64::MAX
        ]
    }

    proptest! {
        #[test]
        fn merged_equals_computed_at_once(
            a in prop::collection::vec(duration(), 0..80), b in prop::collection::vec(duration(), 0..80),
        ) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let mut from_text = of(&a);
            from_text.merge_encoded(&of(&b).encode()).unwrap();
            let at_once = of(&[a, b].concat());
            prop_assert_eq!(&merged, &at_once);
            prop_assert_eq!(&from_text, &at_once);
        }

        #[test]
        fn a_quantile_is_within_one_percent(
            values in prop::collection::vec(duration(), 1..120), q in 0.0..=1.0_f64,
        ) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = ((q * sorted.len() as f64).ceil() as usize).max(1);
            let exact = sorted[rank - 1] as f64;
            let estimate = of(&values).quantile(q).unwrap();
            prop_assert!((estimate - exact).abs() <= exact * 0.01, "{estimate} for {exact}");
        }

        #[test]
        fn what_was_written_reads_back(values in prop::collection::vec(duration(), 0..120)) {
            let histogram = of(&values);
            prop_assert_eq!(Histogram::decode(&histogram.encode()), Ok(histogram));
        }

        #[test]
        fn text_is_ours_or_refused(text in "[0-9:,+ -]{0,12}") {
            if let Ok(histogram) = Histogram::decode(&text) {
                prop_assert_eq!(histogram.encode(), text);
            }
        }
    }

    #[test]
    fn garbage_is_refused() {
        for text in
            ["x", "1,", ",1", "1:0", "1:1", "01", "+1", "2243", "1:18446744073709551615,1", "5,0:2", "1:2:3"]
        {
            assert!(Histogram::decode(text).is_err(), "{text}");
        }
        assert_eq!(of(&[]).quantile(0.95), None);
    }
}
