//! Seven days that fit together: planned one after the other, each as if the days before it had been done.
//!
//! The first is today's plan, or the week goes on after the plan of today that was given already, whatever became of it. The
//! rules of the week are the days' own (what a day may ask follows from those before it); the validator looks at them once more
//! from outside.

use domain::archetype::Archetype;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::before::Before;
use super::calendar::{self, DayKind};
use super::evolution::slug_of;
use super::library::{Muscle, by_slug};
use super::situation::Situation;
use super::{Context, Intensity, RoutinePlan, RoutineWishes, Task, limits, plan_day, validate};
use crate::behavior::guideline::active_minutes_a_week;
use crate::evidence::Evidence;
use crate::violation::Violation;

/// Seven days in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoutineWeek {
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    pub archetype: Archetype,
    /// Seven, one after the other. Those after the first rest on what is known today and are planned anew on their day.
    pub days: Vec<RoutinePlan>,
    pub minutes: WeekMinutes,
    pub strength_days: u32,
    pub hard_days: u32,
    pub rest_days: u32,
    /// Tasks that the person has not done before.
    pub new_tasks: u32,
    /// What the week does and does not reach, in sentences.
    pub notes: Vec<String>,
}

/// Activity of a week against the person's own and the guideline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RoutineWeekMinutes)]
pub struct WeekMinutes {
    /// Moderate-to-vigorous minutes a week that the person has now; `None` when too little is known.
    pub usual: Option<u32>,
    /// The most that this week may hold: 10 % more than the usual, or a small start.
    pub most: u32,
    /// Moderate or vigorous minutes planned, of whatever effort.
    pub planned: u32,
    /// The same in minutes of moderate effort: a vigorous one counts twice (WHO 2020).
    pub moderate_equivalent: u32,
    /// Least and most of what WHO 2020 advises a week: 150 and 300 to adults; below 18 years an hour a day, twice the same.
    pub guideline: [u32; 2],
}

/// The most that WHO 2020 names for adults, a week.
const MOST_OF_ADULTS: u32 = 300;
/// WHO 2020: muscle-strengthening on two or more days a week.
const STRENGTH_DAYS: u32 = 2;
const DAYS: i32 = 7;

/// The week that begins today.
pub fn plan_week(evidence: &Evidence, context: &Context, wishes: &RoutineWishes) -> RoutineWeek {
    let mut before = Before::from_check_ins(evidence);
    let mut days = Vec::new();
    for ahead in 0..DAYS {
        let plan = plan_day(&Situation::on(ahead, evidence, context, wishes, before.clone()));
        before = before.after(&plan);
        days.push(plan);
    }
    summed(evidence, days)
}

