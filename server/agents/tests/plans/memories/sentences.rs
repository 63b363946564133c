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

fn unread(sentence: &str) -> usize {
    of(sentence).unread_allergies.len()
}

#[test]
fn only_a_no_right_at_the_word_makes_an_allergy_none() {
    for sentence in [
        "Severely allergic to lychee, must not have any",
        "Allergic to lychee and does not want to be near it",
        "No allergies except lychee",
        "Lychee allergy: never again without an epipen",
        "No known allergies, but an intolerance of lychee",
        "Linsenallergie",
    ] {
        assert_eq!(unread(sentence), 1, "{sentence}");
    }
    for sentence in [
        "No known allergies",
        "No known food allergies or intolerances",
        "Is not allergic to anything",
        "Isn't allergic to lychee",
        "Does not have any allergies",
        "Keine Allergie",
        "Keine bekannten Allergien",
        "Allergies: none",
        "Allergien: keine bekannt",
        "Uses hypoallergenic soap",
        "Never had any allergies",
        "Not aware of any allergies",
    ] {
        assert_eq!(unread(sentence), 0, "{sentence}");
    }
    let filed = |content: &str| Told::of(&[told("allergy.food", content, None)]).unread_allergies.len();
    assert_eq!((filed("None known"), filed("No lychee"), filed("Lychee")), (0, 1, 1));
}

#[test]
fn a_half_read_allergy_is_said_to_be_half_read() {
    let foods = |sentence: &str| -> Vec<String> {
        of(sentence).allergies.into_iter().map(|fact| fact.what).collect()
    };
    assert_eq!(foods("Allergie gegen Milch und Ei"), ["milch", "ei"]);
    for sentence in [
        "Allergic to peanuts and Linsen",
        "Allergic to peanuts, Linsen",
        "Allergisch gegen Erdnüsse und Linsen",
        "Allergic to Linsen and peanuts",
        "Is allergic to peanuts (since 2019) & lychee",
        "Allergic to peanuts and intolerant to lychee",
        "Likes milk. Allergic to lychee",
    ] {
        assert_eq!((foods(sentence).len(), unread(sentence)), (1, 1), "{sentence}");
    }
    for sentence in [
        "Is severely allergic to peanuts since childhood and carries an EpiPen",
        "Allergic to peanuts, milk and eggs",
        "Allergic to peanuts, must not have any",
        "Allergic to peanuts, likes running and lives in Berlin",
        "Allergie gegen Milch und Ei",
        "Not allergic to milk any more",
    ] {
        assert_eq!(unread(sentence), 0, "{sentence}");
    }
    let typed = |foods: &[&str]| {
        let claim = ToldClaim::Allergies { foods: words(foods) };
        Told::of(&[told("fact", "Allergic to peanuts and Linsen", Some(claim))]).unread_allergies.len()
    };
    assert_eq!((typed(&["peanuts"]), typed(&["peanuts", "linsen"])), (1, 0), "what is typed is said");
}

/// What was not read may be told again in words that are, and is not lost by that.
#[test]
fn an_unread_allergy_may_be_told_anew_with_its_foods() {
    let typed =
        |foods: &[&str]| told("fact", "See the foods", Some(ToldClaim::Allergies { foods: words(foods) }));
    let half = said("Allergic to peanuts and Linsen");
    let none = said("Allergic to lychee and rambutan");
    assert!(!Told::loses_allergy(&half, &typed(&["peanut", "linsen"])));
    assert!(
        Told::loses_allergy(&half, &typed(&["peanut"])) && Told::loses_allergy(&half, &typed(&["linsen"]))
    );
    assert!(!Told::loses_allergy(&none, &typed(&["lychee", "rambutan"])));
    assert!(
        Told::loses_allergy(&none, &typed(&["lychee"])) && Told::loses_allergy(&none, &said("Likes tea"))
    );
}

#[test]
fn a_typographic_apostrophe_is_an_apostrophe() {
    assert_eq!(of("I can’t eat peanuts").allergies.len(), 1);
    assert_eq!(of("Doesn’t like broccoli").dislikes.len(), 1);
    assert!(of("Isn’t vegan").diets.is_empty());
}

