//! Food that was told of.

use agents::evidence::Evidence;
use agents::memory::{Bounds, Held, Memory, Telling, ToldClaim, as_of, consolidate, reconcile};
use agents::nutrition::food::by_name;
use agents::nutrition::{NutritionPlan, NutritionWishes, diet, plan, validate};
use domain::archetype::Archetype;
use domain::profile::Diet;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;
use proptest::{collection, sample};

use super::{said, told, words};
use crate::people::{TODAY, people, person};

fn allergies(foods: &[&str]) -> Option<ToldClaim> {
    Some(ToldClaim::Allergies { foods: words(foods) })
}

fn judged(evidence: &Evidence) -> NutritionPlan {
    let wishes = NutritionWishes::default();
    let plan = plan(evidence, &wishes).unwrap();
    assert_eq!(validate(&plan, evidence, &wishes), []);
    plan
}

#[test]
fn a_told_allergy_is_left_out_and_says_why() {
    for memory in [
        told("allergy.nuts", "No peanuts", allergies(&["Peanuts"])),
        told("allergy.nuts", "Allergic to peanuts", None),
    ] {
        let mut evidence = person(Archetype::ConnectedExplorer);
        evidence.memories = vec![memory];
        let day = judged(&evidence);
        assert!(day.allergies.iter().any(|word| word.starts_with("peanut")), "{:?}", day.allergies);
        let note = day.notes.iter().find(|note| note.contains("memory “allergy.nuts”")).unwrap();
        assert!(note.starts_with("Never in a plan, as you told") && note.contains("peanut"), "{note}");
        assert_eq!(
            (day.memories[0].id.as_str(), day.memories[0].used_for.as_str()),
            ("id-allergy.nuts", "foods that are never in the plan")
        );
        let mut bad = day.clone();
        bad.meals[0].foods[1].food = "Peanut butter".to_owned();
        let mut quiet = day;
        quiet.memories.clear();
        quiet.notes.retain(|note| !note.contains("allergy.nuts"));
        let rules = |plan: &NutritionPlan| -> Vec<&str> {
            validate(plan, &evidence, &NutritionWishes::default()).iter().map(|v| v.rule).collect()
        };
        assert!(rules(&bad).contains(&"allergen"));
        assert!(rules(&quiet).contains(&"memories") && rules(&quiet).contains(&"notes"));
    }
}

#[test]
fn an_allergy_that_is_not_known_is_said_to_be_so_and_words_cannot_break_a_plan() {
    let mut evidence = person(Archetype::FoundationBuilder);
    evidence.memories = vec![
        said("Allergic to bee stings"),
        told("diagnosis.food", "Diagnosed: allergy, insulin", allergies(&["insulin", "fasting", "milk"])),
    ];
    let day = judged(&evidence);
    assert!(day.notes.iter().any(|note| note.contains("whose words we do not know (memory “fact”)")));
    assert!(day.unmatched_allergies.contains(&"insulin".to_owned()));
}

#[test]
fn told_diets_hold_beside_the_profiles() {
    let mut evidence = person(Archetype::FoundationBuilder);
    evidence.profile.diet = Some(Diet::GlutenFree);
    evidence.memories = vec![
        told("diet.faith", "Eats kosher", None),
        told("diet.now", "x", Some(ToldClaim::Diet { diet: Diet::LactoseFree })),
    ];
    let day = judged(&evidence);
    assert_eq!(day.diet, Diet::Kosher);
    for portion in day.meals.iter().flat_map(|meal| &meal.foods) {
        let food = by_name(&portion.food).unwrap();
        for kind in [Diet::GlutenFree, Diet::Kosher, Diet::LactoseFree] {
            assert!(diet::fits(food, kind), "{} {kind:?}", portion.food);
        }
    }
    let used: Vec<&str> = day.memories.iter().map(|used| used.used_for.as_str()).collect();
    assert_eq!(used, ["the diet", "the diet"]);
    let wished = NutritionWishes { diet: Some(Diet::Omnivore), ..NutritionWishes::default() };
    let day = plan(&evidence, &wished).unwrap();
    assert_eq!((day.diet, day.memories.len()), (Diet::Omnivore, 0), "a request's own wish goes first");
    assert_eq!(validate(&day, &evidence, &wished), []);
}

