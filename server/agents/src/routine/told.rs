//! What the person told, as a routine heeds it: injuries as the profile's, activities that are left out, the time for exercise, and how
//! tasks went before the check-ins that are judged.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{self, BodyPart};
use super::library::{LibraryTask, by_slug, tasks};
use super::{ExerciseTiming, RoutineWishes, TaskKind};
use crate::evidence::Evidence;
use crate::memory::{Fact, MemoryUsed, Told, stems};
use crate::wording;

/// Everyday acts that keep a day whole whatever is disliked: each need has one of them.
const BASICS: &[&str] = &["own-movement", "stand-up", "window-break", "daylight-drink"];
/// Words for one activity: one of them told means every task that is called by any of them.
const ACTIVITIES: &[&[&str]] = &[
    &["run", "runs", "running", "jog", "jogging", "sprint", "sprints", "laufen", "joggen"],
    &["walk", "walks", "walking", "stroll", "strolling", "hike", "hiking", "spazieren"],
    &["cycling", "cycle", "bike", "biking", "bicycle", "spinning", "radfahren"],
    &["swim", "swimming", "pool", "schwimmen"],
    &["gym", "gyms"],
    &["strength", "weights", "lifting", "dumbbell", "dumbbells", "kettlebell", "kettlebells", "bodyweight"],
    &["row", "rowing", "rower"],
    &["yoga"],
    &["tai", "qigong"],
    &["dance", "dancing", "tanzen"],
    &["class", "classes"],
    &["squat", "squats"],
    &["lunge", "lunges"],
    &["push", "pushups"],
    &["swings", "swing"],
    &["interval", "intervals", "hiit"],
    &["roll", "roller", "foam"],
    &["nap", "naps", "napping"],
    &["breathing", "breaths", "breath"],
    &["journaling", "diary"],
];

/// How a task went before, where check-ins of two weeks do not judge it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Before {
    /// 0–1.
    pub share: f64,
    pub id: String,
    pub key: String,
}

/// At least so much of the reports done: it works; below the other it does not. The bounds of a task's evolution.
pub(super) const WORKED: f64 = 0.8;
pub(super) const FAILED: f64 = 0.4;

/// Of five.
const STRESSED: f64 = 3.5;
/// Titles in a note, and tasks whose memory a plan names.
const TITLES: usize = 4;
const TASKS: usize = 10;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heeded {
    pub told: Told,
    /// Tasks of the library that the person does not want, with the place of the told activity in `told.avoids`.
    pub avoided: BTreeMap<&'static str, usize>,
    /// By the slug of a task of the library.
    pub before: BTreeMap<&'static str, Before>,
    /// Mean of the stress they wrote down, 1–5, and on how many days; `None`: fewer than three of the last seven days.
    pub stress: Option<(f64, usize)>,
}

