//! Whether what is given today is spread as it was before: the population stability index of two histograms.
//!
//! PSI = Σ (p − q) · ln(p / q) over bins (Jeffreys 1946; in use for scores since Siddiqi, *Credit Risk Scorecards*, 2006, whose
//! thresholds are 0.1 and 0.25). Two samples of one and the same source differ, too: their PSI is about χ² with B − 1 degrees of
//! freedom times (1/n + 1/m) (Yurdakul & Naranjo, *Statistical properties of the population stability index*, 2020). What chance
//! alone does once in a hundred times is therefore no drift, however large the number.

use serde::Serialize;

/// Below it nothing has moved; from it on a little (Siddiqi 2006).
pub const MODERATE: f64 = 0.1;
/// From here on it has drifted (Siddiqi 2006).
pub const LARGE: f64 = 0.25;
/// Counts that each side needs before anything is said: our judgement; with two bins chance alone reaches 0.27 here.
pub const LEAST: u64 = 50;
/// Added to each bin, so that an empty one is rare and not impossible (Krichevsky & Trofimov 1981).
const PRIOR: f64 = 0.5;
/// 99th percentile of the standard normal distribution.
const Z_99: f64 = 2.326_348;

/// What the comparison of two windows says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// Too few to tell, or no more than chance does with so few.
    NotEnough,
    /// PSI below 0.1.
    Stable,
    /// 0.1 to 0.25.
    Moved,
    /// 0.25 or more.
    Drifted,
}

impl Verdict {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnough => "not enough answers",
            Self::Stable => "stable",
            Self::Moved => "moved",
            Self::Drifted => "drifted",
        }
    }
}

/// Two windows beside each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// 0 or more; absent when a side is below [`LEAST`].
    pub psi: Option<f64>,
    /// What chance alone reaches once in a hundred times with so many counts; absent likewise.
    pub chance: Option<f64>,
    pub verdict: Verdict,
}

/// The population stability index of two histograms of the same bins, and how to take it. Bins that are empty on both sides
/// have no part; a side that is shorter has nothing in the bins it lacks.
pub fn compare(before: &[u64], now: &[u64]) -> Comparison {
    compare_of(before, now, (u64::MAX, u64::MAX))
}

/// Likewise, where one answer can be counted several times: what it is counted for hangs together, so that no more was drawn than
/// there were answers, before and now. On the safe side: items of one answer tell something, too.
pub fn compare_of(before: &[u64], now: &[u64], answers: (u64, u64)) -> Comparison {
    let at = |counts: &[u64], bin: usize| counts.get(bin).copied().unwrap_or(0);
    let bins = (0..before.len().max(now.len())).map(|bin| (at(before, bin), at(now, bin)));
    let bins: Vec<(u64, u64)> = bins.filter(|(before, now)| before + now > 0).collect();
    let n: u64 = bins.iter().map(|(before, _)| before).sum();
    let m: u64 = bins.iter().map(|(_, now)| now).sum();
    let (drawn_before, drawn_now) = (n.min(answers.0), m.min(answers.1));
    if drawn_before < LEAST || drawn_now < LEAST {
        return Comparison { psi: None, chance: None, verdict: Verdict::NotEnough };
    }
    let share = |count: u64, of: u64| (count as f64 + PRIOR) / (of as f64 + PRIOR * bins.len() as f64);
    let psi: f64 = bins
        .iter()
        .map(|(before, now)| (share(*before, n), share(*now, m)))
        .map(|(q, p)| (p - q) * (p / q).ln())
        .sum();
    let chance = chi_squared_99(bins.len() - 1) * (1.0 / drawn_before as f64 + 1.0 / drawn_now as f64);
    let verdict = match psi {
        ..MODERATE => Verdict::Stable,
        _ if psi <= chance => Verdict::NotEnough,
        ..LARGE => Verdict::Moved,
        _ => Verdict::Drifted,
    };
    Comparison { psi: Some(psi), chance: Some(chance), verdict }
}

