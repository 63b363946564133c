//! What matters most for this person, in the tone and size of their archetype.

use domain::archetype::Archetype;

use super::patterns::hours;
use super::{ArchetypeFit, Focus, MetricEvidence, Mode, Priority, Readiness, measured};
use crate::evidence::Evidence;
use crate::statistics::{median, spread};

/// A candidate with how urgent it is, 0–1.
struct Candidate {
    urgency: f64,
    focus: Focus,
    title: String,
    why: String,
    evidence: MetricEvidence,
}

/// At most three; Foundation Builders get at most two, so that nothing overwhelms.
pub(super) fn choose(evidence: &Evidence, readiness: &Readiness) -> Vec<Priority> {
    let mut candidates = Vec::new();
    candidates.extend(sleep(evidence));
    candidates.extend(regularity(evidence));
    candidates.extend(activity(evidence));
    candidates.extend(sitting(evidence));
    candidates.extend(consistency(evidence));
    candidates.extend(recovery(evidence, readiness));
    for candidate in &mut candidates {
        candidate.urgency += leaning(evidence.archetype, candidate.focus);
    }
    candidates.sort_by(|a, b| b.urgency.total_cmp(&a.urgency));
    let most = if evidence.archetype == Archetype::FoundationBuilder { 2 } else { 3 };
    let priority = |candidate: Candidate| Priority {
        next_step: next_step(evidence.archetype, candidate.focus).to_owned(),
        focus: candidate.focus,
        title: candidate.title,
        why: candidate.why,
        evidence: candidate.evidence,
    };
    candidates.into_iter().take(most).map(priority).collect()
}

fn sleep(evidence: &Evidence) -> Option<Candidate> {
    let shown = measured(evidence, "sleep per night", "minutes", |day| day.sleep_minutes)?;
    (shown.value < 420.0).then(|| Candidate {
        urgency: (420.0 - shown.value) / 120.0,
        focus: Focus::Sleep,
        title: "Sleep a little longer".to_owned(),
        why: format!("You usually sleep {} h; adults need 7 to 9.", hours(shown.value)),
        evidence: shown,
    })
}

fn regularity(evidence: &Evidence) -> Option<Candidate> {
    let mut shown = measured(evidence, "sleep per night", "minutes", |day| day.sleep_minutes)?;
    let nights: Vec<f64> =
        Evidence::values(evidence.window(), |day| day.sleep_minutes).into_iter().map(|(_, v)| v).collect();
    let value = super::round(spread(&nights)?);
    if nights.len() < 4 || value <= 45.0 {
        return None;
    }
    shown.metric = "spread of sleep from night to night".to_owned();
    (shown.value, shown.baseline) = (value, Some(30.0));
    Some(Candidate {
        urgency: (value - 45.0) / 90.0,
        focus: Focus::SleepRegularity,
        title: "Go to bed at a steadier time".to_owned(),
        why: format!("Your nights differ by about {value:.0} minutes; half an hour is regular."),
        evidence: shown,
    })
}

/// 7,000 steps a day: where the curve of benefit flattens. Source: Paluch et al., Lancet Public Health 2022.
fn activity(evidence: &Evidence) -> Option<Candidate> {
    let shown = measured(evidence, "steps per day", "steps", |day| day.steps)?;
    (shown.value < 7_000.0).then(|| Candidate {
        urgency: (7_000.0 - shown.value) / 6_000.0,
        focus: Focus::Activity,
        title: "Move more through the day".to_owned(),
        why: format!(
            "A usual day has {:.0} steps; most of the benefit is reached at about 7,000.",
            shown.value
        ),
        evidence: shown,
    })
}

fn sitting(evidence: &Evidence) -> Option<Candidate> {
    let shown = measured(evidence, "sedentary time per day", "minutes", |day| {
        day.sedentary_minutes.filter(|m| *m < 1_300.0)
    })?;
    (shown.value > 960.0).then(|| Candidate {
        urgency: (shown.value - 960.0) / 400.0,
        focus: Focus::Sitting,
        title: "Break up long sitting".to_owned(),
        why: format!("About {:.0} hours a day without movement, sleep included.", shown.value / 60.0),
        evidence: shown,
    })
}

