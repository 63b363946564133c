//! The five blocks of a day: their names, their windows, and what each is for.

use domain::archetype::Archetype;
use serde::{Deserialize, Serialize};

use super::context::Context;

/// In the order of the day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum BlockName {
    #[serde(rename = "Morning Block")]
    Morning,
    #[serde(rename = "Peak Energy Block")]
    Peak,
    #[serde(rename = "Mid-day Slump")]
    Slump,
    #[serde(rename = "Evening Routine")]
    Evening,
    #[serde(rename = "Wind Down")]
    WindDown,
}

/// What a block may ask of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = BlockZone)]
pub enum Zone {
    Peak,
    Maintenance,
    Recovery,
}

/// A block's window, minutes after waking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub name: BlockName,
    pub start: i32,
    pub end: i32,
}

impl BlockName {
    pub const ALL: [Self; 5] = [Self::Morning, Self::Peak, Self::Slump, Self::Evening, Self::WindDown];

    pub fn title(self) -> &'static str {
        match self {
            Self::Morning => "Morning Block",
            Self::Peak => "Peak Energy Block",
            Self::Slump => "Mid-day Slump",
            Self::Evening => "Evening Routine",
            Self::WindDown => "Wind Down",
        }
    }

    pub fn zone(self) -> Zone {
        match self {
            Self::Peak => Zone::Peak,
            Self::Morning | Self::Evening => Zone::Maintenance,
            Self::Slump | Self::WindDown => Zone::Recovery,
        }
    }

    /// What this kind of person uses the block for.
    pub(super) fn purpose(self, archetype: Archetype) -> &'static str {
        use Archetype::{
            ConnectedExplorer, FoundationBuilder, PeakPerformer, ResilienceRebuilder, SystematicImprover,
            TransformationSeeker,
        };
        match (self, archetype) {
            (Self::Morning, FoundationBuilder) => "Three small things, the same every morning",
            (Self::Morning, ResilienceRebuilder) => "Arrive in the day without hurry",
            (Self::Morning, ConnectedExplorer) => "Start outside and with people",
            (Self::Morning, TransformationSeeker) => "Set the direction and move first",
            (Self::Morning, SystematicImprover) => "Fixed start, one number noted",
            (Self::Morning, PeakPerformer) => "Check readiness, switch on, train or prepare",
            (Self::Peak, FoundationBuilder) => "Your best hours: one thing that matters",
            (Self::Peak, ResilienceRebuilder) => "Use the good hours gently, stop before you tire",
            (Self::Peak, ConnectedExplorer) => "Make or discover something",
            (Self::Peak, TransformationSeeker) => "The hour that moves the milestone",
            (Self::Peak, SystematicImprover) => "Measured work at the measured best time",
            (Self::Peak, PeakPerformer) => "The hardest work of the day, undisturbed",
            (Self::Slump, FoundationBuilder) => "Eat, drink, stand up",
            (Self::Slump, ResilienceRebuilder) => "Rest before you need it",
            (Self::Slump, ConnectedExplorer) => "A table shared and a little air",
            (Self::Slump, TransformationSeeker) => "Refuel, so that the second half counts too",
            (Self::Slump, SystematicImprover) => "The known dip: light work, short break",
            (Self::Slump, PeakPerformer) => "Planned recovery between two loads",
            (Self::Evening, FoundationBuilder) => "Dinner in time and an easy close",
            (Self::Evening, ResilienceRebuilder) => "Close work and be kind to the body",
            (Self::Evening, ConnectedExplorer) => "Time with your people",
            (Self::Evening, TransformationSeeker) => "Finish strong and see the progress",
            (Self::Evening, SystematicImprover) => "Close the day's loop in writing",
            (Self::Evening, PeakPerformer) => "Second load or release, then fuel",
            (Self::WindDown, FoundationBuilder) => "Lights down at the same time",
            (Self::WindDown, ResilienceRebuilder) => "Let the night restore you",
            (Self::WindDown, ConnectedExplorer) => "A warm end of the day",
            (Self::WindDown, TransformationSeeker) => "Prepare tomorrow's win",
            (Self::WindDown, SystematicImprover) => "The same order every night",
            (Self::WindDown, PeakPerformer) => "Sleep is training: protect it",
        }
    }

    /// On a day of recovery everybody uses it for the same.
    pub(super) fn recovery_purpose(self) -> &'static str {
        match self {
            Self::Morning => "Start slowly; today restores",
            Self::Peak => "Only what must be done, and easy",
            Self::Slump => "Eat, then truly rest",
            Self::Evening => "Gentle things, dinner in time",
            Self::WindDown => "Early and quiet: the night does the work",
        }
    }

    /// Why it is when it is.
    pub(super) fn why(self, context: &Context, window: Window) -> String {
        let level = context.mean_energy(window.start, window.end);
        let guessed = if context.assumed { " (assumed until there is more data)" } else { "" };
        match self {
            Self::Morning => format!("From waking at {}{guessed} until the energy has risen.", context.wake),
            Self::Peak => format!(
                "The three best hours of the first half of the day: energy {level:.0} of 100{guessed}."
            ),
            Self::Slump => {
                format!("After the peak the energy falls to {level:.0} of 100{guessed}: eat and recover.")
            }
            Self::Evening => {
                format!("Energy {level:.0} of 100{guessed}: enough for movement and people, not for records.")
            }
            Self::WindDown => format!(
                "The last hours before bed at {}{guessed}: nothing here raises the pulse.",
                context.sleep
            ),
        }
    }
}

/// The day of a context, cut into five: the peak where the energy is highest in the first half of the waking day, the
/// slump right after it, the wind-down last. A day of 16 hours has 3 hours of peak, slump and wind-down each.
pub(super) fn windows(context: &Context) -> [Window; 5] {
    let waking = context.waking_minutes() / 5 * 5;
    let part = |sixteenths: i32| waking * sixteenths / 16 / 15 * 15;
    let length = part(3);
    let latest = part(5).max(part(2));
    let mut peak = part(2);
    let mut start = peak;
    while start <= latest {
        if context.mean_energy(start, start + length) > context.mean_energy(peak, peak + length) {
            peak = start;
        }
        start += 15;
    }
    let cuts = [0, peak, peak + length, peak + 2 * length, waking - length, waking];
    let window = |i: usize| Window { name: BlockName::ALL[i], start: cuts[i], end: cuts[i + 1] };
    [window(0), window(1), window(2), window(3), window(4)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::profile::{ClockTime, Profile};

    #[test]
    fn the_peak_follows_the_energy_and_the_blocks_fill_the_day() {
        for (wake, sleep) in [(360, 1320), (600, 120), (420, 900), (0, 1260), (1000, 500)] {
            for hump in [0, 30, 60, 90] {
                let mut context = Context::from_profile(&Profile::default());
                context.wake = ClockTime::from_minutes(wake);
                context.sleep = ClockTime::from_minutes(sleep);
                for slot in 0..12 {
                    context.energy[(hump + slot) % 96] = 95;
                }
                let windows = windows(&context);
                assert_eq!(windows[0].start, 0);
                assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start));
                assert!(windows.iter().all(|w| w.end - w.start >= 45), "{windows:?}");
                assert!((0..5).contains(&(context.waking_minutes() - windows[4].end)));
            }
        }
        let mut context = Context::from_profile(&Profile::default());
        context.energy = [40; 96];
        context.energy[40..52].fill(90);
        assert_eq!(windows(&context)[1].start, 180, "10:00, three hours after 07:00");
    }
}
