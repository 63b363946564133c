//! Everything that is decided before the first task of a day: the same for planner and validator.

use std::collections::{HashMap, HashSet};

use domain::archetype::Archetype;
use domain::check_in::CheckInStatus;
use jiff::ToSpan;
use jiff::civil::Date;

use super::before::Before;
use super::body::BodyPart;
use super::calendar::{self, Training};
use super::evolution::{self, Evolution};
use super::given::Given;
use super::limits::{self, Limits};
use super::told::Heeded;
use super::{Context, RoutineWishes, clock_change};
use crate::draw;
use crate::evidence::Evidence;
use crate::memory::MemoryUsed;

pub(super) struct Situation<'a> {
    pub evidence: &'a Evidence,
    /// The day that is planned: `evidence.today`, or one of the six after it.
    pub date: Date,
    /// As the caller gave it.
    pub usual: &'a Context,
    /// Of this very day.
    pub context: Context,
    /// Of the caller, and what the person told where these say nothing.
    pub wishes: RoutineWishes,
    pub heeded: Heeded,
    pub evolution: Evolution,
    pub training: Training,
    pub limits: Limits,
    pub injured: Vec<BodyPart>,
    /// Of what a professional must say what is right, as it is called in a note.
    pub unknown: Vec<String>,
    /// Slugs that were done before today, at least in part.
    pub done: HashSet<&'a str>,
    /// Ratings of each task, by slug.
    pub ratings: HashMap<&'a str, Vec<i64>>,
    pub before: Before,
    /// Minutes after waking that the wall clock skips or repeats.
    pub closed: Option<(i32, i32)>,
    pub seed: u64,
    /// What a plan that was given already said of the person; `None`: the evidence says it.
    pub given: Option<Given>,
}

impl<'a> Situation<'a> {
    pub(super) fn today(evidence: &'a Evidence, context: &'a Context, wishes: &'a RoutineWishes) -> Self {
        Self::on(0, evidence, context, wishes, Before::from_check_ins(evidence))
    }

    /// `ahead` days after today. What is known today decides: check-ins and data of later days are not guessed, and of
    /// readiness only today's is known.
    pub(super) fn on(
        ahead: i32,
        evidence: &'a Evidence,
        usual: &'a Context,
        wishes: &'a RoutineWishes,
        before: Before,
    ) -> Self {
        let date = evidence.today.checked_add(ahead.days()).unwrap_or(Date::MAX);
        let mut context = usual.on(date, wishes);
        if ahead > 0 {
            context.readiness = None;
        }
        let evolution = evolution::evolve(evidence);
        let heeded = Heeded::of(evidence);
        let wishes = heeded.joined(wishes);
        let (injured, unknown) = heeded.injured(&evidence.profile.injuries);
        let ability = limits::ability(evidence, &context, evolution.decision, !unknown.is_empty());
        let archetype = evidence.archetype;
        let training = calendar::training(archetype, date, &before, &ability, context.in_recovery());
        let today = (training.kind, &ability);
        let limits = limits::limits(evidence, &context, &wishes, &evolution, today, &before);
        let mut ratings: HashMap<&str, Vec<i64>> = HashMap::new();
        for check_in in &evidence.check_ins {
            let rating = check_in.rating.map(i64::from);
            ratings.entry(evolution::slug_of(&check_in.task_id)).or_default().extend(rating);
        }
        let done = evidence
            .check_ins
            .iter()
            .filter(|c| c.status != CheckInStatus::Skipped && c.date < evidence.today);
        let done = done.map(|c| evolution::slug_of(&c.task_id)).collect();
        let seed = draw::seed(&[&period(archetype, date), archetype.name(), "routine"]);
        let closed = clock_change::closed(&evidence.profile.zone(), date, &context);
        Self {
            evidence,
            date,
            usual,
            context,
            wishes,
            heeded,
            evolution,
            training,
            limits,
            injured,
            unknown,
            done,
            ratings,
            before,
            closed,
            seed,
            given: None,
        }
    }
}

impl Situation<'_> {
    /// Every memory that the day went by; of a given plan those of then.
    pub(super) fn used(&self) -> Vec<MemoryUsed> {
        if let Some(given) = &self.given {
            return given.memories.clone();
        }
        let judged = |slug: &str| self.evolution.of_task(slug).is_some();
        self.heeded.used(self.context.hours_by.as_ref(), self.wishes.exercise_timing, judged)
    }
}

/// For how long a draw holds: those who build habits, measure them or need rest keep the same tasks for a week.
fn period(archetype: Archetype, date: Date) -> String {
    match archetype {
        Archetype::FoundationBuilder | Archetype::ResilienceRebuilder | Archetype::SystematicImprover => {
            let week = date.iso_week_date();
            format!("{}-W{}", week.year(), week.week())
        }
        _ => date.to_string(),
    }
}
