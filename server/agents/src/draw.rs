//! Variety without randomness: numbers drawn from words.
//!
//! The same words give the same number on every machine and in every version; other words give an unrelated one.

use sha2::{Digest, Sha256};

/// A seed from the words that should decide, such as the day and the archetype.
pub(crate) fn seed(words: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The number that `seed` gives to one candidate. Cheap: FNV-1a, finished as in `SplitMix64`.
pub(crate) fn number(seed: u64, candidate: &str) -> u64 {
    let start = seed ^ 0xcbf2_9ce4_8422_2325;
    let hash =
        candidate.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_words_same_number_and_word_borders_count() {
        assert_eq!(seed(&["2026-03-03", "walk"]), seed(&["2026-03-03", "walk"]));
        assert_ne!(seed(&["ab", "c"]), seed(&["a", "bc"]));
        assert_ne!(number(1, "walk"), number(2, "walk"));
    }
}
