//! Data quality: what counts, what does not, and that it is told.

use agents::behavior::{self, Metric};
use agents::data_quality::{self, Level};
use agents::evidence::{PartialReason, Reason};
use domain::health_data::{Biomarker, BiomarkerKind as Kind};

use super::wearer::{TODAY, Wearer, ago, reading, walking};

fn steady(days: i64) -> Wearer {
    let mut wearer = Wearer::new("Europe/Berlin");
    for back in (1..=days).rev() {
        wearer.hours(ago(back), |hour| walking(hour, 7, 23));
        wearer.night(ago(back), -60, 7 * 60);
    }
    wearer
}

fn set_aside(wearer: &Wearer) -> Vec<(String, Reason, u32)> {
    let told = wearer.evidence().intake.set_aside;
    told.into_iter().map(|line| (line.signal, line.reason, line.readings)).collect()
}

#[test]
fn a_half_worn_day_is_not_a_lazy_one() {
    let usual = steady(14);
    for lazy in [false, true] {
        let mut wearer = steady(14);
        wearer.readings.retain(|reading| wearer.zone.to_datetime(reading.start).date() != ago(1));
        // The device in the drawer from noon on; or worn all day by somebody who hardly left the sofa.
        wearer.hours(ago(1), |hour| match (lazy, hour) {
            (false, 7..12) => 500.0,
            (true, 7..23) => 40.0,
            _ => 0.0,
        });
        let evidence = wearer.evidence();
        let steps = evidence.days.last().unwrap().steps;
        let partial: Vec<_> = evidence.intake.partial.iter().map(|day| (day.date, day.reason)).collect();
        if lazy {
            assert_eq!((steps, partial), (Some(640.0), vec![]));
        } else {
            assert_eq!((steps, partial), (None, vec![(ago(1), PartialReason::LongStillness)]));
            let told = behavior::analyse(&evidence).data_quality.partial_days;
            assert_eq!((told[0].date, told[0].hours), (ago(1), Some(24 - 11)));
            let median = |evidence| Metric::StepsPerDay.of(evidence).unwrap().value;
            assert_eq!(median(&evidence), median(&usual.evidence()));
        }
    }
}

#[test]
fn today_is_not_over() {
    let mut wearer = steady(10);
    let (start, end) = (wearer.at(TODAY, 0), wearer.at(TODAY, 6 * 60));
    wearer.put(Kind::Steps, 300.0, start, end);
    wearer.night(TODAY, -60, 6 * 60);
    let evidence = wearer.evidence();
    let today = evidence.days.last().unwrap();
    assert_eq!((today.date, today.steps, today.sleep_minutes), (TODAY, None, Some(420.0)));
    assert_eq!(evidence.intake.partial[0].reason, PartialReason::Today);
}

#[test]
fn two_devices_are_never_added() {
    let mut wearer = steady(10);
    let alone = wearer.evidence();
    let phone = |one: &Biomarker| Biomarker {
        source: Some("phone".to_owned()),
        value: one.value / 2.0,
        ..one.clone()
    };
    let copies: Vec<_> =
        wearer.readings.iter().filter(|one| one.kind == Kind::Steps).take(75).map(phone).collect();
    wearer.readings.extend(copies);
    // On a day without the watch the phone stands in.
    let (start, end) = (wearer.at(ago(12), 0), wearer.at(ago(12), 1_439));
    wearer.readings.push(reading(Kind::Steps, 4_000.0, start, end, "phone"));
    let both = wearer.evidence();
    assert_eq!(both.days[2..], alone.days[..]);
    assert_eq!(both.days[0].steps, Some(4_000.0));
    assert_eq!(set_aside(&wearer), [("steps".to_owned(), Reason::OtherSource, 75)]);
}

#[test]
fn what_nobody_can_have_measured_is_set_aside_and_told() {
    let mut wearer = steady(10);
    let day = ago(3);
    for (kind, minutes) in
        [(Kind::ActiveMinutes, 400.0), (Kind::LightlyActiveMinutes, 500.0), (Kind::SedentaryMinutes, 900.0)]
    {
        wearer.sum(kind, minutes, day);
    }
    for back in [2, 4, 6, 8] {
        let at = wearer.at(ago(back), 420);
        wearer.put(Kind::WeightKg, if back == 4 { 95.0 } else { 70.0 }, at, at);
    }
    wearer.sum(Kind::Steps, 200_000.0, day);
    let told = [
        ("steps", Reason::Implausible, 1),
        ("active_minutes", Reason::MoreThanADay, 1),
        ("lightly_active_minutes", Reason::MoreThanADay, 1),
        ("sedentary_minutes", Reason::MoreThanADay, 1),
        ("weight_kg", Reason::Leap, 1),
    ];
    assert_eq!(set_aside(&wearer), told.map(|(signal, reason, n)| (signal.to_owned(), reason, n)));
    assert_eq!(wearer.evidence().weight_kg(), Some(70.0));
}

