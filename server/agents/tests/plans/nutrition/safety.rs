//! What must never be in a plan, and what is said instead.

use super::{DIETS, diet, rules};
use crate::people::person;
use agents::nutrition::food::{by_name, table};
use agents::nutrition::{NutritionWishes, RefusalReason, plan, plan_week, validate_week};
use domain::archetype::Archetype;
use domain::profile::{Diet, Goal};
use jiff::ToSpan;

#[test]
fn an_injected_allergen_is_found_in_meals_swaps_and_titles() {
    let mut evidence = person(Archetype::ConnectedExplorer);
    evidence.profile.allergies = vec!["peanuts".to_owned()];
    let wishes = NutritionWishes::default();
    let good = plan(&evidence, &wishes).unwrap();
    let mut meal = good.clone();
    meal.meals[0].foods[1].food = "Peanut butter".to_owned();
    let mut swap = good.clone();
    swap.swaps[0].instead = "Peanuts".to_owned();
    let mut title = good.clone();
    title.meals[1].title = "Noodles with peanuts".to_owned();
    let mut foreign = good.clone();
    foreign.meals[1].title = "Nudeln mit Erdnüssen".to_owned();
    let mut bought = good.clone();
    bought.shopping[0].food = "Peanuts".to_owned();
    for bad in [meal, swap, title, foreign, bought] {
        assert!(rules(&bad, &evidence, &wishes).contains(&"allergen"));
    }
    let mut quiet = good;
    quiet.allergies.clear();
    assert!(rules(&quiet, &evidence, &wishes).contains(&"allergies"));
}

#[test]
fn refuses_rather_than_approximates() {
    let mut evidence = person(Archetype::PeakPerformer);
    evidence.profile.allergies = ["soy", "gluten", "legumes", "nuts", "seeds"].map(str::to_owned).to_vec();
    evidence.settings.protein_g_per_kg = 2.2;
    let wishes = NutritionWishes { diet: Some(Diet::Vegan), ..NutritionWishes::default() };
    assert!(plan(&evidence, &wishes).is_err());
    evidence.profile.allergies = table().iter().map(|food| food.name.clone()).take(30).collect();
    evidence.profile.weight_kg = Some(42.0);
    assert_eq!(plan(&evidence, &wishes).unwrap_err().reason, RefusalReason::NeedsProfessional);
}

#[test]
fn hard_combinations_still_get_a_plan() {
    let hard: [(Diet, &[&str]); 4] = [
        (Diet::Omnivore, &["dairy", "egg", "legumes", "nuts"]),
        (Diet::Vegan, &["legumes"]),
        (Diet::LowFodmap, &["dairy", "soy", "nuts"]),
        (Diet::Kosher, &["milk", "legumes", "egg"]),
    ];
    for (diet, words) in hard {
        for meals in 3..=5 {
            let allergies = words.iter().map(|word| (*word).to_owned()).collect();
            let wishes = NutritionWishes { diet: Some(diet), allergies, meals_per_day: Some(meals) };
            let plan = plan(&person(Archetype::FoundationBuilder), &wishes);
            assert!(plan.is_ok(), "{diet:?} {words:?} {meals}: {plan:?}");
        }
    }
}

#[test]
fn unknown_allergies_are_shown() {
    let wishes =
        NutritionWishes { allergies: vec!["Blütenpollen".to_owned()], ..NutritionWishes::default() };
    let plan = plan(&person(Archetype::FoundationBuilder), &wishes).unwrap();
    assert_eq!(plan.unmatched_allergies, ["Blütenpollen"]);
    assert!(plan.notes.iter().any(|note| note.contains("Blütenpollen")));
}

