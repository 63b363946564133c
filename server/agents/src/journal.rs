//! What people write down of their days, as figures: how they feel against what is usual for them. Self-reported, and said so.
//!
//! Such figures follow load and recovery at least as well as measured ones (Saw, Main & Gastin 2016, a systematic review), and are held
//! against the person's own usual, as two people mean different things by a 3. None of their words is read.

use domain::journal::JournalFigures;

use crate::evidence::Evidence;
use crate::statistics::{median, spread};

/// Days with a figure before anything is read from it; the heart's bound (own choice).
const LEAST_DAYS: usize = 7;
/// Of the newest week, for what is usual in it.
const LEAST_OF_WEEK: usize = 3;
/// A figure older than this says nothing of today.
const FRESH_DAYS: i32 = 1;
/// On a scale of five steps, half a step is the least that people vary by.
const LEAST_SPREAD: f64 = 0.5;
const USUAL_DAYS: i32 = 30;

/// A figure of today or yesterday beside the person's usual one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Felt {
    pub(crate) name: &'static str,
    /// 1–5.
    pub(crate) value: f64,
    pub(crate) usual: f64,
    /// Usual spreads that it lies on the good side of the usual, within ±3.
    pub(crate) better: f64,
}

/// Energy, mood and stress, where seven days of the last thirty have the figure and today or yesterday is among them.
pub(crate) fn felt(evidence: &Evidence) -> Vec<Felt> {
    type Figure = fn(&JournalFigures) -> Option<u8>;
    let figures: [(&'static str, Figure, f64); 3] = [
        ("energy", |day| day.energy, 1.0),
        ("mood", |day| day.mood, 1.0),
        ("stress", |day| day.stress, -1.0),
    ];
    figures.into_iter().filter_map(|(name, figure, sign)| one(evidence, name, figure, sign)).collect()
}

fn one(
    evidence: &Evidence,
    name: &'static str,
    figure: fn(&JournalFigures) -> Option<u8>,
    sign: f64,
) -> Option<Felt> {
    let days = of_days(evidence, USUAL_DAYS, figure);
    let (age, value) = days.iter().min_by_key(|(age, _)| *age).copied()?;
    let values: Vec<f64> = days.iter().map(|(_, value)| *value).collect();
    if days.len() < LEAST_DAYS || age > FRESH_DAYS {
        return None;
    }
    let usual = median(&values)?;
    let distance = sign * (value - usual) / spread(&values)?.max(LEAST_SPREAD);
    Some(Felt { name, value, usual, better: distance.clamp(-3.0, 3.0) })
}

/// The mean stress of the last seven days, 1–5, with how many of them have it, at least three.
pub(crate) fn stress_of_week(evidence: &Evidence) -> Option<(f64, usize)> {
    let days = of_days(evidence, 7, |day| day.stress);
    let mean = days.iter().map(|(_, value)| value).sum::<f64>() / days.len() as f64;
    (days.len() >= LEAST_OF_WEEK).then_some((mean, days.len()))
}

/// (Days before today, figure) of the days up to and with today.
fn of_days(
    evidence: &Evidence,
    length: i32,
    figure: impl Fn(&JournalFigures) -> Option<u8>,
) -> Vec<(i32, f64)> {
    let age = |day: &JournalFigures| {
        let days = evidence.today.duration_since(day.date).as_hours() / 24;
        i32::try_from(days).ok().filter(|days| (0..length).contains(days))
    };
    evidence.journal.iter().filter_map(|day| Some((age(day)?, f64::from(figure(day)?)))).collect()
}
