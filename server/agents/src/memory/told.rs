//! What planners must respect of all that a person told, each piece with the memory that says so.
//!
//! The person's own word alone: typed claims, and sentences where they speak of safety ([`super::sentence`]). What agents learned by
//! themselves is never among it, so that an answer is not made anew because an agent learned from it.

use domain::agent::Agent;
use domain::profile::Diet;
use serde::Serialize;

use super::{Claim, Memory, MemoryLayer, MemorySource, Said, known, sentence};
use crate::routine::ExerciseTiming;

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact<T> {
    pub what: T,
    /// Of the memory.
    pub id: String,
    pub key: String,
}

/// In the order of the memories' keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Told {
    /// Foods that must never be in a plan.
    pub allergies: Vec<Fact<String>>,
    /// Told allergies that name nothing we know.
    pub unread_allergies: Vec<Fact<()>>,
    pub diets: Vec<Fact<Diet>>,
    pub dislikes: Vec<Fact<String>>,
    /// As the profile's injuries: the person's words.
    pub injuries: Vec<Fact<String>>,
    pub avoids: Vec<Fact<String>>,
    /// The newest one.
    pub exercise: Option<Fact<ExerciseTiming>>,
}

/// Whether the person said it themselves.
pub(super) fn said_so(memory: &Memory) -> bool {
    memory.source == MemorySource::Person && memory.layer == MemoryLayer::Semantic
}

impl Told {
    /// Of memories as [`super::as_of`] returns them, in any order.
    pub fn of(memories: &[Memory]) -> Self {
        let mut said: Vec<(&Memory, &Said)> = memories
            .iter()
            .filter(|memory| said_so(memory))
            .filter_map(|memory| match &memory.claim {
                Claim::Told(said) => Some((memory, said)),
                _ => None,
            })
            .collect();
        said.sort_by(|a, b| (&a.0.key, &a.0.id).cmp(&(&b.0.key, &b.0.id)));
        let mut told = Self::default();
        let mut newest = None;
        for (memory, said) in said {
            told.take(memory, said);
            let exercise = said.exercise.or_else(|| sentence::exercise(memory));
            if let Some(timing) = exercise.filter(|_| newest.is_none_or(|at| memory.updated_at >= at)) {
                newest = Some(memory.updated_at);
                told.exercise = Some(fact(memory, timing));
            }
        }
        told
    }

    fn take(&mut self, memory: &Memory, said: &Said) {
        let all = |words: Vec<String>| words.into_iter().map(|word| fact(memory, word));
        let read = sentence::allergies(memory);
        // A piece that a typed word is of is said by that; and so is a sentence of which nothing is read.
        let typed = |piece: &String| {
            read.foods.is_empty() && !said.allergies.is_empty()
                || said.allergies.iter().any(|word| piece.contains(word.as_str()))
        };
        let unread = read.unread.iter().any(|piece| !typed(piece));
        self.unread_allergies.extend(unread.then(|| fact(memory, ())));
        self.allergies.extend(all(united(&said.allergies, read.foods)));
        let read = match said.diet {
            // "I eat everything" is no diet to hold others beside.
            Some(Diet::Omnivore) => Vec::new(),
            _ => sentence::diets(memory),
        };
        let diets = said.diet.into_iter().chain(read.into_iter().filter(|diet| said.diet != Some(*diet)));
        self.diets.extend(diets.map(|diet| fact(memory, diet)));
        self.dislikes.extend(all(united(&said.dislikes, sentence::dislikes(memory))));
        let sentence = sentence::injury(memory, &said.injuries);
        self.injuries.extend(all(said.injuries.iter().cloned().chain(sentence).collect()));
        self.avoids.extend(all(united(&said.avoids, sentence::avoids(memory))));
    }

    /// Whether a plan without it could harm: such a memory is never crowded out, and nothing but its like takes its place.
    pub fn guards(memory: &Memory) -> bool {
        let told = Self::of(std::slice::from_ref(memory));
        !(told.allergies.is_empty()
            && told.unread_allergies.is_empty()
            && told.injuries.is_empty()
            && told.diets.is_empty())
    }
}

impl Told {
    /// Whether `new`, told in the place of `held`, would let go of an allergy. What was not read of `held` is not let go of where `new` names
    /// each piece of it.
    pub fn loses_allergy(held: &Memory, new: &Memory) -> bool {
        let (before, after) = (Self::of(std::slice::from_ref(held)), Self::of(std::slice::from_ref(new)));
        let kept = |fact: &Fact<String>| after.allergies.iter().any(|other| other.what == fact.what);
        let said = |piece: &String| after.allergies.iter().any(|fact| piece.contains(fact.what.as_str()));
        let unread = !before.unread_allergies.is_empty()
            && after.unread_allergies.is_empty()
            && !sentence::allergies(held).unread.iter().all(said);
        !before.allergies.iter().all(kept) || unread
    }
}

/// What the person told of that an agent's planner goes by, in one text that differs where any of it does; empty: nothing. It holds what
/// they said: it is compared, never shown or logged.
pub fn told_basis(agent: Agent, memories: &[Memory]) -> String {
    let told = Told::of(memories);
    let (food, movement) = match agent {
        Agent::Nutrition => (true, false),
        Agent::Routine => (false, true),
        _ => (false, false),
    };
    let window = known::remembered_sleep_window(memories)
        .filter(|window| window.told && matches!(agent, Agent::Behavior | Agent::Circadian | Agent::Routine));
    let window = window.map(|window| fact_of(window.id, window.key, (window.wake, window.bed)));
    let parts = [
        food.then(|| json(&(&told.allergies, &told.unread_allergies, &told.diets, &told.dislikes))),
        movement.then(|| json(&(&told.injuries, &told.avoids, &told.exercise))),
        window.map(|window| json(&window)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join("\n")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("words, ids and times of day are JSON")
}

fn united(typed: &[String], read: Vec<String>) -> Vec<String> {
    let mut words = typed.to_vec();
    for word in read {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

fn fact<T>(memory: &Memory, what: T) -> Fact<T> {
    fact_of(memory.id.clone(), memory.key.clone(), what)
}

fn fact_of<T>(id: String, key: String, what: T) -> Fact<T> {
    Fact { what, id, key }
}
