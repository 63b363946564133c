//! What is worth remembering of an answer. Ids are given by the store.

use domain::agent::Agent;
use domain::archetype::Archetype;
use jiff::Timestamp;

use super::{Claim, Memory, MemoryLayer, MemorySource, evidence, topic};
use crate::behavior::{BehaviorAnalysis, metric};
use crate::circadian::{CircadianAnalysis, Source};
use crate::evidence::{DayRecord, Evidence};

/// A night speaks for a sleep window when both its ends are this near, minutes (our choice: a late evening still does, another shift does
/// not).
const NIGHT_TOLERANCE_MIN: i64 = 90;

/// Something that happened; `which` tells it from others of its kind, often a day. Each needs evidence of its own: histories count it.
pub fn event(
    by: Agent,
    what: &str,
    which: &str,
    content: String,
    importance: f64,
    evidence: Vec<String>,
    now: Timestamp,
) -> Memory {
    Memory {
        id: String::new(),
        layer: MemoryLayer::Episodic,
        key: format!("{what}.{which}"),
        content,
        source: MemorySource::Agent(by),
        claim: Claim::Event { what: what.to_owned() },
        about: topic::bounded(topic::of_agent(by).iter().copied()),
        confidence: 1.0,
        importance,
        evidence,
        created_at: now,
        updated_at: now,
        recalled: 0,
        recalled_at: None,
    }
}

fn day_of(now: Timestamp) -> String {
    now.strftime("%F").to_string()
}

/// Of this session: what was asked of an agent.
pub fn asked(agent: Agent, archetype: Archetype, analysis: &str, now: Timestamp) -> Memory {
    let content = format!("{} was asked as {}", agent.title(), archetype.name());
    Memory {
        layer: MemoryLayer::Working,
        source: MemorySource::Agent(Agent::Orchestrator),
        ..event(agent, "asked", agent.as_str(), content, 0.2, vec![analysis.to_owned()], now)
    }
}

/// The event of an analysis, and what it says of the person. A focus rests on the days that its figure rests on, and on no
/// day between them.
pub fn from_behavior(
    analysis: &BehaviorAnalysis,
    id: &str,
    evidence: &Evidence,
    now: Timestamp,
) -> Vec<Memory> {
    let content = format!("Behavior was analysed: {}", analysis.summary);
    let happened =
        event(Agent::Behavior, "analysis.behavior", &day_of(now), content, 0.4, vec![id.to_owned()], now);
    let topics = analysis.priorities.iter().flat_map(|priority| topic::of_focus(priority.focus));
    let mut memories = vec![Memory { about: topic::bounded(topics.copied()), ..happened }];
    for priority in &analysis.priorities {
        let days = evidence::of_days(metric::days(&priority.evidence, evidence));
        memories.push(Memory {
            layer: MemoryLayer::Semantic,
            key: format!("focus.{:?}", priority.focus).to_lowercase(),
            content: format!("Working on: {}", priority.title.to_lowercase()),
            claim: Claim::Focus { focus: priority.focus },
            about: topic::bounded(topic::of_focus(priority.focus).iter().copied()),
            confidence: 0.8,
            importance: 0.8,
            evidence: days,
            ..memories[0].clone()
        });
    }
    memories
}

/// The event of an analysis, and the sleep window where it was read from data. It rests on those nights alone that are near it: after a
/// change of shift a window of thirty days has nights of both lives.
pub fn from_circadian(
    analysis: &CircadianAnalysis,
    id: &str,
    evidence: &Evidence,
    now: Timestamp,
) -> Vec<Memory> {
    let content = format!("The circadian rhythm was analysed, from {} days", analysis.days);
    let happened =
        event(Agent::Circadian, "analysis.circadian", &day_of(now), content, 0.3, vec![id.to_owned()], now);
    if !matches!(analysis.source, Source::SleepTimes | Source::HourlySteps) {
        return vec![happened];
    }
    let window = Memory {
        layer: MemoryLayer::Semantic,
        key: "rhythm.sleep-window".to_owned(),
        content: format!("Usually wakes at {} and goes to bed at {}", analysis.wake_time, analysis.bed_time),
        claim: Claim::SleepWindow { wake: analysis.wake_time, bed: analysis.bed_time },
        confidence: (0.5 + f64::from(analysis.days) / 40.0).min(0.95),
        importance: 0.9,
        evidence: nights(analysis, evidence),
        ..happened.clone()
    };
    vec![happened, window]
}

fn nights(analysis: &CircadianAnalysis, evidence: &Evidence) -> Vec<String> {
    let near = |minutes: Option<i32>, time: domain::profile::ClockTime| {
        let forward =
            minutes.map(|minutes| (i64::from(minutes) - i64::from(time.minutes())).rem_euclid(1_440));
        forward.is_some_and(|apart| apart.min(1_440 - apart) <= NIGHT_TOLERANCE_MIN)
    };
    let speaks = |day: &&DayRecord| match analysis.source {
        Source::SleepTimes => {
            near(day.sleep_start, analysis.bed_time) && near(day.sleep_end, analysis.wake_time)
        }
        _ => day.worn && day.steps_by_hour.iter().any(Option::is_some),
    };
    super::evidence::of_days(evidence.days.iter().filter(speaks).map(|day| day.date))
}

/// The event of a plan.
pub fn from_plan(agent: Agent, analysis: &str, now: Timestamp) -> Memory {
    let content = format!("A {agent} plan was made");
    event(agent, &format!("plan.{agent}"), &day_of(now), content, 0.3, vec![analysis.to_owned()], now)
}

/// The event of insights given; none when nothing was said.
pub fn from_insights(said: usize, analysis: &str, now: Timestamp) -> Option<Memory> {
    let content = format!("Insights were given: {said}");
    let evidence = vec![analysis.to_owned()];
    (said > 0).then(|| event(Agent::Insights, "insights", &day_of(now), content, 0.3, evidence, now))
}

/// The event of a person's opinion of an insight; the last one counts.
pub fn reacted(insight: &str, category: &str, liked: Option<bool>, now: Timestamp) -> Memory {
    let word = match liked {
        Some(true) => "Liked",
        Some(false) => "Did not like",
        None => "Said something about",
    };
    let content = format!("{word} an insight about {}", category.replace('-', " "));
    Memory {
        source: MemorySource::Person,
        about: topic::bounded([category]),
        ..event(Agent::Insights, "reaction", insight, content, 0.4, vec![insight.to_owned()], now)
    }
}

/// The event of another archetype, chosen by the person.
pub fn archetype_switched(
    from: Option<Archetype>,
    to: Archetype,
    today: jiff::civil::Date,
    now: Timestamp,
) -> Memory {
    let content = match from {
        Some(from) => format!("Switched from {} to {}", from.name(), to.name()),
        None => format!("Chose {}", to.name()),
    };
    let evidence = evidence::of_days([today]);
    Memory {
        source: MemorySource::Person,
        about: topic::bounded([topic::HABITS]),
        ..event(Agent::Behavior, "archetype", &today.to_string(), content, 0.6, evidence, now)
    }
}
