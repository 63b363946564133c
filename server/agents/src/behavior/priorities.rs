//! What matters most for this person, each with its figure and the guideline it is held against.

use domain::archetype::Archetype;

use super::guideline::{self, Guideline};
use super::metric::Metric;
use super::{Focus, MetricEvidence, Mode, Priority, Readiness, hours, next_step, remembered};
use crate::evidence::Evidence;

/// A candidate with how urgent it is, 0–1.
struct Candidate {
    urgency: f64,
    focus: Focus,
    title: &'static str,
    why: String,
    evidence: MetricEvidence,
    guideline: Guideline,
}

/// At most three, each with a focus of its own; Foundation Builders get at most two, so that nothing overwhelms.
pub(super) fn choose(evidence: &Evidence, readiness: &Readiness) -> Vec<Priority> {
    let mut candidates: Vec<Candidate> = [
        sleep(evidence),
        duration_spread(evidence),
        middle_spread(evidence),
        jetlag(evidence),
        steps(evidence),
        active(evidence),
        sitting(evidence),
        consistency(evidence),
        recovery(evidence, readiness),
    ]
    .into_iter()
    .flatten()
    .collect();
    for candidate in &mut candidates {
        candidate.urgency += leaning(evidence.archetype, candidate.focus);
        if remembered::recurring(evidence, candidate.focus).is_some() {
            candidate.urgency += remembered::RECURS;
        }
    }
    candidates.sort_by(|a, b| b.urgency.total_cmp(&a.urgency));
    let most = if evidence.archetype == Archetype::FoundationBuilder { 2 } else { 3 };
    let mut chosen: Vec<Priority> = Vec::new();
    for candidate in candidates {
        if chosen.len() == most || chosen.iter().any(|known| known.focus == candidate.focus) {
            continue;
        }
        chosen.push(Priority {
            next_step: next_step::of(evidence.archetype, candidate.focus).to_owned(),
            focus: candidate.focus,
            title: candidate.title.to_owned(),
            why: candidate.why,
            recurs: remembered::recurring(evidence, candidate.focus).map(|found| remembered::recurs(&found)),
            evidence: candidate.evidence,
            guideline: Some(candidate.guideline),
        });
    }
    chosen
}

fn sleep(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::SleepPerNight.of(evidence)?;
    let (least, most) = guideline::sleep_minutes(evidence.profile.age);
    (shown.value < least).then(|| Candidate {
        urgency: (least - shown.value) / 120.0,
        focus: Focus::Sleep,
        title: "Sleep a little longer",
        why: format!(
            "You usually sleep {} h; {} {:.0} to {:.0} are advised.",
            hours(shown.value),
            if evidence.profile.age.is_some() { "at your age" } else { "for adults" },
            least / 60.0,
            most / 60.0
        ),
        guideline: guideline::sleep(evidence.profile.age),
        evidence: shown,
    })
}

fn duration_spread(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::SleepSpread.of(evidence).filter(|shown| shown.value > 45.0)?;
    Some(Candidate {
        urgency: (shown.value - 45.0) / 90.0,
        focus: Focus::SleepRegularity,
        title: "Go to bed at a steadier time",
        why: format!("Your nights differ by about {:.0} minutes; half an hour is regular.", shown.value),
        guideline: guideline::regularity(),
        evidence: shown,
    })
}

fn middle_spread(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::MiddleSpread.of(evidence).filter(|shown| shown.value > 60.0)?;
    Some(Candidate {
        urgency: (shown.value - 60.0) / 90.0,
        focus: Focus::SleepRegularity,
        title: "Keep your nights at the same hours",
        why: format!(
            "The middle of your sleep moves by about {:.0} minutes; half an hour is regular.",
            shown.value
        ),
        guideline: guideline::regularity(),
        evidence: shown,
    })
}

/// Two hours: beyond it differences in health are seen (Roenneberg et al. 2012).
fn jetlag(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::SocialJetlag.of(evidence).filter(|shown| shown.value >= 120.0)?;
    Some(Candidate {
        urgency: (shown.value - 90.0) / 120.0,
        focus: Focus::SleepRegularity,
        title: "Bring weekends and weekdays closer together",
        why: format!("On weekends you sleep about {} h away from your weekday times.", hours(shown.value)),
        guideline: guideline::jetlag(),
        evidence: shown,
    })
}

fn steps(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::StepsPerDay.of(evidence).filter(|shown| shown.value < guideline::STEPS)?;
    Some(Candidate {
        urgency: (guideline::STEPS - shown.value) / 6_000.0,
        focus: Focus::Activity,
        title: "Move more through the day",
        why: format!(
            "A usual day has {:.0} steps; most of the benefit is reached at about 7,000.",
            shown.value
        ),
        guideline: guideline::steps(),
        evidence: shown,
    })
}

fn active(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::ActivePerWeek.of(evidence)?;
    let asked = guideline::active_minutes_a_week(evidence.profile.age);
    (shown.value < asked).then(|| Candidate {
        urgency: 0.8 * (asked - shown.value) / asked,
        focus: Focus::Activity,
        title: "Add a few brisk minutes",
        why: format!(
            "Seven days have about {:.0} active minutes; the guideline asks for {asked:.0}.",
            shown.value
        ),
        guideline: guideline::active(evidence.profile.age),
        evidence: shown,
    })
}

/// Sixteen hours without movement, sleep included. Own bound: the guideline gives none.
fn sitting(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::SedentaryPerDay.of(evidence).filter(|shown| shown.value > 960.0)?;
    Some(Candidate {
        urgency: (shown.value - 960.0) / 400.0,
        focus: Focus::Sitting,
        title: "Break up long sitting",
        why: format!("About {:.0} hours a day without movement, sleep included.", shown.value / 60.0),
        guideline: guideline::sitting(),
        evidence: shown,
    })
}

fn consistency(evidence: &Evidence) -> Option<Candidate> {
    let shown = Metric::StepsSpread.of(evidence).filter(|shown| shown.days >= 7 && shown.value > 45.0)?;
    Some(Candidate {
        urgency: (shown.value - 45.0) / 100.0,
        focus: Focus::Consistency,
        title: "Make the quiet days less quiet",
        why: format!(
            "Your days differ by {:.0} % from your usual one; an even week is easier to build on.",
            shown.value
        ),
        guideline: guideline::own_usual(),
        evidence: shown,
    })
}

fn recovery(evidence: &Evidence, readiness: &Readiness) -> Option<Candidate> {
    let shown = Metric::SleepPerNight.of(evidence)?;
    let score = readiness.score.filter(|_| readiness.mode == Mode::Recovery)?;
    Some(Candidate {
        urgency: f64::from(60 - score.min(60)) / 60.0,
        focus: Focus::Recovery,
        title: "Let today be a recovery day",
        why: format!("Readiness is {score} of 100, read from {}.", readiness.from.join(" and ")),
        guideline: guideline::own_usual(),
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
