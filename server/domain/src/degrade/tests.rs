//! A fuller sum never allows more; below the first step nothing is given up; the end is the planner's.

use std::time::Duration;

use proptest::prelude::*;

use super::decide::{Allowed, Filling, Priced, decide, is_weaker};
use super::throttle::Throttle;
use super::{AGENTS, Action, Policy, Step, Sum};
use crate::agent::Agent;
use crate::money::MicroUsd;

const MODELS: [Priced<'static>; 3] = [
    Priced { name: "large", price: MicroUsd(4_000_000) },
    Priced { name: "small", price: MicroUsd(400_000) },
    Priced { name: "medium", price: MicroUsd(1_000_000) },
];

fn policy(text: &str) -> Policy {
    Policy::parse(Agent::Routine, text.split(", ")).unwrap()
}

fn full(sum: Sum, percent: i64) -> Filling {
    Filling { sum, spent: MicroUsd(percent), cap: MicroUsd(100) }
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::CheaperModel(None)),
        prop::sample::select(vec!["large", "small", "medium", "gone"])
            .prop_map(|name| Action::CheaperModel(Some(name.to_owned()))),
        (1_u32..=44_640).prop_map(|minutes| Action::KeptWordsFirst { minutes }),
        (1_u32..=10_000).prop_map(|per_minute| Action::Throttle { per_minute }),
        Just(Action::Planner),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let step = (1_u8..=100, prop::sample::select(Sum::ALL.to_vec()), action())
        .prop_map(|(from_percent, sum, action)| Step { from_percent, sum, action });
    prop::collection::vec(step, 0..8).prop_map(|mut steps| {
        steps.sort_by_key(|step| step.from_percent);
        Policy::new(Agent::Routine, steps).unwrap()
    })
}

fn fillings() -> impl Strategy<Value = Vec<Filling>> {
    let one = (prop::sample::select(Sum::REAL.to_vec()), 0_i64..=130, 1_i64..=130);
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let each = all.into_iter().map(|(sum, spent, cap)| Filling {
            sum,
            spent: MicroUsd(spent),
            cap: MicroUsd(cap),
        });
        each.collect()
    })
}

