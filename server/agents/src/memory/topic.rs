//! What memories are about: few words, the same for all agents.

use domain::agent::Agent;

use crate::behavior::Focus;

/// Topics of one memory.
pub const MOST_TOPICS: usize = 8;
const LONGEST: usize = 40;

pub(super) const SLEEP: &str = "sleep";
pub(super) const ACTIVITY: &str = "activity";
pub(super) const FOOD: &str = "food";
pub(super) const STRESS: &str = "stress";
pub(super) const RECOVERY: &str = "recovery";
pub(super) const HABITS: &str = "habits";
pub(super) const TASKS: &str = "tasks";

/// What an agent recalls by; empty: everything.
pub fn topics_of(agent: Agent) -> &'static [&'static str] {
    match agent {
        Agent::Behavior => &[SLEEP, ACTIVITY, STRESS, RECOVERY, HABITS],
        Agent::Circadian => &[SLEEP],
        Agent::Routine => &[SLEEP, ACTIVITY, STRESS, RECOVERY, HABITS, TASKS],
        Agent::Nutrition => &[FOOD],
        Agent::Insights | Agent::Memory | Agent::Orchestrator | Agent::Chat => &[],
    }
}

pub(super) fn of_focus(focus: Focus) -> &'static [&'static str] {
    match focus {
        Focus::Sleep => &[SLEEP],
        Focus::SleepRegularity => &[SLEEP, HABITS],
        Focus::Activity | Focus::Sitting => &[ACTIVITY],
        Focus::Consistency => &[HABITS, ACTIVITY],
        Focus::Recovery => &[RECOVERY, STRESS, SLEEP],
    }
}

pub(super) fn of_agent(agent: Agent) -> &'static [&'static str] {
    match agent {
        Agent::Nutrition => &[FOOD],
        Agent::Circadian => &[SLEEP],
        Agent::Routine => &[TASKS, ACTIVITY],
        _ => &[],
    }
}

/// Topics of a memory that a version without them wrote, by its key.
pub(super) fn of_old(key: &str) -> Vec<String> {
    let topics: &[&str] = match key.split('.').collect::<Vec<_>>()[..] {
        ["rhythm", ..] => &[SLEEP],
        ["task", slug] => return bounded([TASKS, slug]),
        ["focus", "sleep"] => &[SLEEP],
        ["focus", "sleepregularity" | "sleep-regularity"] => of_focus(Focus::SleepRegularity),
        ["focus", "activity" | "sitting"] => &[ACTIVITY],
        ["focus", "consistency"] => of_focus(Focus::Consistency),
        ["focus", "recovery"] => of_focus(Focus::Recovery),
        ["plan" | "analysis", agent, ..] => Agent::parse(agent).map_or(&[], of_agent),
        _ => &[],
    };
    bounded(topics.iter().copied())
}

/// Each once, sorted, short, at most [`MOST_TOPICS`]: what `about` holds.
pub(super) fn bounded<'a>(topics: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> =
        topics.into_iter().map(|topic| topic.chars().take(LONGEST).collect::<String>()).collect();
    all.retain(|topic| !topic.is_empty());
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST_TOPICS);
    all
}
