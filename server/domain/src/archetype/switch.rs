//! What it means to go from one archetype to another: how near they are, and how the change is best made.
//!
//! Source of the table and of the days: the first HolisticOS (`archetype_manager`), as in `docs/agents.md`.

use serde::{Deserialize, Serialize};

use super::Archetype;

/// How near the new archetype is to the one before. Not symmetric: going up asks for more than coming down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Compatibility {
    /// It is the same one.
    Same,
    /// What was analysed before still serves.
    Compatible,
    /// Some of it serves.
    Semi,
    /// Nothing of it serves: analyses are made anew.
    Incompatible,
}

/// How a plan goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Strategy {
    /// Nothing changes.
    None,
    /// A short change: 3 days.
    Adaptive,
    /// A blend: 7 days, each day a seventh more of the new.
    Gradual,
    /// The new one at once.
    FreshStart,
}

/// The change from one archetype to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Transition {
    pub compatibility: Compatibility,
    pub strategy: Strategy,
    /// 0, 3 or 7.
    pub days: u8,
}

/// A larger difference of complexity is never blended.
const WIDEST_BLEND: u8 = 5;
/// Up to this difference a compatible change is short.
const NEAR: u8 = 2;

impl Archetype {
    /// How near `other` is for somebody who was `self`.
    pub fn compatibility(self, other: Self) -> Compatibility {
        use Archetype::{
            ConnectedExplorer, FoundationBuilder, PeakPerformer, ResilienceRebuilder, SystematicImprover,
            TransformationSeeker,
        };
        let semi = matches!(
            (self, other),
            (FoundationBuilder, ConnectedExplorer)
                | (PeakPerformer, TransformationSeeker)
                | (SystematicImprover, TransformationSeeker | ResilienceRebuilder)
                | (TransformationSeeker, PeakPerformer | SystematicImprover)
                | (ResilienceRebuilder, SystematicImprover | ConnectedExplorer)
                | (ConnectedExplorer, ResilienceRebuilder | FoundationBuilder)
        );
        if self == other {
            Compatibility::Same
        } else if self.compatible_with(other) {
            Compatibility::Compatible
        } else if semi {
            Compatibility::Semi
        } else {
            Compatibility::Incompatible
        }
    }

    /// How the change to `other` is made.
    pub fn transition(self, other: Self) -> Transition {
        let compatibility = self.compatibility(other);
        let gap = self.complexity().abs_diff(other.complexity());
        let strategy = match compatibility {
            Compatibility::Same => Strategy::None,
            Compatibility::Incompatible => Strategy::FreshStart,
            _ if gap > WIDEST_BLEND => Strategy::FreshStart,
            Compatibility::Compatible if gap <= NEAR => Strategy::Adaptive,
            Compatibility::Compatible | Compatibility::Semi => Strategy::Gradual,
        };
        Transition { compatibility, strategy, days: strategy.days() }
    }
}

impl Compatibility {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Compatible => "compatible",
            Self::Semi => "semi",
            Self::Incompatible => "incompatible",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Same, Self::Compatible, Self::Semi, Self::Incompatible]
            .into_iter()
            .find(|it| it.as_str() == text)
    }
}

impl Strategy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Adaptive => "adaptive",
            Self::Gradual => "gradual",
            Self::FreshStart => "fresh-start",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Adaptive, Self::Gradual, Self::FreshStart]
            .into_iter()
            .find(|it| it.as_str() == text)
    }

    /// How long the change takes.
    pub fn days(self) -> u8 {
        match self {
            Self::None | Self::FreshStart => 0,
            Self::Adaptive => 3,
            Self::Gradual => 7,
        }
    }

    /// The share of the new on the `day`th day of the change (the first is 1), 0–1.
    pub fn share_of_new(self, day: u32) -> f64 {
        match self.days() {
            0 => 1.0,
            days => (f64::from(day) / f64::from(days)).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row: from; column: to. `=` same, `c` compatible, `s` semi, `.` incompatible; in the order of [`Archetype::ALL`].
    const TABLE: [&str; 6] = [
        // FB RR CE TS SI PP
        "=cs.c.", // Foundation Builder
        "c=s.s.", // Resilience Rebuilder
        "ss=c..", // Connected Explorer
        "..c=ss", // Transformation Seeker
        "cs.s=c", // Systematic Improver
        "...sc=", // Peak Performer
    ];

    #[test]
    fn every_pair_is_as_near_as_the_table_says() {
        for (from, row) in Archetype::ALL.into_iter().zip(TABLE) {
            for (to, sign) in Archetype::ALL.into_iter().zip(row.chars()) {
                let expected = match sign {
                    '=' => Compatibility::Same,
                    'c' => Compatibility::Compatible,
                    's' => Compatibility::Semi,
                    _ => Compatibility::Incompatible,
                };
                assert_eq!(from.compatibility(to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn the_change_is_short_between_neighbours_and_a_fresh_start_between_strangers() {
        use Archetype::{
            ConnectedExplorer as CE, FoundationBuilder as FB, PeakPerformer as PP, ResilienceRebuilder as RR,
            SystematicImprover as SI, TransformationSeeker as TS,
        };
        let cases = [
            (FB, RR, Strategy::Adaptive, 3),
            (TS, CE, Strategy::Adaptive, 3),
            (SI, PP, Strategy::Adaptive, 3),
            // Compatible, and five apart.
            (FB, SI, Strategy::Gradual, 7),
            (FB, CE, Strategy::Gradual, 7),
            (PP, TS, Strategy::Gradual, 7),
            (FB, PP, Strategy::FreshStart, 0),
            (PP, RR, Strategy::FreshStart, 0),
            (CE, PP, Strategy::FreshStart, 0),
            (FB, FB, Strategy::None, 0),
        ];
        for (from, to, strategy, days) in cases {
            let transition = from.transition(to);
            assert_eq!((transition.strategy, transition.days), (strategy, days), "{from} to {to}");
        }
    }

    #[test]
    fn a_blend_grows_by_a_seventh_a_day() {
        assert!((Strategy::Gradual.share_of_new(1) - 1.0 / 7.0).abs() < 1e-12);
        assert!((Strategy::Gradual.share_of_new(7) - 1.0).abs() < 1e-12);
        assert!((Strategy::Gradual.share_of_new(70) - 1.0).abs() < 1e-12);
        assert!((Strategy::FreshStart.share_of_new(1) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn stored_words_are_read_back() {
        for from in Archetype::ALL {
            for to in Archetype::ALL {
                let it = from.transition(to);
                assert_eq!(Compatibility::parse(it.compatibility.as_str()), Some(it.compatibility));
                assert_eq!(Strategy::parse(it.strategy.as_str()), Some(it.strategy));
            }
        }
    }
}
