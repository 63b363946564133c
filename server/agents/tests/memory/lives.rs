//! Some lives, from nights to what is remembered of them.

use agents::circadian;
use agents::evidence::{Evidence, PersonData};
use agents::memory::{
    Bounds, Claim, Held, Memory, MemoryLayer, Telling, ToldClaim, Why, as_of, consolidate, from_check_ins,
    from_circadian, reconcile, remembered_sleep_window, task_history,
};
use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::profile::ClockTime;
use domain::release::AgentSettings;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::some::{TODAY, noon};

const WIDE: Bounds = Bounds { working: 100, episodic: 400, semantic: 300, procedural: 200 };

fn day(after: i64) -> Date {
    TODAY.checked_add(after.days()).unwrap()
}

/// A night that begins at `bed` (minutes from the midnight before the day it ends on) and ends at `wake`.
fn night(ends: Date, bed: i64, wake: i64) -> Biomarker {
    let midnight = noon(ends) - SignedDuration::from_hours(12);
    Biomarker {
        category: BiomarkerKind::SleepDuration.category(),
        kind: BiomarkerKind::SleepDuration,
        value: (wake - bed) as f64,
        unit: BiomarkerKind::SleepDuration.unit().to_owned(),
        aggregation: None,
        periodicity: None,
        start: midnight + SignedDuration::from_mins(bed),
        end: midnight + SignedDuration::from_mins(wake),
        source: None,
    }
}

/// One person: their nights, and what is held of the sleep window.
struct Life {
    nights: Vec<Biomarker>,
    held: Held,
}

impl Life {
    fn new() -> Self {
        Self { nights: Vec::new(), held: Held::default() }
    }

    /// A night that ends on this day, and the analysis at noon.
    fn lives(&mut self, after: i64, bed: i64, wake: i64) {
        self.nights.push(night(day(after), bed, wake));
        let now = noon(day(after));
        let data = PersonData { biomarkers: self.nights.clone(), ..PersonData::default() };
        let evidence =
            Evidence::from_data(data, Archetype::FoundationBuilder, AgentSettings::default(), now, 7);
        let analysis = circadian::analyse(&evidence);
        let learned: Vec<Memory> = from_circadian(&analysis, "a", &evidence, now)
            .into_iter()
            .filter(|memory| memory.layer == MemoryLayer::Semantic)
            .collect();
        self.held = reconcile(std::mem::take(&mut self.held), &learned, now);
    }

    fn wakes(&self, now: Timestamp) -> Option<String> {
        let today: Vec<Memory> = self.held.current.iter().filter_map(|memory| as_of(memory, now)).collect();
        remembered_sleep_window(&today).map(|window| window.wake.to_string())
    }
}

#[test]
fn a_person_who_changes_shift_is_believed_within_six_weeks_and_again_when_they_change_back() {
    let mut life = Life::new();
    for after in 0..90 {
        life.lives(after, -60, 420);
    }
    assert_eq!(life.wakes(noon(day(89))).as_deref(), Some("07:00"));
    assert_eq!(life.held.current.as_ref().unwrap().evidence, [format!("{}/{}", day(0), day(89))]);
    let mut changed = None;
    for after in 90..150 {
        life.lives(after, 480, 900);
        if changed.is_none() && life.wakes(noon(day(after))).as_deref() == Some("15:00") {
            changed = Some(after - 90 + 1);
        }
    }
    let after = changed.expect("the night shift is believed");
    assert!((16..=42).contains(&after), "{after} nights");
    let left = life.held.rivals.iter().find(|rival| rival.memory.content.contains("07:00")).unwrap();
    assert_eq!(
        (left.why, left.memory.evidence.clone()),
        (Why::Superseded, vec![format!("{}/{}", day(0), day(89))])
    );
    let current = life.held.current.as_ref().unwrap();
    assert_eq!(
        current.evidence,
        [format!("{}/{}", day(90), day(149))],
        "nights of the other life do not speak for it"
    );
    for after in 150..210 {
        life.lives(after, -60, 420);
    }
    let now = noon(day(209));
    assert_eq!(life.wakes(now).as_deref(), Some("07:00"));
    let back = life.held.current.as_ref().unwrap();
    assert_eq!(back.evidence, [format!("{}/{}", day(0), day(89)), format!("{}/{}", day(150), day(209))]);
}