/// A known word beside an unknown one does not make the entry known.
#[test]
fn every_word_of_an_allergy_is_judged() {
    for words in ["Eier und Linsen", "milk and aubergine", "fruits de mer et topinambour"] {
        let wishes = NutritionWishes { allergies: vec![words.to_owned()], ..NutritionWishes::default() };
        let plan = plan(&person(Archetype::FoundationBuilder), &wishes).unwrap();
        assert_eq!(plan.unmatched_allergies, [words]);
        assert!(plan.notes.iter().any(|note| note.contains(words)), "{:?}", plan.notes);
    }
}

#[test]
fn a_title_may_not_name_a_food_that_only_its_name_forbids() {
    let mut evidence = person(Archetype::ConnectedExplorer);
    evidence.profile.allergies = vec!["kiwi".to_owned()];
    let wishes = NutritionWishes::default();
    let good = plan(&evidence, &wishes).unwrap();
    assert_eq!(rules(&good, &evidence, &wishes), Vec::<&str>::new());
    for title in ["Oats with kiwi", "Bowl of kiwis", "Kiwifruit salad"] {
        let mut bad = good.clone();
        bad.meals[0].title = title.to_owned();
        assert!(rules(&bad, &evidence, &wishes).contains(&"allergen"), "{title}");
    }
}

/// Meals and swaps of 360 days in which meat and milk meet.
fn meals_of_meat_and_milk(kind: Diet) -> usize {
    let mut mixed = 0;
    for archetype in Archetype::ALL {
        for ahead in 0..60 {
            let mut evidence = person(archetype);
            evidence.today = evidence.today.checked_add(ahead.days()).unwrap();
            let day = plan(&evidence, &diet(kind)).unwrap();
            let mut tables: Vec<Vec<&str>> = Vec::new();
            for meal in &day.meals {
                let foods: Vec<&str> = meal.foods.iter().map(|portion| portion.food.as_str()).collect();
                for swap in day.swaps.iter().filter(|swap| swap.meal == meal.name) {
                    let kept = foods.iter().copied().filter(|food| *food != swap.food);
                    tables.push(kept.chain([swap.instead.as_str()]).collect());
                }
                tables.push(foods);
            }
            for table in tables {
                let foods: Vec<_> = table.into_iter().map(|name| by_name(name).unwrap()).collect();
                let milk = foods.iter().any(|food| food.allergens().any(|tag| tag == "milk"));
                mixed += usize::from(milk && foods.iter().any(|food| food.is_meat()));
            }
        }
    }
    mixed
}

#[test]
fn kosher_never_mixes_meat_and_milk() {
    assert_eq!(meals_of_meat_and_milk(Diet::Kosher), 0);
    // Others do: the rule is not kept by chance.
    assert!(meals_of_meat_and_milk(Diet::Omnivore) > 0);
}

#[test]
fn dislikes_are_left_out_of_meals_and_swaps() {
    for archetype in Archetype::ALL {
        let mut evidence = person(archetype);
        evidence.profile.dislikes = ["Chickpeas", "tofu", "egg", "salmon"].map(str::to_owned).to_vec();
        let plan = plan(&evidence, &NutritionWishes::default()).unwrap();
        let eaten =
            plan.meals.iter().flat_map(|meal| meal.foods.iter().map(|portion| portion.food.to_lowercase()));
        let all: Vec<_> = eaten.chain(plan.swaps.iter().map(|swap| swap.instead.to_lowercase())).collect();
        assert!(
            !all.iter().any(|food| ["chickpea", "tofu", "egg", "salmon"].iter().any(|d| food.contains(d)))
        );
    }
}

/// All that is eaten or offered on 60 days.
fn eaten(dislike: &str) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    for archetype in Archetype::ALL {
        for ahead in 0..10 {
            let mut evidence = person(archetype);
            evidence.today = evidence.today.checked_add(ahead.days()).unwrap();
            evidence.profile.dislikes = vec![dislike.to_owned()];
            let day = plan(&evidence, &NutritionWishes::default()).unwrap();
            names.extend(day.meals.iter().flat_map(|meal| &meal.foods).map(|portion| portion.food.clone()));
            names.extend(day.swaps.into_iter().map(|swap| swap.instead));
        }
    }
    names
}