/// What models may be asked, in the order of asking.
fn models_left(allowed: &Allowed<'_>) -> Vec<&'static str> {
    let free = MODELS.iter().filter(|model| allowed.too_dear(model.price).is_none());
    if allowed.planner.is_some() { Vec::new() } else { free.map(|model| model.name).collect() }
}

#[test]
fn steps_add_up_and_say_why() {
    let policy = policy(
        "50% any cheaper-model, 60% agent kept-words-first 720min, 70% any cheaper-model small, 80% any throttle 6/min",
    );
    assert_eq!(policy.steps().last(), Some(&Step::LAST), "the end is always there to be read");
    let at = |percent| decide(&policy, false, &[full(Sum::Agent, percent), full(Sum::Global, 3)], &MODELS);
    assert_eq!(at(49), Allowed::default());
    assert_eq!(models_left(&at(50)), ["small", "medium"]);
    assert_eq!(models_left(&at(70)), ["small"]);
    assert_eq!(at(83).kept_words.unwrap().0, 720);
    assert_eq!(at(83).throttle.unwrap().0, 6);
    let because = at(83).too_dear(MODELS[0].price).unwrap();
    assert_eq!(because.reason(), "cost policy: no model dearer than small from 70 % of the agent's day");
    assert_eq!(because.detail(), "the agent's day is at 83 %");
    assert!(at(99).planner.is_none() && at(100).planner.is_some());
    let of_another = decide(&policy, false, &[full(Sum::Person, 65)], &MODELS);
    assert!(
        of_another.dearest.is_some() && of_another.kept_words.is_none(),
        "60 % is of the agent's sum only"
    );
}

#[test]
fn with_one_model_a_cheaper_one_changes_nothing() {
    let policy = policy("80% any cheaper-model");
    let one = decide(&policy, false, &[full(Sum::Global, 99)], &MODELS[..1]);
    assert_eq!(one, Allowed::default());
    assert_eq!(decide(&policy, false, &[full(Sum::Global, 99)], &[]), Allowed::default());
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let of = |agent, text: &str| Policy::parse(agent, text.lines()).unwrap_err();
    for text in [
        "80 any planner",
        "0% any planner",
        "101% any planner",
        "80% all planner",
        "80% any sleep",
        "80% any throttle 0/min",
        "80% any throttle 30",
        "80% any throttle",
        "80% any kept-words-first 44641min",
        "80% any planner now",
        "80% any cheaper-model a b",
        "",
    ] {
        let text = format!("10% any cheaper-model\n\n{text}\n");
        let refused = Policy::parse(Agent::Routine, text.lines());
        if text.trim().lines().count() > 1 {
            assert_eq!(refused.unwrap_err().field, "steps[1]", "{text}");
        } else {
            refused.unwrap();
        }
    }
    assert_eq!(of(Agent::Routine, "90% any planner\n80% any planner").field, "steps");
    assert!(of(Agent::Chat, "90% any planner").detail.contains("throttle"));
    assert!(of(Agent::Memory, "90% any planner").detail.contains("behavior"));
    assert!(of(Agent::Routine, &"90% any planner\n".repeat(13)).detail.contains("12"));
    let chat = Policy::parse(Agent::Chat, ["90% key throttle 5/min"]).unwrap();
    assert_eq!(chat.steps().len(), 1, "nobody could answer in a model's place");
}

#[test]
fn giving_up_later_or_less_is_weaker_and_the_other_way_round_is_not() {
    let stricter = [
        ("80% any cheaper-model", "79% any cheaper-model"),
        ("80% any cheaper-model medium", "80% any cheaper-model small"),
        ("80% any throttle 30/min", "80% any throttle 29/min"),
        ("80% any throttle 30/min", "80% any planner"),
        ("80% any kept-words-first 60min", "80% any kept-words-first 61min"),
        ("80% person planner", "80% any planner"),
        ("90% any throttle 30/min", "50% agent cheaper-model, 90% any throttle 30/min"),
    ];
    for (weak, strict) in stricter {
        let (weak, strict) = (policy(weak), policy(strict));
        assert!(is_weaker(&weak, &strict, false, &MODELS), "{weak} after {strict}");
        assert!(!is_weaker(&strict, &weak, false, &MODELS), "{strict} after {weak}");
    }
    // The planner takes an essential agent's model only at the ceiling: until then the other step is what saves.
    let (planner, both) = (policy("80% any planner"), policy("80% any cheaper-model, 80% any planner"));
    assert!(is_weaker(&planner, &both, true, &MODELS) && !is_weaker(&planner, &both, false, &MODELS));
    let (one, other) = (policy("80% any throttle 5/min"), policy("80% any cheaper-model"));
    assert!(
        is_weaker(&one, &other, false, &MODELS) && is_weaker(&other, &one, false, &MODELS),
        "each allows what the other does not"
    );
}

proptest! {
    #[test]
    fn texts_are_read_back(policy in any_policy()) {
        let text = policy.to_string();
        prop_assert_eq!(Policy::parse(Agent::Routine, text.lines()).unwrap(), policy);
    }

    #[test]
    fn a_fuller_sum_never_allows_more(
        policy in any_policy(), fillings in fillings(), which in 0_usize..6, more in 0_i64..100, essential in any::<bool>(),
    ) {
        let before = decide(&policy, essential, &fillings, &MODELS);
        let mut fuller = fillings.clone();
        if let Some(one) = fuller.get_mut(which) {
            one.spent += MicroUsd(more);
        }
        let after = decide(&policy, essential, &fuller, &MODELS);
        prop_assert!(after.within(&before), "{:?} then {:?}", before, after);
        let (left, before) = (models_left(&after), models_left(&before));
        prop_assert!(left.iter().all(|model| before.contains(model)));
    }

    #[test]
    fn nothing_is_given_up_below_the_first_step_and_the_planner_answers_at_the_end(
        policy in any_policy(), sum in prop::sample::select(Sum::REAL.to_vec()), cap in 1_i64..1_000_000_000,
    ) {
        let first = i64::from(policy.steps()[0].from_percent);
        let below = Filling { sum, spent: MicroUsd((cap * first - 1) / 100), cap: MicroUsd(cap) };
        prop_assert_eq!(decide(&policy, false, &[below], &MODELS), Allowed::default());
        let full = Filling { sum, spent: MicroUsd(cap), cap: MicroUsd(cap) };
        prop_assert!(decide(&policy, false, &[full], &MODELS).planner.is_some());
        prop_assert!(decide(&policy, true, &[full], &MODELS).planner.is_some());
    }

    #[test]
    fn an_essential_agent_keeps_a_model_until_the_ceiling(policy in any_policy(), percent in 0_i64..100) {
        let allowed = decide(&policy, true, &[full(Sum::Global, percent)], &MODELS);
        prop_assert!(allowed.planner.is_none() && allowed.throttle.is_none());
        prop_assert!(!models_left(&allowed).is_empty());
    }

    /// What is not weaker allows, at any moment and whatever the sums, nothing that the other does not.
    #[test]
    fn who_is_not_weaker_never_allows_more(
        new in any_policy(), old in any_policy(), fillings in fillings(), essential in any::<bool>(),
    ) {
        prop_assert!(!is_weaker(&new, &new, essential, &MODELS));
        if !is_weaker(&new, &old, essential, &MODELS) {
            let (now, before) =
                (decide(&new, essential, &fillings, &MODELS), decide(&old, essential, &fillings, &MODELS));
            prop_assert!(now.within(&before), "{:?} {:?}", now, before);
        }
    }

    #[test]
    fn no_minute_has_more_than_the_throttle_allows(
        pauses in prop::collection::vec(0_u64..20_000, 1..200), most in 1_u32..12,
    ) {
        let (mut throttle, mut now, mut went) = (Throttle::default(), Duration::ZERO, Vec::new());
        for pause in pauses {
            now += Duration::from_millis(pause);
            match throttle.take(most, now) {
                Ok(()) => went.push(now),
                Err(wait) => {
                    prop_assert!(!wait.is_zero() && wait <= Duration::from_secs(60));
                    prop_assert!(throttle.clone().take(most, now + wait).is_ok(), "who waits so long gets through");
                }
            }
        }
        for (at, first) in went.iter().enumerate() {
            let within = went[at..].iter().take_while(|it| **it - *first < Duration::from_secs(60)).count();
            prop_assert!(within <= most as usize);
        }
    }
}

#[test]
fn every_agent_that_asks_models_can_have_one() {
    for agent in AGENTS {
        Policy::parse(agent, ["90% any throttle 5/min"]).unwrap();
    }
}
