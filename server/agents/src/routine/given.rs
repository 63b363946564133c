//! A plan that was given earlier today, as the frame for what the person changes of it and for the days after it.
//!
//! New readings and check-ins that come during a day change what a new plan of the day would be, not what the given one allows: its
//! waking day, limits, training and the memories that it went by stand. Injuries, archetype, equipment and zone are those of the evidence.

use std::collections::BTreeMap;

use super::evolution::slug_of;
use super::library::Need;
use super::situation::Situation;
use super::{Context, RoutinePlan, RoutineWishes, clock_change};
use crate::evidence::Evidence;
use crate::memory::MemoryUsed;

/// What the plan said of the person.
pub(super) struct Given {
    /// By slug, of its tasks and their swaps: whether they are new.
    pub new: BTreeMap<String, bool>,
    /// Tasks that interrupt sitting.
    pub breaks: usize,
    /// What it went by: a check-in since has written the memory of its task anew.
    pub memories: Vec<MemoryUsed>,
}

impl Given {
    fn of(plan: &RoutinePlan) -> Self {
        let tasks = || plan.blocks.iter().flat_map(|block| &block.tasks);
        let swaps = tasks().flat_map(|task| &task.swaps).map(|swap| (swap.slug.clone(), swap.new));
        let own = tasks().map(|task| (slug_of(&task.id).to_owned(), task.new));
        let breaks = tasks().filter(|task| task.serves.contains(&Need::Break)).count();
        Self { new: swaps.chain(own).collect(), breaks, memories: plan.memories.clone() }
    }
}

impl<'a> Situation<'a> {
    /// Today, as the plan has it.
    pub(super) fn given(
        plan: &RoutinePlan,
        evidence: &'a Evidence,
        usual: &'a Context,
        wishes: &'a RoutineWishes,
    ) -> Self {
        let now = Self::today(evidence, usual, wishes);
        let context = now.context.as_in(plan);
        let mut before = now.before.clone();
        // A report of yesterday that came late does not take today's tasks away.
        before.muscles.clear();
        Self {
            closed: clock_change::closed(&evidence.profile.zone(), now.date, &context),
            context,
            evolution: plan.evolution.clone(),
            training: plan.training.clone(),
            limits: plan.limits.clone(),
            before,
            given: Some(Given::of(plan)),
            ..now
        }
    }
}

impl Context {
    /// With the waking hours and the readiness of a plan, and its peak where the plan has it.
    fn as_in(&self, plan: &RoutinePlan) -> Self {
        let mut context = self.clone();
        (context.wake, context.sleep) = (plan.rhythm.wake, plan.rhythm.bed);
        context.readiness = plan.readiness;
        if let Some(peak) = plan.blocks.get(1) {
            let (from, to) = (context.since_wake(peak.start), context.since_wake(peak.end));
            context.energy = [0; 96];
            for slot in from / 15..to / 15 {
                let at = usize::from(context.clock(slot * 15).minutes() / 15);
                context.energy[at] = 100;
            }
        }
        context
    }
}
