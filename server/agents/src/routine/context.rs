//! What a routine needs to know from the analyses: when the day is, where the energy is, what comes first.

use domain::profile::{ClockTime, Profile};
use jiff::civil::Date;

use crate::behavior::{self, BehaviorAnalysis};
use crate::circadian::{CircadianAnalysis, Source};
use crate::memory::MemoryUsed;
use serde::{Deserialize, Serialize};

use super::wishes::RoutineWishes;

/// Filled from the behavior and circadian analyses, or by [`Context::from_profile`] without them.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// 0–100. `None`: nothing is known, and nothing is assumed from it.
    pub readiness: Option<u8>,
    pub wake: ClockTime,
    /// Bed time; on the next calendar day when it is not after `wake`.
    pub sleep: ClockTime,
    /// 0–100 per slot of 15 minutes, from midnight.
    pub energy: [u8; 96],
    /// What the behavior analysis put first, most important first.
    pub focus: Vec<Focus>,
    /// `true` when wake, sleep or energy are guessed.
    pub assumed: bool,
    /// What wake and sleep are told or remembered by, where nights do not say them.
    pub hours_by: Option<MemoryUsed>,
}

/// A field in which a person may gain most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RoutineFocus)]
pub enum Focus {
    Sleep,
    Activity,
    Recovery,
    Regularity,
    Stress,
}

impl From<behavior::Focus> for Focus {
    fn from(focus: behavior::Focus) -> Self {
        match focus {
            behavior::Focus::Sleep => Self::Sleep,
            behavior::Focus::SleepRegularity | behavior::Focus::Consistency => Self::Regularity,
            behavior::Focus::Activity | behavior::Focus::Sitting => Self::Activity,
            behavior::Focus::Recovery => Self::Recovery,
        }
    }
}

/// Nobody falls asleep hours before their time.
const EARLIER_TO_BED: i32 = 90;
/// A waking day outside of these is a fault of the data, not a day to plan: 16 hours are taken instead.
const WAKING_MINUTES: std::ops::RangeInclusive<i32> = 8 * 60..=21 * 60;
const USUAL_WAKING: i32 = 16 * 60;

impl Context {
    /// From what the analyses of the same evidence found.
    pub fn new(behavior: &BehaviorAnalysis, circadian: &CircadianAnalysis) -> Self {
        let mut energy = [25; 96];
        for (level, slot) in energy.iter_mut().zip(&circadian.energy_timeline) {
            *level = slot.energy;
        }
        Self {
            readiness: behavior.readiness.score,
            wake: circadian.wake_time,
            sleep: circadian.bed_time,
            energy,
            focus: behavior.priorities.iter().map(|priority| Focus::from(priority.focus)).collect(),
            assumed: matches!(circadian.source, Source::Assumed | Source::Profile),
            hours_by: circadian.memories.first().cloned(),
        }
    }

    /// From wishes alone. Wake 07:00 and 16 hours awake unless the profile says otherwise; energy by hours after waking:
    /// rising to 80 from hour 2 to 4, 65 until 7.5, 45 in the dip until 9, 60 until 12, then falling, 25 asleep
    /// (the "productive" reference day of the first system).
    pub fn from_profile(profile: &Profile) -> Self {
        let wake = profile.wake_time.unwrap_or(ClockTime::from_minutes(7 * 60));
        let after = |minutes: i32| ClockTime::from_minutes(i64::from(i32::from(wake.minutes()) + minutes));
        let sleep = profile.bed_time.unwrap_or(after(USUAL_WAKING));
        let mut context = Self {
            readiness: None,
            wake,
            sleep,
            energy: [25; 96],
            focus: Vec::new(),
            assumed: true,
            hours_by: None,
        };
        context.sleep = after(context.waking_minutes());
        for slot in 0..96_i32 {
            let since = (slot * 15 - i32::from(wake.minutes())).rem_euclid(1440);
            context.energy[slot as usize] = match since {
                _ if since >= context.waking_minutes() => 25,
                0..60 => 50,
                60..120 => 65,
                120..240 => 80,
                240..450 => 65,
                450..540 => 45,
                540..720 => 60,
                720..840 => 45,
                _ => 35,
            };
        }
        context
    }

    /// The same for one day: on a wished early start it begins earlier, and the evening before it ends earlier, by as much
    /// up to [`EARLIER_TO_BED`], so that most of the night is kept. What does not fit a waking day is left as it is.
    pub(super) fn on(&self, date: Date, wishes: &RoutineWishes) -> Self {
        let mut day = self.clone();
        let today = self.earlier(date, wishes).unwrap_or(0);
        let tomorrow = date.tomorrow().ok().and_then(|next| self.earlier(next, wishes)).unwrap_or(0);
        let (up, down) = (today, tomorrow.min(EARLIER_TO_BED));
        if WAKING_MINUTES.contains(&(self.waking_minutes() + up - down)) {
            let (wake, bed) = (i64::from(self.wake.minutes()), self.clock(self.waking_minutes() - down));
            (day.wake, day.sleep) = (ClockTime::from_minutes(wake - i64::from(up)), bed);
        }
        day
    }

    /// How much earlier than usual the day begins, minutes, 1–240.
    pub(super) fn earlier(&self, date: Date, wishes: &RoutineWishes) -> Option<i32> {
        let start = wishes.early_starts.iter().find(|start| start.day.is(date.weekday()))?;
        let by = (i32::from(self.wake.minutes()) - i32::from(start.wake.minutes())).rem_euclid(1440);
        (1..=240).contains(&by).then_some(by)
    }

    /// Whether the day is for recovery: readiness below 50 (productive below 75, as in the first system).
    pub fn in_recovery(&self) -> bool {
        self.readiness.is_some_and(|readiness| readiness < 50)
    }

    /// From waking to bed, 480–1260.
    pub fn waking_minutes(&self) -> i32 {
        let minutes = (i32::from(self.sleep.minutes()) - i32::from(self.wake.minutes())).rem_euclid(1440);
        if WAKING_MINUTES.contains(&minutes) { minutes } else { USUAL_WAKING }
    }

    /// The time of day `minutes` after waking.
    pub(super) fn clock(&self, minutes: i32) -> ClockTime {
        ClockTime::from_minutes(i64::from(self.wake.minutes()) + i64::from(minutes))
    }

    /// How long after waking a time of day is, 0–1439.
    pub(super) fn since_wake(&self, time: ClockTime) -> i32 {
        (i32::from(time.minutes()) - i32::from(self.wake.minutes())).rem_euclid(1440)
    }

    /// Mean energy from `start` to `end`, minutes after waking.
    pub(super) fn mean_energy(&self, start: i32, end: i32) -> f64 {
        let slots = (start / 15)..(end / 15).max(start / 15 + 1);
        let count = f64::from(slots.end - slots.start);
        let level = |slot: i32| f64::from(self.energy[usize::from(self.clock(slot * 15).minutes() / 15)]);
        slots.map(level).sum::<f64>() / count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_night_becomes_a_usual_one() {
        let at = |text| ClockTime::parse(text).ok();
        let profile = Profile { wake_time: at("07:00"), bed_time: at("07:10"), ..Profile::default() };
        assert_eq!(Context::from_profile(&profile).waking_minutes(), 960);
        let owl = Profile { wake_time: at("10:00"), bed_time: at("02:00"), ..Profile::default() };
        let context = Context::from_profile(&owl);
        assert_eq!((context.waking_minutes(), context.since_wake(context.sleep)), (960, 960));
        assert!(context.mean_energy(120, 240) > context.mean_energy(450, 540));
    }
}