#[test]
fn every_diet_of_their_own_is_read() {
    let diets = |sentence: &str| -> Vec<Diet> { of(sentence).diets.iter().map(|fact| fact.what).collect() };
    assert_eq!(diets("Eats vegan and gluten-free"), [Diet::Vegan, Diet::GlutenFree]);
    assert_eq!(diets("Halal, does not drink"), [Diet::Halal]);
    assert_eq!(diets("Vegetarian, doesn't eat fish"), [Diet::Vegetarian]);
    assert_eq!(diets("Not vegan but vegetarian"), [Diet::Vegetarian]);
    assert_eq!(diets("My wife and I are vegan"), [Diet::Vegan]);
    assert_eq!(diets("Lives with his wife and eats vegan"), [Diet::Vegan]);
    assert_eq!(diets("My wife is vegan, I eat kosher"), [Diet::Kosher]);
    for sentence in [
        "My wife is vegan and gluten-free",
        "Cooks for a vegan daughter",
        "Used to be vegan",
        "Stopped being a vegan",
        "Was vegan for years",
        "Does not eat gluten-free",
        "Non-vegan",
        "Is not strictly vegan",
    ] {
        assert_eq!(diets(sentence), [], "{sentence}");
    }
    let typed = told("diet", "Eats vegan and gluten-free", Some(ToldClaim::Diet { diet: Diet::Vegan }));
    let both: Vec<Diet> = Told::of(&[typed]).diets.iter().map(|fact| fact.what).collect();
    assert_eq!(both, [Diet::Vegan, Diet::GlutenFree], "a typed diet does not silence its sentence");
}

#[test]
fn what_is_for_a_professional_is_read_by_itself() {
    for sentence in [
        "Has heart failure",
        "Has asthma",
        "Had a stroke",
        "Concussion last week",
        "Has a hernia",
        "Has sciatica",
        "Osteoarthritis in the knee",
        "Type 2 diabetes",
        "High blood pressure",
    ] {
        assert_eq!(of(sentence).injuries.len(), 1, "{sentence}");
    }
    for sentence in [
        "Works on the swimming stroke",
        "Watches the heart rate",
        "Under pressure at work",
        "Learns a golf stroke",
        "Buys clothes",
    ] {
        assert!(of(sentence).injuries.is_empty(), "{sentence}");
    }
}

#[test]
fn a_typed_injury_does_not_silence_its_sentence() {
    let told_of = |content: &str, typed: &[&str]| {
        let claim = ToldClaim::Injuries { parts: words(typed) };
        let told = Told::of(&[told("body.knee", content, Some(claim))]);
        told.injuries.into_iter().map(|fact| fact.what).collect::<Vec<_>>()
    };
    assert_eq!(
        told_of("Knee surgery two weeks ago", &["knee"]),
        ["knee", "Knee surgery two weeks ago"],
        "the surgery is not lost"
    );
    assert_eq!(told_of("Bad knee and shoulder", &["knee"]).len(), 2);
    assert_eq!(told_of("Has a bad knee", &["knee"]), ["knee"]);
    assert_eq!(told_of("See the claim", &["knee"]), ["knee"]);
}

#[test]
fn of_a_sentence_only_what_speaks_of_the_body_is_judged() {
    let what = |sentence: &str| of(sentence).injuries.remove(0).what;
    assert_eq!(what("Has a bad knee, likes swimming"), "Has a bad knee");
    assert_eq!(what("Has a bad knee and likes swimming"), "Has a bad knee");
    assert_eq!(what("Knees, hips and back hurt"), "Knees, hips and back hurt");
    assert_eq!(what("My knee, it hurts"), "My knee, it hurts");
    assert_eq!(
        what("Has asthma, works in shifts and trains with a bad shoulder"),
        "Has asthma, trains with a bad shoulder"
    );
    assert_eq!(what("Bad knee and spleen"), "Bad knee and spleen");
    let filed = Told::of(&[told("injury.old", "Knee, spleen", None)]);
    assert_eq!(filed.injuries[0].what, "Knee, spleen", "filed as an injury it is one as a whole");
}
