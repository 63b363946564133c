//! What is read of a sentence, and what is not.

use agents::memory::{Told, ToldClaim, told_basis};
use agents::routine::ExerciseTiming;
use domain::agent::Agent;
use domain::profile::Diet;

use super::{said, told, words};

fn of(sentence: &str) -> Told {
    Told::of(&[said(sentence)])
}

#[test]
fn allergies_are_read_on_the_safe_side() {
    let foods = |sentence: &str| -> Vec<String> {
        of(sentence).allergies.into_iter().map(|fact| fact.what).collect()
    };
    assert_eq!(foods("Is severely allergic to peanuts since childhood"), ["peanut"]);
    assert_eq!(foods("Had an anaphylactic shock from shrimp in May"), ["shrimp"]);
    assert_eq!(foods("Lactose intolerance"), ["lactose"]);
    assert_eq!(foods("Gets a reaction to kiwi"), ["kiwi"]);
    assert_eq!(foods("Allergisch gegen Erdnüsse"), ["erdnusse"]);
    assert_eq!(foods("Not allergic to milk any more"), ["milk"], "until it is forgotten");
    for sentence in ["Likes peanuts", "No known allergies", "Has two small children", "Drinks milk"] {
        assert!(of(sentence).allergies.is_empty(), "{sentence}");
        assert!(of(sentence).unread_allergies.is_empty(), "{sentence}");
    }
    assert_eq!(of("Allergic to bee stings").unread_allergies.len(), 1, "it is said that it is not known");
    let by_key = Told::of(&[told("allergy.food", "Walnuts", None)]);
    assert_eq!(by_key.allergies[0].what, "walnut");
}

#[test]
fn injuries_are_read_with_what_is_wrong() {
    for sentence in [
        "Has a bad knee",
        "Lower back hurts after sitting",
        "Is pregnant",
        "Backache for weeks",
        "Had heart surgery",
        "Recovering from a sprained ankle",
        "Das Knie schmerzt, Schmerzen im Knie",
    ] {
        assert_eq!(of(sentence).injuries.len(), 1, "{sentence}");
    }
    for sentence in ["Works with both hands", "Stress at work", "Wants to be back by six", "Loves walking"] {
        assert!(of(sentence).injuries.is_empty(), "{sentence}");
    }
    assert_eq!(Told::of(&[told("injury.old", "The left one", None)]).injuries.len(), 1);
}

#[test]
fn dislikes_diets_and_times_are_read() {
    let avoids =
        |sentence: &str| -> Vec<String> { of(sentence).avoids.into_iter().map(|fact| fact.what).collect() };
    assert_eq!(avoids("Hates running but likes swimming"), ["run"]);
    assert_eq!(avoids("Does not like the gym"), ["gym"]);
    assert!(avoids("Likes running").is_empty());
    let dislikes =
        |sentence: &str| -> Vec<String> { of(sentence).dislikes.into_iter().map(|fact| fact.what).collect() };
    assert_eq!(dislikes("Does not like broccoli, likes kale"), ["broccoli", "kale"], "up to a but");
    assert_eq!(dislikes("Dislikes tofu; loves rice"), ["tofu"]);
    assert_eq!(of("Eats vegan since 2020").diets[0].what, Diet::Vegan);
    assert!(of("My wife is vegan").diets.is_empty() && of("No longer vegan").diets.is_empty());
    let time = |sentence: &str| of(sentence).exercise.map(|fact| fact.what);
    assert_eq!(time("Can exercise in the mornings only"), Some(ExerciseTiming::Morning));
    assert_eq!(time("Trains only after lunch"), Some(ExerciseTiming::Midday));
    assert_eq!(time("Drinks coffee only in the morning"), None);
    assert_eq!(time("Likes to train in the morning"), None);
}

#[test]
fn an_agent_is_asked_anew_for_what_concerns_it_only() {
    let basis = |agent, memories: &[_]| told_basis(agent, memories);
    let allergy = told("food.allergy", "x", Some(ToldClaim::Allergies { foods: words(&["milk"]) }));
    let other = told("food.allergy", "x", Some(ToldClaim::Allergies { foods: words(&["egg"]) }));
    assert_ne!(basis(Agent::Nutrition, std::slice::from_ref(&allergy)), "");
    assert_ne!(basis(Agent::Nutrition, std::slice::from_ref(&allergy)), basis(Agent::Nutrition, &[other]));
    for agent in [Agent::Behavior, Agent::Circadian, Agent::Insights] {
        assert_eq!(basis(agent, std::slice::from_ref(&allergy)), "", "{agent}");
    }
    let chat = said("Has two small children");
    assert_eq!(basis(Agent::Nutrition, std::slice::from_ref(&chat)), basis(Agent::Nutrition, &[]));
    assert_eq!(basis(Agent::Routine, &[chat]), basis(Agent::Routine, &[]));
}