#[test]
fn two_weights_are_judged_by_the_profile() {
    let mut wearer = steady(5);
    for (back, kg) in [(4, 70.0), (2, 95.0)] {
        let at = wearer.at(ago(back), 420);
        wearer.put(Kind::WeightKg, kg, at, at);
    }
    assert_eq!(wearer.evidence().weight_kg(), Some(95.0), "nobody knows which is wrong");
    assert_eq!(set_aside(&wearer), []);
}

#[test]
fn gaps_freshness_and_what_is_missing_are_told() {
    let mut wearer = steady(30);
    let worn = |back: i64| !(10..15).contains(&back) && back > 6;
    wearer.readings.retain(|one| {
        let ended = wearer.zone.to_datetime(one.end - jiff::SignedDuration::from_secs(1)).date();
        (1..=30).any(|back| ago(back) == ended && worn(back))
    });
    let quality = data_quality::assess(&wearer.evidence());
    assert_eq!(quality.newest_data_days_ago, Some(7));
    let [gap] = &quality.gaps[..] else { panic!("one gap: {:?}", quality.gaps) };
    assert_eq!((gap.from, gap.to, gap.days), (ago(14), ago(10), 5));
    assert_eq!((quality.not_worn_days, quality.worn_days), (5, 3));
    assert!(quality.level <= Level::Fair && quality.missing.iter().any(|line| line.contains("7 days old")));
    let nights = quality.signals.iter().find(|signal| signal.signal == "sleep times").unwrap();
    assert_eq!((nights.window_days, nights.newest_days_ago), (3, Some(7)));
}

#[test]
fn an_hour_that_the_clock_shows_twice_is_one_hour() {
    let mut wearer = Wearer::new("America/New_York");
    for back in (1..=30).rev() {
        wearer.hours(ago(back), |_| 100.0);
    }
    let short = wearer.evidence().days.iter().filter(|day| day.steps_by_hour[2].is_none()).count();
    assert_eq!(short, 0, "8 March, which has no third hour, lies before the thirty days");
    let mut autumn = Wearer::new("Australia/Lord_Howe");
    for back in (1..=30).rev() {
        autumn.hours(ago(back), |_| 100.0);
    }
    // 5 April has 24.5 hours there; no hour of it has twice the steps.
    for day in &autumn.evidence().days {
        assert!(day.steps_by_hour.iter().flatten().all(|steps| *steps <= 100.0), "{}", day.date);
    }
}

#[test]
fn sums_keep_their_day_in_any_zone() {
    let mut export = Wearer::new("UTC");
    for back in 1..=9 {
        export.sum(Kind::Steps, 1_000.0 * back as f64, ago(back));
    }
    for zone in ["America/Los_Angeles", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Honolulu"] {
        let elsewhere =
            Wearer { zone: jiff::tz::TimeZone::get(zone).unwrap(), readings: export.readings.clone() };
        let steps: Vec<_> = elsewhere.evidence().days.iter().map(|day| (day.date, day.steps)).collect();
        let own: Vec<_> = export.evidence().days.iter().map(|day| (day.date, day.steps)).collect();
        assert_eq!(steps, own, "{zone}");
    }
}

#[test]
fn a_nap_adds_to_the_night_and_leaves_its_times() {
    let mut wearer = Wearer::new("Europe/Berlin");
    wearer.night(ago(1), -90, 360);
    wearer.night(ago(1), 780, 920);
    for _ in 0..2 {
        let day = &wearer.evidence().days[0];
        assert_eq!((day.sleep_minutes, day.sleep_start, day.sleep_end), (Some(590.0), Some(-90), Some(360)));
        wearer.readings.reverse();
    }
    // A night in two parts, half an hour apart, is one night.
    let mut broken = Wearer::new("Europe/Berlin");
    broken.night(ago(1), -60, 120);
    broken.night(ago(1), 150, 400);
    let day = &broken.evidence().days[0];
    assert_eq!((day.sleep_minutes, day.sleep_start, day.sleep_end), (Some(430.0), Some(-60), Some(400)));
}

#[test]
fn a_day_with_half_an_hour_more_holds_its_minutes() {
    for (minutes, held) in [(1_470.0, true), (1_472.0, false)] {
        let mut wearer = Wearer::new("Australia/Lord_Howe");
        let day = jiff::civil::date(2026, 4, 5);
        wearer.sum(Kind::Steps, 5_000.0, day);
        wearer.sum(Kind::SedentaryMinutes, 1_000.0, day);
        wearer.sum(Kind::LightlyActiveMinutes, minutes - 1_000.0, day);
        assert_eq!(wearer.evidence().days[0].sedentary_minutes.is_some(), held, "{minutes}");
    }
}
