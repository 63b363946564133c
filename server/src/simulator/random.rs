//! Where chance comes from: a seed and something that differs from request to request.
//!
//! Promises the same numbers for the same pair, on every machine and in every build with the same generator.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// Odd, with its bits spread evenly (2^64 divided by the golden ratio), so that neighbouring salts lie far apart.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// A generator for one request.
pub(super) fn generator(seed: u64, salt: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ salt.wrapping_mul(SPREAD))
}

/// FNV-1a, 64 bits: unlike the standard library's hash it may not change with the compiler.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
