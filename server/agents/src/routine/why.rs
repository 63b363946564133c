//! The reason beside each task: the task's own, and what this person's figures add to it.

use super::context::Focus;
use super::evolution::TaskDecision;
use super::library::Need;
use super::pool::Chosen;
use super::{Intensity, Situation, TaskKind, told};
use crate::evidence::{DayRecord, Evidence};

/// Minutes that a device must leave uncounted for its still minutes to be those of the waking day.
const LEAST_NIGHT: f64 = 6.0 * 60.0;

/// Still minutes of a day without those of the night in bed: what all its minutes together are above 24 hours was counted twice.
/// `None` where the night is not known and may be among them.
pub(super) fn sitting(day: &DayRecord) -> Option<f64> {
    let still = day.sedentary_minutes?;
    let counted = [day.active_minutes, day.lightly_active_minutes].into_iter().flatten().sum::<f64>() + still;
    match day.minutes_in_bed.or(day.sleep_minutes) {
        Some(night) => Some(still - (counted + night - 1440.0).clamp(0.0, night.min(still))),
        None => (counted <= 1440.0 - LEAST_NIGHT).then_some(still),
    }
}

/// Mean over the 7 days up to the anchor; `None` with fewer than 3 measured days, or when they are out of date.
pub(super) fn week_mean(evidence: &Evidence, value: impl Fn(&DayRecord) -> Option<f64>) -> Option<f64> {
    if evidence.out_of_date().is_some() { None } else { mean_of_last_week(evidence, value) }
}

/// Likewise, however old.
pub(super) fn mean_of_last_week(
    evidence: &Evidence,
    value: impl Fn(&DayRecord) -> Option<f64>,
) -> Option<f64> {
    let measured: Vec<f64> =
        evidence.days.iter().rev().take(7).filter(|day| day.worn).filter_map(value).collect();
    (measured.len() >= 3).then(|| measured.iter().sum::<f64>() / measured.len() as f64)
}

/// Two sentences at most. A figure that was `said` for an earlier task is not repeated, unless
/// it is about this task alone.
pub(super) fn why(situation: &Situation<'_>, chosen: &Chosen, said: &mut Vec<String>) -> String {
    let past = situation.evolution.of_task(&chosen.task.slug).is_some();
    match figures(situation, chosen).filter(|figures| past || !said.contains(figures)) {
        Some(figures) => {
            let why = format!("{} {figures}", chosen.task.why);
            said.push(figures);
            why
        }
        None => chosen.task.why.clone(),
    }
}

fn figures(situation: &Situation<'_>, chosen: &Chosen) -> Option<String> {
    let (evidence, task) = (situation.evidence, chosen.task);
    if let Some(known) = situation.evolution.of_task(&task.slug) {
        let percent = known.completion * 100.0;
        return Some(match known.decision {
            TaskDecision::Keep => {
                format!("Done {percent:.0} % of {} times in two weeks: kept.", known.check_ins)
            }
            TaskDecision::Adapt => {
                format!("Done {percent:.0} % of {} times: smaller today.", known.check_ins)
            }
            TaskDecision::Swap | TaskDecision::Remove => {
                "Here again in its smallest form, as every day needs it.".to_owned()
            }
        });
    }
    if let Some(before) = situation.heeded.before.get(task.slug.as_str()) {
        let percent = before.share * 100.0;
        if before.share >= told::WORKED {
            return Some(format!("It is remembered to work: done {percent:.0} % of the times."));
        } else if before.share < told::FAILED {
            return Some(format!("Remembered as done {percent:.0} % of the times: small today."));
        }
    }
    if let Some((mean, days)) = situation
        .heeded
        .stressed()
        .filter(|_| task.focus.contains(&Focus::Stress) && task.intensity == Intensity::None)
    {
        return Some(format!("You wrote down stress of {mean:.1} of 5 over {days} days (self-reported)."));
    }
    if task.kind == TaskKind::Exercise && task.intensity >= Intensity::Moderate {
        return Some(match week_mean(evidence, |day| day.active_minutes) {
            Some(mean) if mean < 10.0 => {
                format!("You had {mean:.0} active minutes a day over 7 days: this is a small start.")
            }
            Some(mean) => format!(
                "You had {mean:.0} active minutes a day over 7 days; the week stays within 10 % more."
            ),
            None if evidence.out_of_date().is_some() => {
                "Short, because nothing newer is known of your activity.".to_owned()
            }
            None => "Short, because nothing is known of your activity yet.".to_owned(),
        });
    }
    if let Some(readiness) = situation.context.readiness.filter(|_| situation.context.in_recovery())
        && (task.kind == TaskKind::Recovery || task.kind == TaskKind::Exercise)
    {
        return Some(format!("Your readiness is {readiness} of 100: today restores, it does not add load."));
    }
    if task.serves.contains(&Need::Break) {
        let sitting = week_mean(evidence, sitting)?;
        return Some(format!("You sat about {:.0} hours a day over 7 days.", sitting / 60.0));
    }
    if task.focus.contains(&Focus::Sleep) {
        let minutes = week_mean(evidence, |day| day.sleep_minutes)?;
        return Some(format!("You slept {} a night over 7 nights.", hours(minutes)));
    }
    if task.focus.contains(&Focus::Activity) && task.serves.contains(&Need::Movement) {
        let steps = week_mean(evidence, |day| day.steps)?;
        return Some(format!("You took {steps:.0} steps a day over 7 days."));
    }
    None
}

/// `6 h 50 min`.
fn hours(minutes: f64) -> String {
    let minutes = minutes.round() as i64;
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}
