//! Known shapes of days and nights: an early riser, a night owl, a shift worker, a traveller, clocks that change.

use agents::behavior::{self, Metric, PatternKind};
use agents::circadian::{
    self, Chronotype, ChronotypeMethod, CircadianAnalysis, EnergySource, Rhythm, Source, Zone,
};
use jiff::civil::Weekday;

use super::wearer::{Wearer, ago, walking};

/// Nights that begin and end at these minutes of the clock, over four weeks; `None`: no night.
fn sleeper(zone: &str, night: impl Fn(i64) -> Option<(i64, i64)>) -> CircadianAnalysis {
    let mut wearer = Wearer::new(zone);
    for back in (1..=28).rev() {
        wearer.sum(domain::health_data::BiomarkerKind::Steps, 8_000.0, ago(back));
        if let Some((start, end)) = night(back) {
            wearer.night(ago(back), start, end);
        }
    }
    judged(&wearer)
}

/// Steps by the hour only, of people who are up between these hours.
fn walker(up: impl Fn(i64) -> (i64, i64)) -> CircadianAnalysis {
    let mut wearer = Wearer::new("Europe/Berlin");
    for back in (1..=28).rev() {
        let (wake, bed) = up(back);
        wearer.hours(ago(back), |hour| walking(hour, wake, bed));
    }
    judged(&wearer)
}

fn judged(wearer: &Wearer) -> CircadianAnalysis {
    let evidence = wearer.evidence();
    let day = circadian::analyse(&evidence);
    assert_eq!(circadian::validate(&day, &evidence), vec![]);
    day
}

fn times(day: &CircadianAnalysis) -> (String, String) {
    (day.bed_time.to_string(), day.wake_time.to_string())
}

fn clock(bed: &str, wake: &str) -> (String, String) {
    (bed.to_owned(), wake.to_owned())
}

/// Minutes after midnight of the best slot.
fn best(day: &CircadianAnalysis) -> i64 {
    let top = day.energy_timeline.iter().map(|slot| slot.energy).max().unwrap();
    let slot = day.energy_timeline.iter().position(|slot| slot.energy == top).unwrap();
    slot as i64 * 15
}

