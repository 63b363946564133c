//! Two distributions beside each other, bin by bin, for a table cell: written by hand, a few hundred bytes.
//!
//! They repeat what stands beside them in words, so screen readers skip them.

use std::fmt::Write as _;

use super::palette::Tone;

const BAR: f64 = 6.0;
const BIN: f64 = 16.0;
const HEIGHT: f64 = 24.0;

/// The bins' counts before (muted) and now (accent), each as a share of its own side; the highest share fills the height.
pub fn pairs(bins: &[(u64, u64)]) -> String {
    let (before, now) = bins.iter().fold((0, 0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
    let share = |count: u64, of: u64| if of == 0 { 0.0 } else { count as f64 / of as f64 };
    let shares: Vec<(f64, f64)> = bins.iter().map(|bin| (share(bin.0, before), share(bin.1, now))).collect();
    let most = shares.iter().flat_map(|(before, now)| [*before, *now]).fold(0.0, f64::max).max(f64::EPSILON);
    let width = BIN * bins.len().max(1) as f64;
    let mut svg = format!(
        "<svg class=\"pairs\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" height=\"{HEIGHT}\" aria-hidden=\"true\">"
    );
    for (bin, (before, now)) in shares.into_iter().enumerate() {
        for (share, tone, offset) in [(before, Tone::Muted, 0.0), (now, Tone::Accent, BAR + 1.0)] {
            let (x, height) = (bin as f64 * BIN + offset, share / most * HEIGHT);
            // Writing to a String does not fail.
            let _ = write!(
                svg,
                "<rect x=\"{x}\" y=\"{:.1}\" width=\"{BAR}\" height=\"{height:.1}\" fill=\"{}\"/>",
                HEIGHT - height,
                tone.variable()
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_a_share_of_itself() {
        let svg = pairs(&[(10, 100), (30, 300)]);
        let heights: Vec<&str> =
            svg.split(" height=\"").skip(2).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(heights, ["8.0", "8.0", "24.0", "24.0"], "a quarter and three quarters on both sides");
        assert!(svg.contains("viewBox=\"0 0 32 24\"") && svg.contains("aria-hidden"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(pairs(&[]).matches("<rect").count(), 0);
        assert!(pairs(&[(0, 0)]).contains("height=\"0.0\""));
    }
}
