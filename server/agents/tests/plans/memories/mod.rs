//! Planners with memories: what a person told is heeded and named, what is remembered stands in, nothing counts twice.

mod food;
mod journal;
mod movement;
mod nights;
mod priorities;
mod sentences;

use agents::behavior;
use agents::circadian;
use agents::evidence::Evidence;
use agents::memory::{Memory, Telling, ToldClaim};
use agents::routine::{Context, RoutinePlan, RoutineWishes, plan, validate};
use domain::profile::ClockTime;

use crate::people::TODAY;

/// As the store gives it back.
pub(crate) fn told(key: &str, content: &str, claim: Option<ToldClaim>) -> Memory {
    let telling = Telling { key: key.to_owned(), content: content.to_owned(), about: Vec::new(), claim };
    let now = "2026-03-03T06:00:00Z".parse().unwrap();
    Memory { id: format!("id-{key}"), ..telling.into_memory(TODAY, now) }
}

pub(crate) fn said(content: &str) -> Memory {
    told("fact", content, None)
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(super) fn at(text: &str) -> ClockTime {
    ClockTime::parse(text).unwrap()
}

/// The day of a person whose analyses are their own, judged.
pub(super) fn day(evidence: &Evidence, wishes: &RoutineWishes) -> RoutinePlan {
    let context = Context::new(&behavior::analyse(evidence), &circadian::analyse(evidence));
    let plan = plan(evidence, &context, wishes);
    assert_eq!(validate(&plan, evidence, &context, wishes), []);
    plan
}

pub(super) fn slugs(plan: &RoutinePlan) -> Vec<&str> {
    let tasks = plan.blocks.iter().flat_map(|block| &block.tasks);
    tasks.map(|task| task.id.get(11..).unwrap()).collect()
}