impl Heeded {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let told = Told::of(&evidence.memories);
        let avoided = avoided(&told.avoids);
        let before = tasks().iter().filter_map(|task| {
            let history = crate::memory::task_history(&evidence.memories, &task.slug)?;
            Some((task.slug.as_str(), Before { share: history.share, id: history.id, key: history.key }))
        });
        let before = if evidence.memories.is_empty() { BTreeMap::new() } else { before.collect() };
        Self { avoided, before, stress: crate::journal::stress_of_week(evidence), told }
    }

    /// The stress they wrote down, where it is more than the middle of the scale (own bound).
    pub(super) fn stressed(&self) -> Option<(f64, usize)> {
        self.stress.filter(|(mean, _)| *mean >= STRESSED)
    }

    /// Parts to spare of the profile's words and the told ones alike, and what is for a professional, as a note calls it.
    pub(super) fn injured(&self, profile: &[String]) -> (Vec<BodyPart>, Vec<String>) {
        let (mut parts, unknown) = body::injured(profile);
        let quoted = |word: &str| match wording::oversteps(word) {
            true => "one of the injuries in your profile".to_owned(),
            false => format!("“{word}”"),
        };
        let mut unknown: Vec<String> = unknown.into_iter().map(quoted).collect();
        for fact in &self.told.injuries {
            let (own, open) = body::injured(std::slice::from_ref(&fact.what));
            parts.extend(own);
            let named = format!("what you told ({})", MemoryUsed::new(&fact.id, &fact.key, "").called());
            if !open.is_empty() && !unknown.contains(&named) {
                unknown.push(named);
            }
        }
        (parts, unknown)
    }

    /// What the person must know of what was heeded, naming the memory. `timing`: what holds for exercise.
    pub(super) fn notes(&self, timing: Option<ExerciseTiming>) -> Vec<String> {
        let mut notes = Vec::new();
        for used in MemoryUsed::of_facts(&self.told.injuries, "") {
            notes.push(format!("Movements that load what you told of are left out ({}).", used.called()));
        }
        for used in MemoryUsed::of_facts(&self.told.avoids, "") {
            let slugs = self.avoided.iter().filter(|(_, place)| self.told.avoids[**place].key == used.key);
            let titles: Vec<&str> =
                slugs.filter_map(|(slug, _)| Some(by_slug(slug)?.title.as_str())).collect();
            notes.push(match &titles[..] {
                [] => format!("No task of ours is what you told that you do not want ({}).", used.called()),
                titles => format!(
                    "Left out, as you told that you do not want it ({}): {}{}.",
                    used.called(),
                    titles[..titles.len().min(TITLES)].join("; "),
                    if titles.len() > TITLES { " and more" } else { "" }
                ),
            });
        }
        if let Some(told) = self.told.exercise.as_ref().filter(|told| timing == Some(told.what)) {
            let used = MemoryUsed::new(&told.id, &told.key, "");
            notes.push(format!("Exercise stands where you told that you want it ({}).", used.called()));
        }
        notes
    }

    /// Every memory that the day went by.
    pub(super) fn used(
        &self,
        hours: Option<&MemoryUsed>,
        timing: Option<ExerciseTiming>,
        judged: impl Fn(&str) -> bool,
    ) -> Vec<MemoryUsed> {
        let mut used =
            MemoryUsed::of_facts(&self.told.injuries, "movements that are left out to spare the body");
        used.extend(MemoryUsed::of_facts(&self.told.avoids, "tasks that are left out"));
        let exercise = self.told.exercise.iter().filter(|told| timing == Some(told.what));
        used.extend(MemoryUsed::of_facts(exercise, "the time of day for exercise"));
        used.extend(hours.cloned());
        let weighed = self
            .before
            .iter()
            .filter(|(slug, before)| !judged(slug) && !(FAILED..WORKED).contains(&before.share));
        used.extend(weighed.take(TASKS).map(|(slug, before)| {
            MemoryUsed::new(&before.id, &before.key, format!("how readily a task is given: {slug}"))
        }));
        used
    }

    pub(super) fn avoids(&self, slug: &str) -> bool {
        self.avoided.contains_key(slug)
    }

    /// The wishes of the request, and what was told where they say nothing.
    pub(super) fn joined(&self, wishes: &RoutineWishes) -> RoutineWishes {
        let told = self.told.exercise.as_ref().map(|told| told.what);
        RoutineWishes { exercise_timing: wishes.exercise_timing.or(told), ..wishes.clone() }
    }
}

/// The activities that a text names, in one word each.
pub(crate) fn activities_in(text: &str) -> Vec<String> {
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let named = ACTIVITIES.iter().filter(|group| group.iter().any(|word| words.contains(word)));
    named.map(|group| group[0].to_owned()).collect()
}

fn avoided(told: &[Fact<String>]) -> BTreeMap<&'static str, usize> {
    let mut avoided = BTreeMap::new();
    for (place, fact) in told.iter().enumerate() {
        let lower = fact.what.to_lowercase();
        let own = stems(&lower);
        let groups: Vec<&[&str]> = ACTIVITIES
            .iter()
            .copied()
            .filter(|group| lower.split(|c: char| !c.is_alphanumeric()).any(|word| group.contains(&word)))
            .collect();
        for task in tasks().iter().filter(|task| may_leave(task)) {
            let called = format!("{} {}", task.slug.replace('-', " "), task.title);
            let lower = called.to_lowercase();
            let words: BTreeSet<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
            let named = groups.iter().any(|group| group.iter().any(|word| words.contains(word)));
            let spelt = !own.is_empty() && own.is_subset(&stems(&called));
            if named || spelt {
                avoided.entry(task.slug.as_str()).or_insert(place);
            }
        }
    }
    avoided
}

fn may_leave(task: &LibraryTask) -> bool {
    task.kind != TaskKind::Nutrition && !task.anchor && !BASICS.contains(&task.slug.as_str())
}
