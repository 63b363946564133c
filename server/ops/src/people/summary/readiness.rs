//! What each agent can say with the data there is. Asked of the planners themselves, so that it never differs from their answers.

use agents::behavior;
use agents::circadian::{self, Source};
use agents::data_quality::DataQuality;
use agents::evidence::Evidence;
use domain::agent::Agent;
use serde::Serialize;
use utoipa::ToSchema;

/// What to expect of an agent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// From this person's data.
    Ready,
    /// In part from assumptions, which its answer names.
    Assuming,
    /// It will say that there is not enough data.
    NotEnough,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentReadiness {
    pub agent: Agent,
    pub level: Level,
    /// What would make its answers better.
    pub missing: Vec<String>,
}

/// Of all agents that work on a person's data, in the order of a run.
pub(super) fn of(evidence: &Evidence, quality: &DataQuality, memories: u64) -> Vec<AgentReadiness> {
    let analysis = behavior::analyse(evidence);
    let known = analysis.patterns.iter().filter(|pattern| pattern.verdict.is_some()).count();
    let of_patterns = match known {
        0 => Level::NotEnough,
        some if some < analysis.patterns.len() => Level::Assuming,
        _ => Level::Ready,
    };
    let day = circadian::analyse(evidence);
    let of_rhythm = match day.source {
        Source::SleepTimes | Source::HourlySteps => Level::Ready,
        Source::Told | Source::Remembered | Source::Profile | Source::Assumed => Level::Assuming,
    };
    let no_times =
        (of_rhythm == Level::Assuming).then(|| "sleep with start and end, or steps by the hour".to_owned());
    let body = missing_body(evidence);
    let readiness = |agent, level, missing| AgentReadiness { agent, level, missing };
    let if_missing = |missing: &[String], level| if missing.is_empty() { Level::Ready } else { level };
    let rhythm: Vec<String> = no_times.into_iter().collect();
    let no_memories: Vec<String> = (memories == 0)
        .then(|| "a first analysis or three check-ins of a task".to_owned())
        .into_iter()
        .collect();
    vec![
        readiness(Agent::Memory, if_missing(&no_memories, Level::NotEnough), no_memories),
        readiness(Agent::Behavior, of_patterns, quality.missing.clone()),
        readiness(Agent::Circadian, of_rhythm, rhythm.clone()),
        readiness(Agent::Routine, of_rhythm, rhythm),
        readiness(Agent::Nutrition, if_missing(&body, Level::Assuming), body),
        readiness(Agent::Insights, of_patterns, quality.missing.clone()),
    ]
}

/// What the energy equation assumes when it is absent (`agents::nutrition`).
fn missing_body(evidence: &Evidence) -> Vec<String> {
    let profile = &evidence.profile;
    let known = [
        ("profile: age", profile.age.is_some()),
        ("profile: sex", profile.sex.is_some()),
        ("profile: height_cm", profile.height_cm.is_some()),
        ("weight_kg, in the profile or measured", evidence.weight_kg().is_some()),
    ];
    known.into_iter().filter(|(_, known)| !known).map(|(name, _)| name.to_owned()).collect()
}