#[test]
fn one_white_night_a_month_is_not_a_new_life() {
    let mut life = Life::new();
    for after in 0..120 {
        let (bed, wake) = if after % 30 == 29 { (300, 720) } else { (-60, 420) };
        life.lives(after, bed, wake);
        if after >= 3 {
            assert_eq!(life.wakes(noon(day(after))).as_deref(), Some("07:00"), "day {after}");
        }
    }
    assert!(life.held.rivals.is_empty());
}

#[test]
fn a_person_who_stops_fades_and_what_happened_stays_counted() {
    let mut life = Life::new();
    for after in 0..20 {
        life.lives(after, -60, 420);
    }
    let walk = |after: i64| CheckIn {
        task_id: format!("{}-evening-walk", day(after)),
        title: Some("Evening walk".to_owned()),
        status: CheckInStatus::Done,
        rating: None,
        date: day(after),
        note: None,
    };
    let reports: Vec<CheckIn> = (13..20).map(walk).collect();
    let mut all = from_check_ins(&reports, day(19), noon(day(19)));
    all.extend(life.held.current.clone());
    let known = |all: &[Memory], after: i64| -> Vec<Memory> {
        all.iter().filter_map(|memory| as_of(memory, noon(day(after)))).collect()
    };
    let fresh = task_history(&known(&all, 19), "evening-walk").unwrap();
    assert_eq!(fresh.share, 1.0);
    assert!(fresh.times > 6.0);
    for (after, window, task) in
        [(60, true, true), (160, true, true), (210, true, false), (330, false, false)]
    {
        all = consolidate(all, noon(day(after)), WIDE).memories;
        let today = known(&all, after);
        assert_eq!(remembered_sleep_window(&today).is_some(), window, "day {after}");
        assert_eq!(task_history(&today, "evening-walk").is_some(), task, "day {after}");
        let history = today.iter().find(|memory| matches!(memory.claim, Claim::History { .. }));
        let told = history.map(|memory| (memory.evidence.clone(), memory.content.as_str()));
        let counted = "In 2026-03: 7 × a day with reports on tasks, mostly evening-walk, tasks";
        let expected = (vec![format!("{}/{}", day(13), day(19))], counted);
        assert_eq!(told, [160, 210].contains(&after).then_some(expected), "day {after}");
    }
    assert!(all.is_empty(), "after a year without a word nothing is held");
}

#[test]
fn a_person_who_says_the_opposite_of_the_data_is_believed_until_data_last() {
    let mut life = Life::new();
    for after in 0..60 {
        life.lives(after, 60, 540);
    }
    let telling = Telling {
        key: "rhythm.sleep-window".to_owned(),
        content: "I get up at six".to_owned(),
        about: Vec::new(),
        claim: Some(ToldClaim::SleepWindow {
            wake: ClockTime::from_minutes(360),
            bed: ClockTime::from_minutes(1_320),
        }),
    };
    let now = noon(day(60));
    let told = telling.into_memory(day(60), now);
    life.held = reconcile(std::mem::take(&mut life.held), &[told], now);
    assert_eq!(life.wakes(now).as_deref(), Some("06:00"));
    let left = &life.held.rivals[0];
    assert!(left.reason.starts_with("what the person said weighs more than the data"), "{}", left.reason);
    let mut until = 0;
    for after in 61..200 {
        life.lives(after, 60, 540);
        if life.wakes(noon(day(after))).as_deref() == Some("09:00") {
            until = after - 60;
            break;
        }
    }
    assert!((28..=60).contains(&until), "{until} days");
}
