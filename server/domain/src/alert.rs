//! The state machine of an alert: it fires when its condition has held for long enough, and resolves when it has not held
//! for as long. What cannot be measured freezes it: unknown neither fires nor resolves.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum AlertState {
    Inactive,
    /// The condition holds, but not for long enough yet.
    Pending,
    Firing,
}

impl AlertState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }

    pub fn read(text: &str) -> Self {
        match text {
            "pending" => Self::Pending,
            "firing" => Self::Firing,
            _ => Self::Inactive,
        }
    }
}

/// Where one alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    pub state: AlertState,
    /// Since when the state holds.
    pub since: Timestamp,
    /// While firing: since when the condition has not held.
    pub clear_since: Option<Timestamp>,
}

impl Track {
    pub fn new(now: Timestamp) -> Self {
        Self { state: AlertState::Inactive, since: now, clear_since: None }
    }

    /// One evaluation. `holds`: the condition, `None` when it could not be measured. `hold_for`: how long it must hold
    /// before it fires; it resolves after the same time of not holding.
    pub fn evaluate(self, holds: Option<bool>, hold_for: SignedDuration, now: Timestamp) -> Self {
        let long_enough = |since: Timestamp| now.duration_since(since) >= hold_for;
        match (self.state, holds) {
            (_, None) => self,
            (AlertState::Inactive, Some(false)) => self,
            (AlertState::Inactive, Some(true)) if hold_for.is_zero() => {
                Self { state: AlertState::Firing, since: now, clear_since: None }
            }
            (AlertState::Inactive, Some(true)) => {
                Self { state: AlertState::Pending, since: now, clear_since: None }
            }
            (AlertState::Pending, Some(false)) => {
                Self { state: AlertState::Inactive, since: now, clear_since: None }
            }
            (AlertState::Pending, Some(true)) if long_enough(self.since) => {
                Self { state: AlertState::Firing, since: now, clear_since: None }
            }
            (AlertState::Pending, Some(true)) => self,
            (AlertState::Firing, Some(true)) => Self { clear_since: None, ..self },
            (AlertState::Firing, Some(false)) => {
                let clear_since = self.clear_since.unwrap_or(now);
                if long_enough(clear_since) {
                    Self { state: AlertState::Inactive, since: now, clear_since: None }
                } else {
                    Self { clear_since: Some(clear_since), ..self }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FOR: SignedDuration = SignedDuration::from_secs(30);

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    proptest! {
        #[test]
        fn fires_only_after_holding_long_enough(readings in prop::collection::vec(prop::option::of(any::<bool>()), 1..80)) {
            let mut track = Track::new(after(0));
            for (i, holds) in readings.iter().enumerate() {
                let now = after(i64::try_from(i).unwrap() * 10);
                let before = track;
                track = track.evaluate(*holds, FOR, now);
                if holds.is_none() {
                    prop_assert_eq!(track, before, "unknown freezes");
                }
                if track.state == AlertState::Firing && before.state != AlertState::Firing {
                    // The last three readings that were known, and this one, all held.
                    let known: Vec<bool> = readings[..=i].iter().flatten().copied().collect();
                    prop_assert!(known.iter().rev().take(2).all(|held| *held));
                    prop_assert!(now.duration_since(before.since) >= FOR);
                }
                if before.state == AlertState::Firing && track.state == AlertState::Inactive {
                    prop_assert!(now.duration_since(before.clear_since.unwrap()) >= FOR);
                }
            }
        }
    }

    #[test]
    fn one_good_reading_does_not_resolve() {
        let firing = Track { state: AlertState::Firing, since: after(0), clear_since: None };
        let clear = firing.evaluate(Some(false), FOR, after(10));
        assert_eq!(clear.state, AlertState::Firing);
        let back = clear.evaluate(Some(true), FOR, after(20)).evaluate(Some(false), FOR, after(45));
        assert_eq!((back.state, back.clear_since), (AlertState::Firing, Some(after(45))));
    }
}