#[test]
fn a_dislike_is_a_word_and_not_any_letters_of_one() {
    let (eggs, berries) = (eaten("eggs"), eaten("strawberries"));
    assert!(eggs.contains("Eggplant") && !eggs.contains("Eggs"));
    assert!(!berries.contains("Strawberries") && berries.contains("Blueberries"));
    let nuts = eaten("nuts");
    assert!(!nuts.contains("Walnuts") && !nuts.contains("Hazelnuts"), "a walnut is a nut");
}

#[test]
fn wishes_say_what_is_wrong_with_them() {
    let wishes = NutritionWishes { meals_per_day: Some(7), allergies: vec![" ".to_owned()], diet: None };
    let fields: Vec<_> = wishes.check().unwrap_err().into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["allergies[0]", "meals_per_day"]);
    assert!(serde_json::from_str::<NutritionWishes>(r#"{"alergies":["milk"]}"#).is_err());
}

/// Ordinary people: one allergy, any diet, three to five meals. How many are refused is the test.
#[test]
fn ordinary_people_are_never_refused() {
    let mut refused = Vec::new();
    let mut asked = 0;
    for archetype in Archetype::ALL {
        for kind in DIETS {
            for allergy in ["", "milk", "nuts", "gluten", "soy", "egg", "fish", "celery", "sesame"] {
                for meals in 3..=5 {
                    let mut evidence = person(archetype);
                    evidence.profile.goal = Some(Goal::LoseWeight);
                    let allergies = if allergy.is_empty() { vec![] } else { vec![allergy.to_owned()] };
                    let wishes = NutritionWishes { diet: Some(kind), allergies, meals_per_day: Some(meals) };
                    asked += 1;
                    if let Err(refusal) = plan(&evidence, &wishes) {
                        refused.push((archetype, kind, allergy, meals, refusal.detail));
                    }
                }
            }
        }
    }
    assert_eq!(asked, 6 * 9 * 9 * 3);
    assert!(refused.is_empty(), "{} of {asked}: {refused:?}", refused.len());
}

/// Every allergen of the EU list in four languages, over a whole week and all it names.
#[test]
fn no_allergen_comes_through_a_week_in_any_language() {
    let words = [
        ("gluten", ["Wheat", "Weizenmehl", "blé", "trigo"]),
        ("crustacean", ["crustaceans", "Krebstiere", "crustacés", "crustáceos"]),
        ("mollusc", ["molluscs", "Weichtiere", "mollusques", "moluscos"]),
        ("egg", ["eggs", "Hühnerei", "œufs", "huevos"]),
        ("fish", ["fish", "Fisch", "poissons", "pescado"]),
        ("peanut", ["penuts", "Erdnüsse", "arachides", "cacahuetes"]),
        ("soy", ["soybeans", "Sojabohnen", "soja", "soja"]),
        ("milk", ["dairy products", "Milch", "produits laitiers", "leche"]),
        ("tree-nut", ["tree nuts", "Schalenfrüchte", "fruits à coque", "frutos secos"]),
        ("celery", ["celery", "Sellerie", "céleri", "apio"]),
        ("mustard", ["mustard", "Senf", "moutarde", "mostaza"]),
        ("sesame", ["sesame seeds", "Sesamsamen", "sésame", "sésamo"]),
        ("sulphite", ["sulphites", "Schwefeldioxid und Sulfite", "sulfites", "sulfitos"]),
        ("lupin", ["lupin", "Lupinen", "lupin", "altramuces"]),
    ];
    for (tag, languages) in words {
        for word in languages {
            let mut evidence = person(Archetype::ConnectedExplorer);
            evidence.profile.allergies = vec![word.to_owned()];
            let wishes = NutritionWishes::default();
            let week = plan_week(&evidence, &wishes).unwrap();
            assert!(week.days[0].unmatched_allergies.is_empty(), "{word} is known");
            assert_eq!(validate_week(&week, &evidence, &wishes), vec![], "{word}");
            let eaten = week.days.iter().flat_map(|day| &day.meals).flat_map(|meal| &meal.foods);
            let swaps = week.days.iter().flat_map(|day| &day.swaps).map(|swap| swap.instead.as_str());
            let bought = week.shopping.iter().map(|item| item.food.as_str());
            for name in eaten.map(|portion| portion.food.as_str()).chain(swaps).chain(bought) {
                assert!(by_name(name).unwrap().allergens().all(|has| has != tag), "{name} for {word}");
            }
        }
    }
}

/// Every food of a week by what its diet forbids: by the source's own description, not by our flags.
#[test]
fn no_week_breaks_its_diet() {
    for kind in DIETS {
        let evidence = person(Archetype::TransformationSeeker);
        let week = plan_week(&evidence, &diet(kind)).unwrap();
        let meat = ["chicken", "turkey", "duck", "beef", "veal", "pork", "lamb"];
        let fish = ["fish", "crustaceans", "mollusks"];
        let milk = ["cheese", "yogurt", "kefir", "milk"];
        let forbidden: Vec<&str> = match kind {
            Diet::Omnivore => vec![],
            Diet::Pescatarian => meat.to_vec(),
            Diet::Vegetarian => [&meat[..], &fish].concat(),
            Diet::Vegan => [&meat[..], &fish, &milk, &["egg"]].concat(),
            Diet::Halal => vec!["pork"],
            Diet::Kosher => vec!["pork", "crustaceans", "mollusks"],
            Diet::GlutenFree => {
                vec![
                    "wheat", "rye", "barley", "oats", "bread", "pasta", "couscous", "bulgur", "spelt", "soba",
                ]
            }
            Diet::LactoseFree => milk.to_vec(),
            Diet::LowFodmap => {
                vec!["wheat", "onions", "apples", "lentils", "chickpeas", "yogurt", "honey"]
            }
        };
        let names = week.days.iter().flat_map(|day| {
            let eaten = day.meals.iter().flat_map(|meal| &meal.foods).map(|portion| portion.food.as_str());
            eaten.chain(day.swaps.iter().map(|swap| swap.instead.as_str()))
        });
        for name in names {
            let source = by_name(name).unwrap().source.to_lowercase();
            let words: Vec<&str> = source.split(|c: char| !c.is_alphabetic()).collect();
            // Its figures are those of milk, its lactose is split.
            let split =
                matches!(kind, Diet::LactoseFree | Diet::LowFodmap) && name.starts_with("Lactose-free");
            assert!(split || !forbidden.iter().any(|word| words.contains(word)), "{name} for {kind:?}");
        }
    }
}

#[test]
fn a_refusal_says_what_clashes_and_what_would_help() {
    let mut evidence = person(Archetype::PeakPerformer);
    evidence.profile.allergies = ["gluten", "legumes", "nuts"].map(str::to_owned).to_vec();
    let refusal = plan(&evidence, &diet(Diet::Vegan)).unwrap_err();
    assert_eq!(refusal.possible_with.as_deref(), Some("with a vegetarian diet"), "{refusal:?}");
    assert!(refusal.detail.contains("vegetarian diet"));
    evidence.profile.diet = Some(Diet::Vegetarian);
    assert!(plan(&evidence, &NutritionWishes::default()).is_ok());
    // A faith is nothing to give up for a plan.
    evidence.profile.diet = Some(Diet::Kosher);
    evidence.profile.allergies =
        ["meat", "fish", "milk", "eggs", "legumes", "gluten"].map(str::to_owned).to_vec();
    let refusal = plan(&evidence, &NutritionWishes::default()).unwrap_err();
    assert!(!refusal.detail.contains("diet would") && refusal.possible_with.is_none(), "{refusal:?}");
}
