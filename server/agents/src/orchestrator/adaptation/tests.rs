//! What to change next: cases by hand, and rules that hold for whatever is observed.

use domain::check_in::CheckInStatus::{self, Done, Partial, Skipped};
use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::behavior::{self, Focus, MetricEvidence, Priority, Trend, TrendVerdict};
use crate::evidence::Evidence;
use crate::evidence::sample;

fn today() -> Date {
    "2026-03-03".parse().unwrap()
}

fn check_in(back: i64, status: CheckInStatus, rating: Option<u8>) -> CheckIn {
    let date = today().checked_sub(back.days()).unwrap();
    CheckIn { task_id: format!("{date}-walk"), title: None, status, rating, date, note: None }
}

fn of<'a>(check_ins: &'a [CheckIn], behavior: Option<&'a BehaviorAnalysis>) -> Observed<'a> {
    Observed { today: today(), check_ins, insight_ratings: &[], behavior, before: None }
}

/// Somebody who works on activity, whose steps do this.
fn working_on_activity(verdict: TrendVerdict, readiness: Option<u8>) -> BehaviorAnalysis {
    let data = sample::person(3);
    let (archetype, settings) = (domain::archetype::Archetype::PeakPerformer, Default::default());
    let mut behavior =
        behavior::analyse(&Evidence::from_data(data, archetype, settings, sample::NOW.parse().unwrap(), 7));
    let evidence = MetricEvidence {
        metric: "steps".to_owned(),
        value: 1.0,
        unit: String::new(),
        baseline: None,
        days: 9,
        from: None,
        to: None,
    };
    let text = String::new;
    behavior.priorities = vec![Priority {
        focus: Focus::Activity,
        title: text(),
        recurs: None,
        why: text(),
        next_step: text(),
        evidence,
        guideline: None,
    }];
    let steps = |verdict| Trend {
        metric: "steps".to_owned(),
        unit: "steps".to_owned(),
        per_week: 0.0,
        low: 0.0,
        high: 0.0,
        days: 9,
        from: None,
        to: None,
        verdict,
    };
    behavior.trends = vec![steps(verdict)];
    behavior.readiness.score = readiness;
    behavior
}

fn triggers_of(adaptation: &Adaptation) -> Vec<Trigger> {
    adaptation.changes.iter().map(|change| change.trigger).collect()
}

#[test]
fn without_data_it_says_so_and_claims_nothing() {
    let nothing = adapt(&of(&[], None));
    assert_eq!((nothing.verdict, nothing.effectiveness, nothing.level), (Verdict::NotEnoughData, None, None));
    assert_eq!(nothing.factors, Factors::default());
    assert!(nothing.reason.starts_with("Not enough data"));
    // Four check-ins of two days say nothing either.
    let few = [1, 1, 2, 2].map(|back| check_in(back, Skipped, None));
    assert_eq!(adapt(&of(&few, None)).verdict, Verdict::NotEnoughData);
}

/// 2 done, 2 in part, 6 left out on 5 of 10 days: adherence 0.3, success 0.2, engagement 0.5, mean 0.4.
#[test]
fn a_plan_that_is_not_done_becomes_smaller_first() {
    let statuses = [Done, Done, Partial, Partial, Skipped, Skipped, Skipped, Skipped, Skipped, Skipped];
    let days = [2, 2, 4, 4, 6, 6, 8, 8, 10, 10];
    let check_ins: Vec<_> =
        statuses.into_iter().zip(days).map(|(status, back)| check_in(back, status, None)).collect();
    let behavior = working_on_activity(TrendVerdict::Steady, None);
    let adaptation = adapt(&of(&check_ins, Some(&behavior)));
    let factors = &adaptation.factors;
    assert_eq!((factors.adherence, factors.success), (Some(0.3), Some(0.2)));
    assert_eq!((factors.engagement, factors.progress, factors.satisfaction), (Some(0.5), Some(0.5), None));
    assert_eq!((adaptation.effectiveness, adaptation.level), (Some(0.433), Some(Level::Moderate)));
    assert_eq!(
        triggers_of(&adaptation),
        [Trigger::LowAdherence, Trigger::LowSuccess],
        "no plateau beside it"
    );
    assert_eq!(adaptation.changes[0].urgency, Urgency::High);
    assert_eq!(adaptation.changes[0].why, "30 % of what was planned in 14 days was done, below 40 %.");
}

#[test]
fn a_plateau_needs_seven_days_of_what_is_worked_on() {
    let done: Vec<_> = (1..=10).map(|back| check_in(back, Done, Some(4))).collect();
    let mut behavior = working_on_activity(TrendVerdict::Steady, Some(70));
    let adaptation = adapt(&of(&done, Some(&behavior)));
    assert_eq!(triggers_of(&adaptation), [Trigger::Plateau]);
    assert_eq!(adaptation.changes[0].why, "Steps did not move over 9 measured days.");
    // (1 + 1 + 0.5 + 0.75) / 4
    assert_eq!((adaptation.effectiveness, adaptation.level), (Some(0.813), Some(Level::Excellent)));
    behavior.trends[0].days = 6;
    let short = adapt(&of(&done, Some(&behavior)));
    assert_eq!((short.verdict, short.factors.progress), (Verdict::Keep, None));
    behavior.priorities.clear();
    behavior.trends[0].days = 9;
    assert_eq!(adapt(&of(&done, Some(&behavior))).verdict, Verdict::Keep, "nobody works on it");
}