fn consistency(evidence: &Evidence) -> Option<Candidate> {
    let mut shown = measured(evidence, "steps per day", "steps", |day| day.steps)?;
    let steps: Vec<f64> =
        Evidence::values(&evidence.days, |day| day.steps).into_iter().map(|(_, v)| v).collect();
    let relative = super::round(100.0 * spread(&steps)? / median(&steps)?.max(1.0));
    if steps.len() < 7 || relative <= 45.0 {
        return None;
    }
    shown.metric = "spread of daily steps".to_owned();
    (shown.value, shown.baseline, shown.unit) = (relative, None, "percent of your usual day".to_owned());
    shown.days = u32::try_from(steps.len()).unwrap_or(0);
    Some(Candidate {
        urgency: (relative - 45.0) / 100.0,
        focus: Focus::Consistency,
        title: "Make the quiet days less quiet".to_owned(),
        why: format!(
            "Your days differ by {relative:.0} % from your usual one; an even week is easier to build on."
        ),
        evidence: shown,
    })
}

fn recovery(evidence: &Evidence, readiness: &Readiness) -> Option<Candidate> {
    let shown = measured(evidence, "sleep per night", "minutes", |day| day.sleep_minutes)?;
    let score = readiness.score.filter(|_| readiness.mode == Mode::Recovery)?;
    Some(Candidate {
        urgency: f64::from(60 - score.min(60)) / 60.0,
        focus: Focus::Recovery,
        title: "Let today be a recovery day".to_owned(),
        why: format!("Readiness is {score} of 100, read from {}.", readiness.from.join(" and ")),
        evidence: shown,
    })
}

/// What an archetype cares about first.
fn leaning(archetype: Archetype, focus: Focus) -> f64 {
    match (archetype, focus) {
        (Archetype::ResilienceRebuilder, Focus::Recovery | Focus::Sleep) => 0.4,
        (Archetype::ConnectedExplorer, Focus::Activity | Focus::Sitting) => 0.3,
        (Archetype::SystematicImprover, Focus::SleepRegularity | Focus::Consistency) => 0.4,
        (Archetype::PeakPerformer, Focus::Recovery | Focus::SleepRegularity) => 0.3,
        (Archetype::TransformationSeeker, Focus::Activity | Focus::Consistency) => 0.3,
        _ => 0.0,
    }
}

fn next_step(archetype: Archetype, focus: Focus) -> &'static str {
    use Archetype as A;
    match focus {
        Focus::Sleep => match archetype {
            A::FoundationBuilder => "Tonight, put the phone away ten minutes before bed. Only that.",
            A::ResilienceRebuilder => {
                "Lie down 20 minutes earlier and read something light; rest counts even without sleep."
            }
            A::ConnectedExplorer => "Agree with somebody on a shared screens-off time this week.",
            A::TransformationSeeker => {
                "Win back 30 minutes of sleep a night for seven nights: your first milestone."
            }
            A::SystematicImprover => {
                "Move bedtime 15 minutes earlier for seven days, change nothing else, and compare."
            }
            A::PeakPerformer => "Fix an 8.5-hour window in bed this week and treat it like training.",
        },
        Focus::SleepRegularity => match archetype {
            A::FoundationBuilder => {
                "Choose one bedtime you can keep on most days, and set a gentle alarm for it."
            }
            A::ResilienceRebuilder => "Get up at the same time every day this week, also after a bad night.",
            A::ConnectedExplorer => "Make breakfast with somebody the fixed point of your mornings.",
            A::TransformationSeeker => "Seven nights within half an hour of the same bedtime: mark each one.",
            A::SystematicImprover => {
                "Hold wake time within 15 minutes for ten days and watch the spread fall."
            }
            A::PeakPerformer => "Lock wake time to the minute; let only bedtime flex with training load.",
        },
        Focus::Activity => match archetype {
            A::FoundationBuilder => "Walk ten minutes after one meal a day.",
            A::ResilienceRebuilder => "Two unhurried walks of ten minutes, as slow as feels good.",
            A::ConnectedExplorer => "Ask somebody for a walk outside, twice this week.",
            A::TransformationSeeker => "Add 1,000 steps a day each week until 8,000.",
            A::SystematicImprover => "Add one 15-minute walk at a fixed time and log it for a week.",
            A::PeakPerformer => "Place 30 minutes of easy aerobic work in your energy peak on four days.",
        },
        Focus::Sitting => match archetype {
            A::FoundationBuilder => "Stand up once an hour; a glass of water is a good reason.",
            A::ResilienceRebuilder => "Stretch for two minutes whenever you feel stiff.",
            A::ConnectedExplorer => "Take one call a day on your feet, outside if you can.",
            A::TransformationSeeker => "No sitting longer than 45 minutes between nine and five.",
            A::SystematicImprover => "Set a 50-minute timer and count the breaks you keep.",
            A::PeakPerformer => "Mobility for three minutes every 50 minutes of desk work.",
        },
        Focus::Consistency => match archetype {
            A::FoundationBuilder => "On a quiet day, one short walk is enough to keep the thread.",
            A::ResilienceRebuilder => "Plan the quiet days as gently as the busy ones: a short walk each.",
            A::ConnectedExplorer => "Put something pleasant outside into your two quietest days.",
            A::TransformationSeeker => "Set a floor you never go below, and raise it every week.",
            A::SystematicImprover => "Find the two weekdays that fall short and fix one of them first.",
            A::PeakPerformer => "Alternate hard and easy days on purpose instead of by chance.",
        },
        Focus::Recovery => match archetype {
            A::FoundationBuilder => "Do less today. That is the plan.",
            A::ResilienceRebuilder => "Keep today light: breathing, a slow walk, an early night.",
            A::ConnectedExplorer => "Spend an easy hour with good company instead of training.",
            A::TransformationSeeker => "Today counts as a training day: recovery is the session.",
            A::SystematicImprover => "Halve the load today and see what tomorrow's readiness says.",
            A::PeakPerformer => "Drop intensity to zone 1 today; come back when readiness is above 60.",
        },
    }
}