#[test]
fn told_dislikes_are_left_out_where_possible() {
    let mut evidence = person(Archetype::FoundationBuilder);
    let dislikes = || {
        (0..14)
            .map(|ahead| {
                let mut evidence = evidence.clone();
                evidence.today = TODAY.checked_add(ahead.days()).unwrap();
                let day = judged(&evidence);
                day.meals
                    .iter()
                    .flat_map(|meal| &meal.foods)
                    .filter(|food| food.food.contains("Oats"))
                    .count()
            })
            .sum::<usize>()
    };
    assert!(dislikes() > 0);
    evidence.memories = vec![said("Does not like oats")];
    let dislikes = || {
        (0..14)
            .map(|ahead| {
                let mut evidence = evidence.clone();
                evidence.today = TODAY.checked_add(ahead.days()).unwrap();
                let day = judged(&evidence);
                assert_eq!(day.memories[0].used_for, "foods that are left out where possible");
                day.meals
                    .iter()
                    .flat_map(|meal| &meal.foods)
                    .filter(|food| food.food.contains("Oats"))
                    .count()
            })
            .sum::<usize>()
    };
    assert_eq!(dislikes(), 0);
}

const FOODS: &[&str] = &[
    "peanuts",
    "nuts",
    "milk",
    "gluten",
    "eggs",
    "soy",
    "fish",
    "shellfish",
    "sesame",
    "strawberries",
    "tomato",
    "kiwi",
];

/// What else an app tells, under keys that may be the allergy's own.
fn chatter() -> impl Strategy<Value = (usize, &'static str, i64)> {
    let lines =
        ["Likes cooking", "Has two children", "Eats at noon", "Was told to drink more", "Works in shifts"];
    (0..4_usize, sample::select(lines.to_vec()), 0..200_i64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Told once; then much else is told and learned, time passes, memories are weighed and consolidated to a tiny bound.
    #[test]
    fn an_allergy_told_once_is_never_broken_afterwards(
        mut evidence in people(),
        foods in collection::vec(sample::select(FOODS), 1..3),
        typed: bool,
        chatter in collection::vec(chatter(), 0..12),
        later in 0..700_i64,
    ) {
        let start = "2026-03-03T06:00:00Z".parse::<jiff::Timestamp>().unwrap();
        let tell = |key: String, content: String, claim| {
            Telling { key, content, about: Vec::new(), claim }
        };
        let claim = typed.then(|| ToldClaim::Allergies { foods: words(&foods) });
        let content = if typed { "See the claim".to_owned() } else { format!("Allergic to {}", foods.join(" and ")) };
        let first = tell("k.0".to_owned(), content, claim).into_memory(TODAY, start);
        let mut held = vec![Memory { id: "first".to_owned(), ..first }];
        for (n, content, hours) in chatter {
            let now = start + SignedDuration::from_hours(hours);
            let new = tell(format!("k.{n}"), content.to_owned(), None).into_memory(TODAY, now);
            let at = held.iter().position(|memory| memory.key == new.key);
            // What `ops` refuses: talking an allergy over.
            if at.is_some_and(|at| agents::memory::Told::loses_allergy(&held[at], &new)) {
                continue;
            }
            let current = at.map(|at| held.remove(at));
            held.extend(reconcile(Held { current, rivals: Vec::new() }, &[new], now).current);
        }
        let now = start + SignedDuration::from_hours(24 * later);
        let bounds = Bounds { working: 1, episodic: 1, semantic: 1, procedural: 1 };
        let held = consolidate(held, now, bounds).memories;
        evidence.memories = held.iter().filter_map(|memory| as_of(memory, now)).collect();
        let wishes = NutritionWishes::default();
        if let Ok(day) = plan(&evidence, &wishes) {
            prop_assert_eq!(validate(&day, &evidence, &wishes), vec![]);
            // Judged as if the profile had always said so.
            let mut strict = evidence.clone();
            strict.memories.clear();
            strict.profile.allergies.extend(words(&foods));
            let broken = validate(&day, &strict, &wishes);
            prop_assert!(broken.iter().all(|violation| violation.rule != "allergen"), "{broken:?}");
        }
    }
}