#[test]
fn ratings_readiness_and_silence_each_have_their_change() {
    let bad: Vec<_> = (1..=10).map(|back| check_in(back, Done, Some(2))).collect();
    assert_eq!(triggers_of(&adapt(&of(&bad, None))), [Trigger::NegativeFeedback]);
    let tired = working_on_activity(TrendVerdict::Rising, Some(49));
    let lighter = adapt(&of(&[], Some(&tired)));
    assert_eq!((triggers_of(&lighter), lighter.effectiveness), (vec![Trigger::LowReadiness], Some(1.0)));
    let seldom: Vec<_> = [3, 3, 3, 5, 13].map(|back| check_in(back, Done, None)).to_vec();
    // 3 of 13 days.
    let adaptation = adapt(&of(&seldom, None));
    assert_eq!(
        (triggers_of(&adaptation), adaptation.factors.engagement),
        (vec![Trigger::LowEngagement], Some(0.231))
    );
    let rated = Observed { insight_ratings: &[1, 2, 3], ..of(&[], None) };
    assert_eq!((adapt(&rated).factors.rating, triggers_of(&adapt(&rated)).len()), (Some(2.0), 1));
}

#[test]
fn what_changed_since_the_last_time_is_told() {
    let done: Vec<_> = (1..=10).map(|back| check_in(back, Done, None)).collect();
    let before = Adaptation { effectiveness: Some(0.7), ..adapt(&of(&[], None)) };
    let observed = Observed { before: Some(&before), ..of(&done, None) };
    assert_eq!(adapt(&observed).since_last, Some(0.3));
    assert_eq!(adapt(&of(&done, None)).since_last, None);
    let wrong = Adaptation { since_last: Some(-0.3), ..adapt(&observed) };
    assert_eq!(validate(&wrong, &observed).iter().map(|it| it.rule).collect::<Vec<_>>(), ["since-last"]);
    let untold = Adaptation { since_last: None, ..adapt(&observed) };
    assert_eq!(validate(&untold, &observed).len(), 1);
}

#[test]
fn whoever_writes_it_is_judged() {
    let done: Vec<_> = (1..=10).map(|back| check_in(back, Skipped, None)).collect();
    let observed = of(&done, None);
    let right = adapt(&observed);
    let rules = |change: &dyn Fn(&mut Adaptation)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        let mut rules: Vec<&str> = validate(&wrong, &observed).iter().map(|it| it.rule).collect();
        rules.dedup();
        rules
    };
    assert!(rules(&|_| {}).is_empty());
    assert_eq!(rules(&|it| it.factors.adherence = Some(0.9)), ["figures"]);
    assert_eq!(rules(&|it| it.effectiveness = Some(0.7)), ["effectiveness"]);
    assert_eq!(rules(&|it| it.verdict = Verdict::Keep), ["verdict"]);
    assert_eq!(rules(&|it| it.changes[0].trigger = Trigger::Plateau), ["changes"]);
    assert_eq!(rules(&|it| it.changes.reverse()), ["changes"]);
    assert_eq!(rules(&|it| it.changes.truncate(1)), ["changes"]);
    assert_eq!(rules(&|it| it.changes[0].what = "x".repeat(201)), ["length"]);
    assert_eq!(rules(&|it| it.changes[0].what = "Stop taking your medication.".to_owned()), ["wording"]);
    assert_eq!(rules(&|it| it.reason = "You suffer from sloth.".to_owned()), ["wording"]);
}

fn status() -> impl Strategy<Value = CheckInStatus> {
    prop_oneof![Just(Done), Just(Partial), Just(Skipped)]
}

proptest! {
    /// Whatever is observed: the answer passes its own rules, lies within 0–1, and claims no factor that was not measured.
    #[test]
    fn what_follows_is_always_valid(
        days in prop::collection::vec((-3_i64..40, status(), prop::option::of(1_u8..=5)), 0..40),
        ratings in prop::collection::vec(1_u8..=5, 0..6),
        readiness in prop::option::of(0_u8..=100),
        verdict in prop_oneof![
            Just(TrendVerdict::Rising), Just(TrendVerdict::Falling),
            Just(TrendVerdict::Steady), Just(TrendVerdict::Unclear)
        ],
    ) {
        let check_ins: Vec<_> = days.into_iter().map(|(back, status, rating)| check_in(back, status, rating)).collect();
        let behavior = working_on_activity(verdict, readiness);
        let observed = Observed { insight_ratings: &ratings, ..of(&check_ins, Some(&behavior)) };
        let adaptation = adapt(&observed);
        prop_assert_eq!(validate(&adaptation, &observed), Vec::new());
        let known = adaptation.factors.known();
        prop_assert!(known.iter().all(|(_, share)| (0.0..=1.0).contains(share)), "{:?}", known);
        prop_assert_eq!(adaptation.effectiveness.is_none(), known.is_empty());
        prop_assert!(check_ins.iter().any(|it| it.date < today()) || adaptation.factors.adherence.is_none());
    }
}