pub(super) fn strengths(evidence: &Evidence) -> Vec<String> {
    let mut found = Vec::new();
    let value = |metric, signal: fn(&crate::evidence::DayRecord) -> Option<f64>| {
        measured(evidence, metric, "", signal).map(|shown| shown.value)
    };
    if let Some(steps) = value("steps", |day| day.steps).filter(|steps| *steps >= 8_000.0) {
        found.push(format!("you move a lot, about {steps:.0} steps on a usual day."));
    }
    if let Some(sleep) =
        value("sleep", |day| day.sleep_minutes).filter(|sleep| (420.0..=540.0).contains(sleep))
    {
        found.push(format!("you sleep enough, about {} h a night.", hours(sleep)));
    }
    if let Some(active) = value("active", |day| day.active_minutes).filter(|active| *active >= 30.0) {
        found
            .push(format!("{active:.0} active minutes on a usual day are more than the guideline asks for."));
    }
    let nights: Vec<f64> =
        Evidence::values(evidence.window(), |day| day.sleep_minutes).into_iter().map(|(_, v)| v).collect();
    if nights.len() >= 5 && spread(&nights).is_some_and(|spread| spread <= 30.0) {
        found.push("your nights are regular.".to_owned());
    }
    found
}

/// The archetype whose minutes a day are nearest to what the person already does.
pub(super) fn archetype_fit(evidence: &Evidence) -> ArchetypeFit {
    let current = evidence.archetype;
    let Some(active) = measured(evidence, "active minutes", "minutes", |day| day.active_minutes) else {
        let reason = "not enough active minutes measured to compare archetypes".to_owned();
        return ArchetypeFit { current, suggested: None, reason };
    };
    let fair = active.value * 2.0;
    let distance = |archetype: &Archetype| (f64::from(archetype.minutes_per_day()) - fair).abs();
    let nearest =
        Archetype::ALL.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(current);
    let close = distance(&current) <= distance(&nearest) + 15.0;
    let suggested = if close { current } else { nearest };
    let reason = format!(
        "{:.0} active minutes on a usual day; {} plans ask for {} minutes of everything",
        active.value,
        suggested,
        suggested.minutes_per_day()
    );
    ArchetypeFit { current, suggested: Some(suggested), reason }
}

/// Said plainly, never as a diagnosis.
pub(super) fn professional_advice(evidence: &Evidence) -> Vec<String> {
    let mut advice = Vec::new();
    let nights: Vec<f64> =
        Evidence::values(&evidence.days, |day| day.sleep_minutes).into_iter().map(|(_, v)| v).collect();
    if nights.len() >= 7 && median(&nights).is_some_and(|usual| usual < 300.0) {
        advice.push("Most of your nights are shorter than five hours. If that is not by choice, talk to a doctor about your sleep.".to_owned());
    }
    let hearts: Vec<f64> =
        Evidence::values(&evidence.days, |day| day.resting_heart_rate).into_iter().map(|(_, v)| v).collect();
    if hearts.len() >= 7 && median(&hearts).is_some_and(|usual| usual > 100.0) {
        advice
            .push("Your resting heart rate is usually above 100. Have it looked at by a doctor.".to_owned());
    }
    advice
}