/// The 99th percentile of χ² with so many degrees of freedom, within 2 % (Wilson & Hilferty 1931).
fn chi_squared_99(degrees: usize) -> f64 {
    if degrees == 0 {
        return 0.0;
    }
    let k = degrees as f64;
    let spread = 2.0 / (9.0 * k);
    k * (1.0 - spread + Z_99 * spread.sqrt()).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(0_u64..2_000, 1..12)
    }

    proptest! {
        #[test]
        fn it_is_never_negative_and_knows_no_direction(before in counts(), now in counts()) {
            let (there, back) = (compare(&before, &now), compare(&now, &before));
            prop_assert_eq!(there.verdict, back.verdict);
            if let (Some(there), Some(back)) = (there.psi, back.psi) {
                prop_assert!(there >= -1e-12 && there.is_finite());
                prop_assert!((there - back).abs() < 1e-9);
            }
        }

        #[test]
        fn the_same_spread_is_stable_whatever_its_size(before in counts(), times in 1_u64..5) {
            let now: Vec<u64> = before.iter().map(|count| count * times).collect();
            let found = compare(&before, &now);
            if before.iter().sum::<u64>() >= LEAST {
                prop_assert_eq!(found.verdict, Verdict::Stable);
            } else {
                prop_assert_eq!(found, Comparison { psi: None, chance: None, verdict: Verdict::NotEnough });
            }
        }

        #[test]
        fn items_of_one_answer_are_one_draw(before in counts(), now in counts(), each in 2_u64..5) {
            let many = |counts: &[u64]| counts.iter().map(|count| count * each).collect::<Vec<u64>>();
            let answers = (before.iter().sum(), now.iter().sum());
            let (single, several) = (compare(&before, &now), compare_of(&many(&before), &many(&now), answers));
            prop_assert_eq!(single.chance, several.chance);
        }

        #[test]
        fn bins_that_nothing_is_in_change_nothing(before in counts(), now in counts(), more in 0_usize..5) {
            let with = |counts: &[u64]| [counts, &vec![0; more]].concat();
            // Both as long as the longer, so that the empty ones are the same bins.
            let most = before.len().max(now.len());
            let padded = |counts: &[u64]| { let mut all = counts.to_vec(); all.resize(most, 0); with(&all) };
            prop_assert_eq!(compare(&padded(&before), &padded(&now)), compare(&before, &now));
        }

        #[test]
        fn few_are_never_a_drift(before in prop::collection::vec(0_u64..5, 1..9), now in counts()) {
            prop_assert_eq!(compare(&before, &now).verdict, Verdict::NotEnough);
        }
    }

    /// By hand: 0.5 → 0.7 and 0.5 → 0.3 is 0.2·ln(1.4) − 0.2·ln(0.6) = 0.169, with the prior a hair less.
    #[test]
    fn hand_computed() {
        let psi = |before: &[u64], now: &[u64]| compare(before, now).psi.unwrap();
        assert!((psi(&[5_000, 5_000], &[7_000, 3_000]) - 0.169_460).abs() < 1e-4);
        assert_eq!(compare(&[500, 500], &[700, 300]).verdict, Verdict::Moved);
        assert_eq!(compare(&[500, 500], &[520, 480]).verdict, Verdict::Stable);
        assert_eq!(compare(&[500, 500], &[900, 100]).verdict, Verdict::Drifted);
        assert_eq!(compare(&[1_000, 0], &[0, 1_000]).verdict, Verdict::Drifted);
    }

    /// 60 % → 40 % of 60 answers each is what chance does: PSI 0.16, and 0.22 comes once in a hundred times.
    #[test]
    fn what_chance_does_is_not_called_a_drift() {
        let found = compare(&[36, 24], &[24, 36]);
        assert!(found.psi.unwrap() > MODERATE && found.psi < found.chance, "{found:?}");
        assert_eq!(found.verdict, Verdict::NotEnough);
        assert_eq!(compare(&[360, 240], &[240, 360]).verdict, Verdict::Moved);
    }

    /// Tables of χ²: 6.635, 16.812, 21.666 with 1, 6 and 9 degrees of freedom.
    #[test]
    fn percentiles_are_those_of_the_tables() {
        for (degrees, table) in [(1, 6.635), (6, 16.812), (9, 21.666)] {
            let found = chi_squared_99(degrees);
            assert!((found - table).abs() < 0.02 * table, "{degrees}: {found}");
        }
        assert_eq!(chi_squared_99(0), 0.0);
    }
}
