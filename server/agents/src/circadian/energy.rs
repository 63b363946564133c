//! The energy of a day: the two-process model of sleep regulation, at the person's own hours.
//!
//! Level = −S + a·C − W. S, the need for sleep, rises awake towards 1 with a time constant of 18.2 h and falls asleep towards 0 with
//! 4.2 h (Borbély 1982; Daan, Beersma & Borbély 1984), in the steady state of this person's own hours. C, the clock of the body, is
//! cos 2π(t−p)/24 + ½ cos 4π(t−p−3)/24 with its top p 15 hours after the middle of sleep: two rises, and a dip after noon (Hursh et al.
//! 2004, where p is 18:00). a = 0.16 lies between Daan's 0.1 and Hursh's 0.22 in units of S. W is the heaviness after waking, 0.25 at
//! first (own choice), fading with 1.51 an hour (Åkerstedt & Folkard 1997).
//!
//! The waking day is scaled to 30–90 for this person, the top lower after nights shorter than seven hours, by what S lacks at
//! waking. Where the clock of the body is known apart from the hours slept (chronotype by free days), p follows it: whoever rises before
//! their own time starts slower and peaks later. A fifth is the person's own steps by the hour.

use super::times::Times;
use super::{ChronotypeBasis, ChronotypeMethod, EnergySource, Rhythm, SLOT_MINUTES, SLOTS};
use crate::behavior::rhythm;
use crate::evidence::Evidence;

const RISE_H: f64 = 18.2;
const FALL_H: f64 = 4.2;
const CLOCK_WEIGHT: f64 = 0.16;
/// Hours from the middle of sleep to the top of the clock of the body: 18:00 for a night from 23:00 to 07:00.
const TOP_AFTER_MIDDLE_H: f64 = 15.0;
const HEAVINESS: f64 = 0.25;
const HEAVINESS_FADES: f64 = 1.51;
const STEPS_WEIGHT: f64 = 0.2;

const ASLEEP: u8 = 20;
const LEAST_AWAKE: f64 = 30.0;
const MOST_AWAKE: f64 = 90.0;
/// The top never sinks below this, so that every day has a best time.
const LEAST_TOP: f64 = 78.0;
/// Points that the top loses for each unit of S that a short night leaves.
const TOP_PER_NEED: f64 = 120.0;

/// One level 0–100 for each slot from midnight on, and what shaped them.
pub(super) fn levels(evidence: &Evidence, times: &Times, basis: &ChronotypeBasis) -> (Vec<u8>, EnergySource) {
    let awake = (times.bed - times.wake).rem_euclid(1440);
    let awake_h = awake as f64 / 60.0;
    let need = need_at_waking(awake_h);
    let middle = (times.bed as f64 + (1440 - awake) as f64 / 2.0).rem_euclid(1440.0);
    let own_clock = basis.evidence.as_ref().filter(|_| basis.method == ChronotypeMethod::FreeDays);
    let top = own_clock.map_or(middle, |shown| shown.value) / 60.0 + TOP_AFTER_MIDDLE_H;
    let since_wake = |slot: usize| (slot as i64 * SLOT_MINUTES - times.wake).rem_euclid(1440);
    let up = |slot: &usize| since_wake(*slot) < awake;
    let model: Vec<f64> = (0..SLOTS)
        .map(|slot| {
            let hours = since_wake(slot) as f64 / 60.0;
            let tired = 1.0 - (1.0 - need) * (-hours / RISE_H).exp();
            let clock = slot as f64 * SLOT_MINUTES as f64 / 60.0 - top;
            let heavy = HEAVINESS * (-HEAVINESS_FADES * hours).exp();
            CLOCK_WEIGHT * body_clock(clock) - tired - heavy
        })
        .collect();
    let model = scaled(&model, up);
    let steps = rhythm::of(evidence).filter(|_| times.rhythm == Rhythm::Stable);
    let (shape, source) = match steps {
        None => (model, EnergySource::Model),
        Some(steps) => {
            let moved: Vec<f64> = (0..SLOTS).map(|slot| smooth(&steps.profile, slot)).collect();
            let both = model.iter().zip(scaled(&moved, up));
            let mixed: Vec<f64> =
                both.map(|(model, moved)| (1.0 - STEPS_WEIGHT) * model + STEPS_WEIGHT * moved).collect();
            (scaled(&mixed, up), EnergySource::ModelAndSteps)
        }
    };
    let seven_hours = need_at_waking(17.0);
    let best = (MOST_AWAKE - TOP_PER_NEED * (need - seven_hours).max(0.0)).max(LEAST_TOP);
    let level = |slot: usize| {
        if up(&slot) { (LEAST_AWAKE + (best - LEAST_AWAKE) * shape[slot]).round() as u8 } else { ASLEEP }
    };
    ((0..SLOTS).map(level).collect(), source)
}

/// S at waking, 0–1, when every day has these waking hours.
fn need_at_waking(awake_h: f64) -> f64 {
    let (risen, fallen) = ((-awake_h / RISE_H).exp(), (-(24.0 - awake_h) / FALL_H).exp());
    fallen * (1.0 - risen) / (1.0 - risen * fallen)
}

/// C at hours after its top.
fn body_clock(hours: f64) -> f64 {
    let turn = std::f64::consts::TAU / 24.0;
    (turn * hours).cos() + 0.5 * (2.0 * turn * (hours - 3.0)).cos()
}

/// From 0, the lowest of the waking slots, to 1, the highest.
fn scaled(values: &[f64], up: impl Fn(&usize) -> bool) -> Vec<f64> {
    let awake = || (0..values.len()).filter(&up).map(|slot| values[slot]);
    let (low, high) = (awake().fold(f64::INFINITY, f64::min), awake().fold(f64::NEG_INFINITY, f64::max));
    let range = high - low;
    let share = |value: &f64| if range > 0.0 { ((value - low) / range).clamp(0.0, 1.0) } else { 0.5 };
    values.iter().map(share).collect()
}

/// Steps around a slot: between the middles of the hours, each the mean of three.
fn smooth(profile: &[f64; 24], slot: usize) -> f64 {
    let mean =
        |hour: usize| (profile[(hour + 23) % 24] + profile[hour % 24] + profile[(hour + 1) % 24]) / 3.0;
    let at = (slot as f64 * SLOT_MINUTES as f64 / 60.0 + 23.5).rem_euclid(24.0);
    let (hour, part) = (at.floor() as usize, at.fract());
    mean(hour) * (1.0 - part) + mean(hour + 1) * part
}