/// The week that begins `first` days after today (0–6), as it follows on today's plan as it was given: with its swaps and smaller
/// versions. Days between the two are planned, too, and not part of it.
pub fn continue_week(
    today: &RoutinePlan,
    first: u8,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> RoutineWeek {
    let mut before = leading_to(today, first, evidence, context, wishes);
    let first = i32::from(first);
    let mut days = Vec::new();
    if first == 0 {
        days.push(today.clone());
    }
    for ahead in first.max(1)..first + DAYS {
        let plan = plan_day(&Situation::on(ahead, evidence, context, wishes, before.clone()));
        before = before.after(&plan);
        days.push(plan);
    }
    summed(evidence, days)
}

/// What the first day to plan of a week knows of those before it.
fn leading_to(
    today: &RoutinePlan,
    first: u8,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Before {
    let mut before = Before::default().after(today);
    for ahead in 1..i32::from(first) {
        before = before.after(&plan_day(&Situation::on(ahead, evidence, context, wishes, before.clone())));
    }
    if first == 0 { before } else { before.begins_a_week() }
}

/// Empty when the week may be given to the person. Everything that can be computed again is.
pub fn validate_week(
    week: &RoutineWeek,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<Violation> {
    if week.days.len() != DAYS as usize {
        return vec![Violation::new("days", "not seven days")];
    }
    let before = Before::from_check_ins(evidence);
    let mut found = days(&week.days, 0, before, evidence, context, wishes);
    whole(week, week.minutes.most, evidence, &mut found);
    found
}

/// The same of a week that goes on after a given plan of today, from `first` days after it on. Today's active minutes are what was given,
/// also where less is known to be usual since.
pub fn validate_continued(
    week: &RoutineWeek,
    (today, first): (&RoutinePlan, u8),
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<Violation> {
    if week.days.len() != DAYS as usize {
        return vec![Violation::new("days", "not seven days")];
    }
    let mut found = validate::validate_changed(today, today, evidence, context, wishes);
    let planned = match first {
        0 if week.days[0] != *today => {
            found.push(Violation::new("today", "the first day is not the plan that was given"));
            return found;
        }
        0 => &week.days[1..],
        _ => &week.days[..],
    };
    let before = leading_to(today, first, evidence, context, wishes);
    found.extend(days(planned, i32::from(first.max(1)), before, evidence, context, wishes));
    let given = if first == 0 { today.active_minutes } else { 0 };
    whole(week, week.minutes.most.max(given), evidence, &mut found);
    found
}

/// Days in a row, each judged as if those before it had been done. `ahead`: of the first of them.
fn days(
    plans: &[RoutinePlan],
    ahead: i32,
    mut before: Before,
    evidence: &Evidence,
    context: &Context,
    wishes: &RoutineWishes,
) -> Vec<Violation> {
    let mut found = Vec::new();
    for (ahead, plan) in (ahead..).zip(plans) {
        let situation = Situation::on(ahead, evidence, context, wishes, before.clone());
        found.extend(validate::judge(plan, &situation));
        before = before.after(plan);
    }
    found
}

/// `most`: active minutes that the week may hold.
fn whole(week: &RoutineWeek, most: u32, evidence: &Evidence, found: &mut Vec<Violation>) {
    if *week != summed(evidence, week.days.clone()) {
        found.push(Violation::new("sum", "the figures of the week are not those of its days"));
    }
    load(week, most, found);
}

/// What no row of days may do, seen from outside the days.
fn load(week: &RoutineWeek, most: u32, found: &mut Vec<Violation>) {
    for pair in week.days.windows(2) {
        if muscles(&pair[0]).iter().any(|muscle| muscles(&pair[1]).contains(muscle)) {
            found.push(Violation::new(
                "muscles",
                format!("{}: muscles trained on the day before", pair[1].date),
            ));
        }
        if vigorous(&pair[0]) && tasks(&pair[1]).any(|task| task.intensity > Intensity::Light) {
            found.push(Violation::new("rest", format!("{}: no rest after a hard day", pair[1].date)));
        }
    }
    if week.days.iter().filter(|day| vigorous(day)).count() as u32 > calendar::most_hard_days(week.archetype)
    {
        found.push(Violation::new("hard-days", "more hard days than this archetype has"));
    }
    if week.minutes.planned > most {
        found.push(Violation::new("ramp", "more active minutes than 10 % above the person's own week"));
    }
    if week.archetype == Archetype::FoundationBuilder && week.new_tasks > 3 {
        found.push(Violation::new("new", "more than three new things"));
    }
}

/// The week's figures, from its days.
fn summed(evidence: &Evidence, days: Vec<RoutinePlan>) -> RoutineWeek {
    let mean = limits::active_mean(evidence);
    let count = |part: &dyn Fn(&RoutinePlan) -> bool| days.iter().filter(|day| part(day)).count() as u32;
    let planned = days.iter().map(|day| day.active_minutes).sum();
    let hard: u32 =
        days.iter().flat_map(tasks).filter(|t| t.intensity == Intensity::Vigorous).map(|t| t.minutes).sum();
    let minutes = WeekMinutes {
        usual: mean.map(|mean| (7.0 * mean).round() as u32),
        most: limits::week_active_minutes(evidence, mean),
        planned,
        moderate_equivalent: planned + hard,
        guideline: guideline(evidence.profile.age),
    };
    let strength_days = count(&|day| !muscles(day).is_empty());
    RoutineWeek {
        from: days.first().map_or(evidence.today, |day| day.date),
        archetype: evidence.archetype,
        strength_days,
        hard_days: count(&vigorous),
        rest_days: count(&|day| day.training.kind == DayKind::Rest),
        new_tasks: days.iter().map(|day| day.new_tasks).sum(),
        notes: notes(&minutes, strength_days),
        minutes,
        days,
    }
}

fn guideline(age: Option<u8>) -> [u32; 2] {
    let least = active_minutes_a_week(age) as u32;
    [least, MOST_OF_ADULTS.max(least)]
}

fn notes(minutes: &WeekMinutes, strength_days: u32) -> Vec<String> {
    let (planned, [least, most]) = (minutes.moderate_equivalent, minutes.guideline);
    let advised = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let mut notes = vec![match minutes.usual {
        Some(usual) if usual >= least => {
            let place = if usual > most { "above" } else { "within" };
            format!(
                "Your own week holds {usual} active minutes, {place} the {advised} that WHO advises; the plan names {planned} of them."
            )
        }
        Some(usual) => format!(
            "Your own week holds {usual} active minutes, WHO advises {advised}: this week may hold {}, and each week 10 % more.",
            minutes.most
        ),
        None => format!(
            "Too little is known of your activity: {planned} of the {advised} minutes that WHO advises are planned to begin with."
        ),
    }];
    if strength_days < STRENGTH_DAYS {
        let days = if strength_days == 1 { "1 day" } else { "no day" };
        notes.push(format!(
            "Strength on {days} instead of the {STRENGTH_DAYS} that WHO advises: readiness, injuries, equipment or room allow no more this week."
        ));
    }
    notes.push("The days after today are planned anew on their day, from its check-ins and data.".to_owned());
    notes
}

fn tasks(day: &RoutinePlan) -> impl Iterator<Item = &Task> {
    day.blocks.iter().flat_map(|block| &block.tasks)
}

fn muscles(day: &RoutinePlan) -> Vec<Muscle> {
    tasks(day).filter_map(|task| by_slug(slug_of(&task.id))).flat_map(|known| known.muscles.clone()).collect()
}

fn vigorous(day: &RoutinePlan) -> bool {
    tasks(day).any(|task| task.intensity == Intensity::Vigorous)
}