fn weekend(back: i64) -> bool {
    matches!(ago(back).weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[test]
fn an_early_riser_and_a_night_owl() {
    let lark = sleeper("Europe/Berlin", |back| Some((-150 + back % 3 * 5, 300 + back % 2 * 10)));
    assert_eq!(
        (lark.chronotype, lark.rhythm, lark.source),
        (Some(Chronotype::Early), Rhythm::Stable, Source::SleepTimes)
    );
    assert_eq!(times(&lark), clock("21:30", "05:00"));
    let owl = sleeper("Europe/Berlin", |back| Some((125 + back % 3 * 5, 600 + back % 2 * 10)));
    assert_eq!(
        (owl.chronotype, owl.chronotype_basis.method),
        (Some(Chronotype::Late), ChronotypeMethod::FreeDays)
    );
    assert_eq!(times(&owl), clock("02:15", "10:00"));
    assert!(best(&lark) + 240 < best(&owl), "{} against {}", best(&lark), best(&owl));
    for day in [&lark, &owl] {
        let zones: Vec<Zone> = day.energy_timeline.iter().map(|slot| slot.zone).collect();
        assert!(zones.contains(&Zone::Peak) && zones.contains(&Zone::Maintenance));
        let window = day.wake_window.unwrap();
        assert!(window.start <= day.wake_time && day.wake_time <= window.end);
        assert!((0.5..=0.95).contains(&day.chronotype_basis.confidence));
    }
}

/// By hand: work nights 24:00–06:00 (360 minutes, middle 03:00), free nights 01:00–10:00 (540, middle 05:30). The week has
/// (5·360 + 2·540) / 7 = 411.4; corrected 330 − (540 − 411.4) / 2 = 265.7, which is 04:26. Social jetlag 150 minutes.
#[test]
fn free_days_are_corrected_for_sleep_that_is_caught_up() {
    let night = |back: i64| Some(if weekend(back) { (60, 600) } else { (0, 360) });
    let day = sleeper("UTC", night);
    let shown = day.chronotype_basis.evidence.clone().unwrap();
    assert_eq!((shown.metric.as_str(), shown.value), (Metric::FreeMiddle.name(), 265.7));
    assert_eq!(day.chronotype, Some(Chronotype::Intermediate));
    let mut wearer = Wearer::new("UTC");
    for back in 1..=28 {
        let (start, end) = night(back).unwrap();
        wearer.night(ago(back), start, end);
    }
    let evidence = wearer.evidence();
    assert_eq!(Metric::SocialJetlag.of(&evidence).unwrap().value, 150.0);
    let habits = behavior::analyse(&evidence);
    let jetlag = habits.patterns.iter().find(|pattern| pattern.kind == PatternKind::SocialJetlag).unwrap();
    assert_eq!(jetlag.verdict.as_deref(), Some("large"));
    // Whoever rises before their own time starts slower: the same hours without late weekends peak earlier.
    let even = sleeper("UTC", |_| Some((0, 360)));
    assert!(best(&even) <= best(&day), "{} {}", best(&even), best(&day));
}

#[test]
fn a_shift_worker_is_not_averaged() {
    // Two early, two late and two night shifts.
    let shifts = |back: i64| Some([(-120, 300), (60, 540), (480, 900)][(back / 2 % 3) as usize]);
    let day = sleeper("Europe/Berlin", shifts);
    assert_eq!((day.rhythm, day.chronotype, day.days), (Rhythm::Irregular, None, 1));
    assert_eq!(times(&day), clock("22:00", "05:00"), "the newest night, none between");
    assert!(day.notes[0].contains("no steady rhythm") && day.chronotype_basis.reason.contains("not told"));
    let mut wearer = Wearer::new("Europe/Berlin");
    for back in 1..=28 {
        let (start, end) = shifts(back).unwrap();
        wearer.night(ago(back), start, end);
    }
    assert_eq!(Metric::SocialJetlag.of(&wearer.evidence()), None, "no work week to compare with");
    // Weekly changes are too many for a journey, too.
    let weekly =
        sleeper("Europe/Berlin", |back| Some(if back / 6 % 2 == 0 { (-60, 420) } else { (480, 900) }));
    assert_eq!((weekly.rhythm, weekly.chronotype), (Rhythm::Irregular, None));
    let by_steps = walker(|back| if back / 2 % 2 == 0 { (6, 22) } else { (18, 10) });
    assert!(by_steps.notes.iter().all(|note| !note.contains("neither")), "{:?}", by_steps.notes);
    assert_eq!(
        (by_steps.rhythm, by_steps.chronotype, by_steps.source),
        (Rhythm::Irregular, None, Source::Assumed)
    );
}

#[test]
fn a_permanent_night_worker_has_times_and_no_chronotype() {
    let day = sleeper("Europe/Berlin", |back| Some((480 + back % 4 * 5, 930)));
    assert_eq!((day.rhythm, day.chronotype), (Rhythm::Stable, None));
    assert_eq!(times(&day), clock("08:15", "15:30"));
    assert!(day.chronotype_basis.reason.contains("into the day"));
}

#[test]
fn a_traveller_lives_by_the_newest_nights() {
    // Ten days ago six hours to the west; seen from home, nights come six hours later.
    let away = |back: i64| Some(if back > 10 { (-60, 420) } else { (300, 780) });
    let day = sleeper("Europe/Berlin", away);
    assert_eq!((day.rhythm, day.since, day.days), (Rhythm::Moved, Some(ago(10)), 10));
    assert_eq!((times(&day), day.chronotype), (clock("05:00", "13:00"), None));
    // There and back again.
    let back_home =
        sleeper("Europe/Berlin", |back| Some(if (8..=16).contains(&back) { (300, 780) } else { (-60, 420) }));
    assert_eq!((back_home.rhythm, back_home.since), (Rhythm::Moved, Some(ago(7))));
    assert_eq!(times(&back_home), clock("23:00", "07:00"));
    // The same by steps alone.
    let walked = walker(|back| if back > 10 { (7, 23) } else { (15, 7) });
    assert_eq!((walked.rhythm, walked.source), (Rhythm::Moved, Source::HourlySteps));
    assert_eq!(times(&walked), clock("08:00", "15:00"), "an hour after the last steps");
}

#[test]
fn clocks_that_change_do_not_move_a_night() {
    for zone in ["Europe/Berlin", "America/New_York", "UTC"] {
        let day = sleeper(zone, |_| Some((-60, 420)));
        assert_eq!((times(&day), day.rhythm), (clock("23:00", "07:00"), Rhythm::Stable), "{zone}");
        assert_eq!(day.wake_window.unwrap().start.to_string(), "06:45", "{zone}");
    }
}

#[test]
fn steps_alone_tell_the_times() {
    let day = walker(|_| (7, 23));
    // The last steps end at 23:00, and an hour of sitting follows.
    assert_eq!((times(&day), day.source), (clock("00:00", "07:00"), Source::HourlySteps));
    assert_eq!(
        (day.chronotype, day.chronotype_basis.method),
        (Some(Chronotype::Intermediate), ChronotypeMethod::Steps)
    );
    assert_eq!(day.energy_source, EnergySource::ModelAndSteps);
    let lark = walker(|_| (4, 20));
    let owl = walker(|_| (11, 3));
    assert_eq!((lark.chronotype, owl.chronotype), (Some(Chronotype::Early), Some(Chronotype::Late)));
}

#[test]
fn a_short_night_lowers_the_top_of_the_day() {
    let top = |minutes: i64| {
        let day = sleeper("UTC", |_| Some((420 - minutes, 420)));
        day.energy_timeline.iter().map(|slot| slot.energy).max().unwrap()
    };
    assert_eq!((top(480), top(420)), (90, 90));
    assert!((78..88).contains(&top(300)), "{}", top(300));
}

/// By hand, twenty nights that alternate by two hours at both ends: known from 23:00 before the first to 09:00 of the last, 27,960
/// minutes, of which 26,520 have a time 24 hours later. Each of 19 pairs of nights differs in 240: 200·(1 − 4,560 / 26,520) − 100.
#[test]
fn the_regularity_index_of_known_nights() {
    let index = |by: i64| {
        let mut wearer = Wearer::new("UTC");
        for back in 1..=20 {
            let late = back % 2 * by;
            wearer.night(ago(back), -60 + late, 420 + late);
        }
        Metric::RegularityIndex.of(&wearer.evidence()).unwrap().value
    };
    assert_eq!(index(0), 100.0);
    assert_eq!(index(120), 65.6);
}

/// Computed apart from this code, by a Python script with the model's formulas: nights from 23:00 to 07:00, levels of the full hours.
#[test]
fn the_energy_of_a_known_day() {
    let day = sleeper("UTC", |_| Some((-60, 420)));
    let levels: Vec<u8> = day.energy_timeline.iter().step_by(4).map(|slot| slot.energy).collect();
    let awake = [43, 83, 90, 88, 81, 74, 66, 61, 59, 60, 63, 67, 68, 66, 58, 44];
    assert_eq!(levels, [&[20; 7][..], &awake, &[20]].concat());
    assert_eq!(day.energy_source, EnergySource::Model);
}

/// A device that never measures from 03:00 to 04:00 has 23 hours a day: enough to count, but of that hour nobody knows.
#[test]
fn an_hour_that_is_never_measured_is_no_hour_of_rest() {
    let of = |missing: i64| {
        let mut wearer = Wearer::new("UTC");
        for back in (1..=10).rev() {
            for hour in (0..24).filter(|hour| back == 1 || *hour != missing) {
                let start = wearer.at(ago(back), 60 * hour);
                let end = wearer.at(ago(back), 60 * hour + 60);
                wearer.put(domain::health_data::BiomarkerKind::Steps, walking(hour, 7, 23), start, end);
            }
        }
        if missing == 3 {
            wearer.readings.retain(|one| wearer.zone.to_datetime(one.start).hour() != 3);
        }
        wearer.evidence()
    };
    assert_eq!(Metric::LeastActive.of(&of(3)), None);
    assert_eq!(Metric::Stability.of(&of(3)), None);
    assert!(Metric::LeastActive.of(&of(4)).is_some(), "once is measured");
}
