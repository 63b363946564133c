//! What to do next: one thing, small, by when. Where the behavior analysis has a step in the archetype's tone for the same thing, that one.

use super::metric::{Metric, weekday_word};
use super::story::{Direction, Story, Tone, block};
use crate::behavior::{BehaviorAnalysis, Focus};
use Direction::{Down, Up};

/// Which priority of the behavior analysis is about which signal; regularity is about nights' spread.
const FOCUS: [(Focus, &str); 3] =
    [(Focus::Sleep, "sleep"), (Focus::Activity, "steps"), (Focus::Sitting, "sitting")];

/// The place among the behavior analysis' priorities, from 0.
pub(super) fn priority_of(behavior: &BehaviorAnalysis, story: &Story) -> Option<usize> {
    let focus = match &story.metric {
        Metric::Spread(_) => Focus::SleepRegularity,
        Metric::Level(of) | Metric::Change(of) | Metric::Trend(of) => {
            FOCUS.iter().find(|(_, signal)| *signal == of.id).map(|(focus, _)| *focus)?
        }
        _ => return None,
    };
    let work = matches!(story.tone, Tone::Work | Tone::Safety);
    behavior.priorities.iter().position(|priority| work && priority.focus == focus)
}

pub(super) fn next(behavior: &BehaviorAnalysis, story: &Story) -> String {
    if story.tone == Tone::Safety {
        return advice(&story.subject).to_owned();
    }
    if let Some(place) = priority_of(behavior, story) {
        return behavior.priorities[place].next_step.clone();
    }
    match &story.metric {
        Metric::Weekday(of, day) if of.id != "sleep" => {
            let day = weekday_word(*day);
            let day = format!("{}{}", day[..1].to_uppercase(), &day[1..]);
            match story.direction {
                Down => format!("Plan one short walk for next {day}, at a fixed time."),
                Up => format!("Look at what makes {day} easy, and try it on one other day."),
            }
        }
        Metric::Hours(from) => match story.direction {
            Up => format!(
                "If you plan a walk, plan it from {}: you are on your feet then anyway.",
                block(*from)
            ),
            Down => {
                format!("From {}, stand up once an hour; a glass of water is a good reason.", block(*from))
            }
        },
        _ => of_subject(story).to_owned(),
    }
}

fn advice(subject: &str) -> &'static str {
    match subject {
        "sleep" => "If that is not by choice, talk to a doctor about your sleep.",
        "weight" => "If you did not plan this, or feel unwell, talk to a doctor. Until then, eat enough.",
        _ => "Measure again after ten quiet minutes. If it stays so, have a doctor look at it.",
    }
}

fn of_subject(story: &Story) -> &'static str {
    match (story.subject.as_str(), story.direction) {
        ("movement", Down) => "Walk ten minutes after one meal tomorrow.",
        ("movement", Up) => "Keep what makes it easy: the same walk, at the same time.",
        ("sitting", Up) => "Stand up once an hour tomorrow; one call on your feet counts.",
        ("sitting", Down) => "Keep the breaks that you have found.",
        ("sleep", Down) if matches!(story.metric, Metric::Last(_)) => {
            "Do today's hardest thing smaller, and be in bed half an hour earlier."
        }
        ("sleep", Down) => "Be in bed 20 minutes earlier tonight.",
        ("sleep", Up) => "Keep the bedtime that gives you this.",
        ("bedtime", Up) => "Choose a time for lights out tonight, 20 minutes earlier than yesterday.",
        ("bedtime", Down) => "If you feel well with it, keep this bedtime for another week.",
        ("bedtime.regularity" | "sleep.regularity", Down) => {
            "Get up at the same time for the next seven days, also after a bad night."
        }
        ("bedtime.regularity" | "sleep.regularity", Up) => "Keep it; it is the base for everything else.",
        ("bedtime.week", _) => "On the next free day, get up within an hour of your usual time.",
        ("sleep.week", Down) => "On the evening before, set an alarm for going to bed.",
        ("sleep.week", Up) => "Try the same bedtime on one other evening.",
        ("movement.week", Down) => "Plan one pleasant outing for one of these days.",
        ("movement.week", Up) => "Move a little of it to a quieter day.",
        ("resting-heart-rate", Up) | ("heart-rate-variability", Down) => {
            "Keep today light and go to bed early; see a doctor if you feel unwell."
        }
        ("resting-heart-rate" | "heart-rate-variability", _) => "Go on as you do; your body answers well.",
        ("readiness", Up) => "If you feel it too, add ten minutes to what you planned today.",
        ("readiness" | "energy", Down) => "Halve today's hardest task and take a real break at noon.",
        ("weight", Down) => "Look whether this is the pace you want; weigh yourself once a week.",
        ("weight", Up) => "Look whether this is what you want; change one meal, not all.",
        ("wellbeing", Down) => "Plan one thing today that did you good before; talk to somebody you trust.",
        ("movement.streak" | "sleep.streak", _) => "Do today what made it work; a short one counts.",
        ("movement.best", _) => "Rest well tonight, and note what made it possible.",
        ("tasks", Down) => "Choose the two tasks that matter most this week and leave the rest.",
        ("tasks", Up) => "Keep the plan as it is for another week.",
        (subject, Down) if subject.starts_with("task") => "Make it smaller or move it: two minutes count.",
        (subject, Up) if subject.starts_with("task") => "Put the next new thing right beside it.",
        ("sleep-steps" | "sleep-energy" | "sleep-resting-heart-rate", _) => {
            "Be in bed 20 minutes earlier for one week, and compare."
        }
        ("bedtime-steps", _) => "Keep lights out half an hour earlier for one week, and compare.",
        ("steps-sleep" | "active-minutes-heart-rate-variability", _) => {
            "Add a walk of 15 minutes a day for one week, and compare."
        }
        _ => "Keep what makes it easy.",
    }
}
