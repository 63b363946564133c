//! The features by name, with their bins. Where a bin begins is our judgement: wide enough that no bin tells of a person.
//!
//! A name and a bin are stored: change neither their meaning nor their order, give another meaning another name.

use domain::agent::Agent;

/// One thing that is counted of an answer.
#[derive(Debug, PartialEq)]
pub struct Feature {
    /// A stable word.
    pub name: &'static str,
    /// For people: what is counted.
    pub title: &'static str,
    /// Where each bin begins, ascending, with its name; empty: the bins are words.
    bins: &'static [(f64, &'static str)],
}

impl Eq for Feature {}

impl Feature {
    /// The bin of a number; `None` below the first, and of what is no number.
    pub(super) fn bin_of(&self, value: f64) -> Option<&'static str> {
        self.bins.iter().rev().find(|(from, _)| value >= *from).map(|(_, name)| *name)
    }

    /// Its place among the bins; words, and bins of another version, come after, by name.
    pub fn order<'a>(&self, bin: &'a str) -> (usize, &'a str) {
        let place = self.bins.iter().position(|(_, name)| *name == bin);
        (place.unwrap_or(usize::MAX), bin)
    }
}

const fn words(name: &'static str, title: &'static str) -> Feature {
    Feature { name, title, bins: &[] }
}

const fn numbers(name: &'static str, title: &'static str, bins: &'static [(f64, &'static str)]) -> Feature {
    Feature { name, title, bins }
}

const UP_TO_THREE: &[(f64, &str)] = &[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3 or more")];
const UP_TO_FIVE: &[(f64, &str)] =
    &[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"), (4.0, "4"), (5.0, "5 or more")];

pub(super) const ARCHETYPE: Feature = words("archetype", "Archetype it was made for");
pub(super) const LENGTH: Feature = numbers(
    "length",
    "Length of its texts, words",
    &[
        (0.0, "0"),
        (1.0, "1–49"),
        (50.0, "50–99"),
        (100.0, "100–199"),
        (200.0, "200–399"),
        (400.0, "400 or more"),
    ],
);
pub(super) const NOTES: Feature = numbers("notes", "Notes", UP_TO_THREE);

pub(super) const DATA: Feature = words("data-quality", "Quality of the data behind it");
pub(super) const PRIORITIES: Feature = numbers("priorities", "Number of priorities", UP_TO_THREE);
pub(super) const TOPIC: Feature = words("topic", "Topics of priorities");
pub(super) const STRENGTHS: Feature = numbers("strengths", "Number of strengths", UP_TO_FIVE);
pub(super) const ADVICE: Feature = numbers("advice", "Sentences on seeing a professional", UP_TO_THREE);

pub(super) const SOURCE: Feature = words("source", "Where wake and bed time come from");
pub(super) const RHYTHM: Feature = words("rhythm", "Whether nights come at the same time");
pub(super) const BASIS: Feature = words("basis", "What the chronotype was read from");
pub(super) const CONFIDENCE: Feature = numbers(
    "confidence",
    "Confidence of the chronotype",
    &[(0.0, "below 0.25"), (0.25, "0.25–0.49"), (0.5, "0.50–0.74"), (0.75, "0.75 or more")],
);

pub(super) const TASKS: Feature = numbers(
    "tasks",
    "Tasks of the day",
    &[(0.0, "0–4"), (5.0, "5–7"), (8.0, "8–10"), (11.0, "11–13"), (14.0, "14 or more")],
);
pub(super) const MINUTES: Feature = numbers(
    "minutes",
    "Planned minutes",
    &[(0.0, "below 30"), (30.0, "30–59"), (60.0, "60–89"), (90.0, "90–119"), (120.0, "120 or more")],
);
pub(super) const ACTIVE: Feature = numbers(
    "active-minutes",
    "Planned active minutes",
    &[(0.0, "0"), (1.0, "1–14"), (15.0, "15–29"), (30.0, "30–59"), (60.0, "60 or more")],
);
pub(super) const NEW: Feature = numbers("new-tasks", "Tasks that are new to the person", UP_TO_FIVE);
pub(super) const DAY: Feature = words("day", "What training the day is for");
pub(super) const EVOLUTION: Feature = words("evolution", "What check-ins make of the load");

pub(super) const ENERGY: Feature = numbers(
    "energy",
    "Energy of the day, kcal",
    &[
        (0.0, "below 1,600"),
        (1_600.0, "1,600–1,999"),
        (2_000.0, "2,000–2,399"),
        (2_400.0, "2,400–2,799"),
        (2_800.0, "2,800 or more"),
    ],
);
pub(super) const MEALS: Feature = numbers("meals", "Meals of the day", UP_TO_FIVE);
pub(super) const SWAPS: Feature = numbers(
    "swaps",
    "Swaps offered",
    &[(0.0, "0"), (1.0, "1–3"), (4.0, "4–6"), (7.0, "7–9"), (10.0, "10 or more")],
);

pub(super) const INSIGHTS: Feature = numbers("insights", "Number of insights", UP_TO_FIVE);
pub(super) const CATEGORY: Feature = words("category", "Categories of insights");
pub(super) const KIND: Feature = words("kind", "Kinds of insights");
pub(super) const SURENESS: Feature = numbers(
    "sureness",
    "Confidence of insights",
    &[(0.0, "below 0.75"), (0.75, "0.75–0.84"), (0.85, "0.85–0.94"), (0.95, "0.95 or more")],
);

pub(super) const VERDICT: Feature = words("verdict", "Whether something is to change");
pub(super) const CHANGES: Feature = numbers("changes", "Number of changes", UP_TO_THREE);
pub(super) const TRIGGER: Feature = words("trigger", "What changes were made for");

/// What is counted of an agent's fresh answers; nothing of agents that make none.
pub fn of_agent(agent: Agent) -> &'static [&'static Feature] {
    match agent {
        Agent::Behavior => &[&ARCHETYPE, &DATA, &PRIORITIES, &TOPIC, &STRENGTHS, &ADVICE, &LENGTH],
        Agent::Circadian => &[&ARCHETYPE, &SOURCE, &RHYTHM, &BASIS, &CONFIDENCE, &NOTES],
        Agent::Routine => &[&ARCHETYPE, &TASKS, &MINUTES, &ACTIVE, &NEW, &DAY, &EVOLUTION, &NOTES, &LENGTH],
        Agent::Nutrition => &[&ARCHETYPE, &ENERGY, &MEALS, &SWAPS, &NOTES, &LENGTH],
        Agent::Insights => &[&ARCHETYPE, &INSIGHTS, &CATEGORY, &KIND, &SURENESS, &LENGTH],
        Agent::Orchestrator => &[&ARCHETYPE, &VERDICT, &CHANGES, &TRIGGER],
        Agent::Memory | Agent::Chat => &[],
    }
}
