//! Memories to test with.

use agents::behavior::Focus;
use agents::memory::{Claim, Memory, MemoryLayer, MemorySource, Said, evidence};
use domain::agent::Agent;
use domain::profile::ClockTime;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::{collection, option, sample};

pub(crate) const TODAY: Date = date(2026, 3, 3);

pub(crate) fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp()
}

pub(crate) fn days_ago(days: i64) -> Date {
    TODAY.checked_sub(days.days()).unwrap()
}

/// Wakes and goes to bed at these minutes of the day, as seen on these days.
pub(crate) fn window(wake: i64, bed: i64, confidence: f64, days: impl IntoIterator<Item = Date>) -> Memory {
    let days: Vec<Date> = days.into_iter().collect();
    let at = noon(days.iter().copied().max().unwrap_or(TODAY));
    let (wake, bed) = (ClockTime::from_minutes(wake), ClockTime::from_minutes(bed));
    Memory {
        id: String::new(),
        layer: MemoryLayer::Semantic,
        key: "rhythm.sleep-window".to_owned(),
        content: format!("Usually wakes at {wake} and goes to bed at {bed}"),
        source: MemorySource::Agent(Agent::Circadian),
        claim: Claim::SleepWindow { wake, bed },
        about: vec!["sleep".to_owned()],
        confidence,
        importance: 0.9,
        evidence: evidence::of_days(days),
        created_at: at,
        updated_at: at,
        recalled: 0,
        recalled_at: None,
    }
}

pub(crate) fn event(what: &str, day: Date, id: &str) -> Memory {
    Memory {
        layer: MemoryLayer::Episodic,
        key: format!("{what}.{day}"),
        content: format!("{what} happened"),
        claim: Claim::Event { what: what.to_owned() },
        about: Vec::new(),
        confidence: 1.0,
        importance: 0.3,
        evidence: vec![id.to_owned()],
        ..window(0, 0, 1.0, [day])
    }
}

prop_compose! {
    /// Any at all, of a key of its own where `n` differs.
    pub(crate) fn memories()(
        n in 0_u32..40,
        layer in sample::select(MemoryLayer::ALL.to_vec()),
        claim in 0_u8..5,
        person in any::<bool>(),
        confidence in 0.0_f64..=1.0,
        importance in 0.0_f64..=1.0,
        age_hours in 0_i64..24 * 500,
        older in 0_i64..24 * 30,
        evidence in collection::vec(pieces(), 0..5),
        about in collection::vec(sample::select(vec!["sleep", "food", "walk"]), 0..3),
        recalled_ago in option::of(0_i64..100),
    ) -> Memory {
        let updated_at = noon(TODAY) - SignedDuration::from_hours(age_hours);
        let claim = match (layer, claim) {
            (MemoryLayer::Working | MemoryLayer::Episodic, claim) => {
                Claim::Event { what: ["plan.routine", "check-ins"][usize::from(claim % 2)].to_owned() }
            }
            (MemoryLayer::Procedural, _) => {
                Claim::TaskDone { slug: format!("task-{n}"), share: 0.5, times: 3.0 }
            }
            (MemoryLayer::Semantic, 0) => Claim::Focus { focus: Focus::Sleep },
            (MemoryLayer::Semantic, _) => Claim::Told(Said::default()),
        };
        Memory {
            id: format!("id-{layer:?}-{n}"),
            layer,
            key: format!("{}.{n}", layer.as_str()),
            content: format!("Thing {n} is so"),
            source: if person { MemorySource::Person } else { MemorySource::Agent(Agent::Behavior) },
            claim,
            about: about.into_iter().map(str::to_owned).collect(),
            confidence,
            importance,
            evidence: evidence::unite([&evidence[..]]),
            created_at: updated_at - SignedDuration::from_hours(older),
            updated_at,
            recalled: u32::from(recalled_ago.is_some()),
            recalled_at: recalled_ago.map(|hours| noon(TODAY) - SignedDuration::from_hours(hours)),
        }
    }
}

/// A store's: one of each layer and key.
pub(crate) fn stores() -> impl Strategy<Value = Vec<Memory>> {
    collection::vec(memories(), 0..60).prop_map(|mut all| {
        all.sort_by(|a, b| (a.layer, &a.key).cmp(&(b.layer, &b.key)));
        all.dedup_by(|a, b| a.layer == b.layer && a.key == b.key);
        all
    })
}

/// A day, an interval, an id, the person's word, or something that looks like one of these.
pub(crate) fn pieces() -> impl Strategy<Value = String> {
    let day = || (0_i64..60).prop_map(days_ago);
    prop_oneof![
        4 => day().prop_map(|day| day.to_string()),
        3 => (day(), 1_i64..20).prop_map(|(day, length)| {
            format!("{day}/{}", day.checked_add(length.days()).unwrap())
        }),
        2 => (0_u32..6).prop_map(|n| format!("0195a1b2-0000-7000-8000-00000000000{n}")),
        1 => day().prop_map(evidence::said),
        1 => (day(), day()).prop_map(|(from, to)| format!("{from}/{to}")),
        1 => sample::select(vec!["2026-13-01", "2026-3-1", "a/b", "20260301", ""]).prop_map(str::to_owned),
    ]
}
