//! Nutrition over any person: safe, within bounds, and honest when it cannot be.

use crate::people::{allergies, diets, person};
use agents::nutrition::food::{by_name, table};
use agents::nutrition::{NutritionPlan, NutritionWishes, RefusalReason, plan, validate};
use domain::archetype::Archetype;
use domain::profile::{Diet, Goal, Sex};
use proptest::prelude::*;
use proptest::{option, sample};

prop_compose! {
    fn wishes()(diet in diets(), allergies in allergies(), meals_per_day in option::of(3_u32..=5)) -> NutritionWishes {
        NutritionWishes { diet, allergies, meals_per_day }
    }
}

fn rules(
    plan: &NutritionPlan,
    evidence: &agents::evidence::Evidence,
    wishes: &NutritionWishes,
) -> Vec<&'static str> {
    validate(plan, evidence, wishes).into_iter().map(|violation| violation.rule).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_plan_is_valid_and_safe(evidence in crate::people::people(), wishes in wishes()) {
        let Ok(plan) = plan(&evidence, &wishes) else { return Ok(()) };
        prop_assert_eq!(validate(&plan, &evidence, &wishes), vec![]);
        let energy = plan.targets.energy_kcal;
        let floor = if evidence.profile.sex == Some(Sex::Female) { 1200.0 } else { 1500.0 };
        prop_assert!((floor..=4300.0).contains(&energy), "{}", energy);
        let deficit = plan.targets.basis.maintenance_kcal - energy;
        prop_assert!(deficit <= 500.5 && deficit <= 0.20 * plan.targets.basis.maintenance_kcal + 0.5, "{}", deficit);
        let sum: f64 = plan.meals.iter().flat_map(|meal| &meal.foods)
            .map(|portion| by_name(&portion.food).unwrap().kcal() * portion.grams / 100.0).sum();
        prop_assert!((sum - energy).abs() <= 0.07 * energy + 3.0, "{} of {}", sum, energy);
        // Independent of the planner's own matching: the tags of the table.
        for word in evidence.profile.allergies.iter().chain(&wishes.allergies) {
            let tag = match word.as_str() { "dairy" => "milk", "nuts" | "almond" => "tree-nut", "shellfish" => "crustacean", tag => tag };
            let eaten = plan.meals.iter().flat_map(|meal| meal.foods.iter().map(|portion| &portion.food));
            for name in eaten.chain(plan.swaps.iter().map(|swap| &swap.instead)) {
                prop_assert!(by_name(name).unwrap().allergens().all(|allergen| allergen != tag), "{} for {}", name, word);
            }
        }
        let json = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<NutritionPlan>(&json).unwrap(), plan);
    }

    #[test]
    fn changed_plans_are_refused(
        evidence in crate::people::people(), wishes in wishes(), change in 0_usize..6, at in any::<sample::Index>(),
    ) {
        let Ok(good) = plan(&evidence, &wishes) else { return Ok(()) };
        let mut bad = good.clone();
        let meal = at.index(bad.meals.len());
        let expected = match change {
            0 => { bad.meals[meal].foods[0].grams = 900.0; "portion" }
            1 => { bad.totals.energy_kcal += 50.0; "sum" }
            2 => { bad.targets.energy_kcal -= 400.0; "targets" }
            3 => { bad.shopping.pop(); "shopping" }
            4 => { bad.meals.remove(meal); "meals" }
            _ => { bad.meals[meal].foods[0].food = "Unicorn".to_owned(); "food" }
        };
        prop_assert!(rules(&bad, &evidence, &wishes).contains(&expected));
    }
}

#[test]
fn most_people_get_a_plan() {
    let mut refused = Vec::new();
    for archetype in Archetype::ALL {
        for diet in [
            Diet::Omnivore,
            Diet::Vegetarian,
            Diet::Vegan,
            Diet::Pescatarian,
            Diet::Halal,
            Diet::Kosher,
            Diet::GlutenFree,
            Diet::LactoseFree,
            Diet::LowFodmap,
        ] {
            for allergy in ["", "milk", "nuts", "gluten", "soy", "egg", "fish"] {
                for meals in 3..=5 {
                    let mut evidence = person(archetype);
                    evidence.profile.goal = Some(Goal::LoseWeight);
                    let allergies = if allergy.is_empty() { vec![] } else { vec![allergy.to_owned()] };
                    let wishes = NutritionWishes { diet: Some(diet), allergies, meals_per_day: Some(meals) };
                    if let Err(refusal) = plan(&evidence, &wishes) {
                        refused.push((archetype, diet, allergy, meals, refusal.reason));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{refused:?}");
}

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
    for bad in [meal, swap, title] {
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
    let wishes = NutritionWishes { allergies: vec!["Erdnuss".to_owned()], ..NutritionWishes::default() };
    let plan = plan(&person(Archetype::FoundationBuilder), &wishes).unwrap();
    assert_eq!(plan.unmatched_allergies, ["Erdnuss"]);
    assert!(plan.notes.iter().any(|note| note.contains("Erdnuss")));
}

#[test]
fn kosher_never_mixes_meat_and_milk() {
    for archetype in Archetype::ALL {
        let evidence = person(archetype);
        let wishes = NutritionWishes { diet: Some(Diet::Kosher), ..NutritionWishes::default() };
        let plan = plan(&evidence, &wishes).unwrap();
        for meal in &plan.meals {
            let foods: Vec<_> = meal.foods.iter().map(|portion| by_name(&portion.food).unwrap()).collect();
            let milk = foods.iter().any(|food| food.allergens().any(|a| a == "milk"));
            assert!(!(milk && foods.iter().any(|food| food.is_meat())), "{}", meal.title);
        }
    }
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

#[test]
fn the_energy_of_a_known_person() {
    // Female, 38, 168 cm, 70 kg: 700 + 1050 - 190 - 161 = 1399 kcal at rest; 7200 steps: × 1.375.
    let mut evidence = person(Archetype::TransformationSeeker);
    evidence.profile.goal = Some(Goal::LoseWeight);
    let targets = plan(&evidence, &NutritionWishes::default()).unwrap().targets;
    assert_eq!((targets.basis.resting_kcal, targets.basis.maintenance_kcal), (1399.0, 1924.0));
    assert_eq!((targets.energy_kcal, targets.protein_g, targets.water_ml), (1540.0, 98.0, 2100));
    evidence.profile.age = Some(16);
    let young = plan(&evidence, &NutritionWishes::default()).unwrap();
    assert!(
        young.targets.basis.adjustment_kcal >= 0.0
            && young.notes.iter().any(|note| note.contains("under 18"))
    );
    let mut silent = young;
    silent.notes.clear();
    assert!(rules(&silent, &evidence, &NutritionWishes::default()).contains(&"notes"));
}

#[test]
fn a_slim_teenager_is_no_patient_and_a_starving_adult_is() {
    let mut evidence = person(Archetype::FoundationBuilder);
    evidence.profile.weight_kg = Some(40.0);
    evidence.profile.height_cm = Some(160.0);
    evidence.profile.age = Some(13);
    let teenager = plan(&evidence, &NutritionWishes::default()).unwrap();
    assert!(teenager.notes.is_empty() && teenager.assumptions.iter().any(|text| text.contains("adults")));
    evidence.profile.age = Some(30);
    let refusal = plan(&evidence, &NutritionWishes::default()).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::NeedsProfessional);
    assert!(rules(&teenager, &evidence, &NutritionWishes::default()).contains(&"professional"));
}

#[test]
fn nobody_starves() {
    let mut evidence = person(Archetype::PeakPerformer);
    evidence.profile.goal = Some(Goal::LoseWeight);
    evidence.profile.weight_kg = Some(62.0);
    evidence.profile.height_cm = Some(158.0);
    evidence.profile.age = Some(70);
    evidence.days.iter_mut().for_each(|day| day.steps = Some(1500.0));
    let plan = plan(&evidence, &NutritionWishes::default()).unwrap();
    assert_eq!(plan.targets.energy_kcal, 1200.0);
    assert!(plan.notes.iter().any(|note| note.contains("1200 kcal")));
}

#[test]
fn wishes_say_what_is_wrong_with_them() {
    let wishes = NutritionWishes { meals_per_day: Some(7), allergies: vec![" ".to_owned()], diet: None };
    let fields: Vec<_> = wishes.check().unwrap_err().into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["allergies[0]", "meals_per_day"]);
    assert!(serde_json::from_str::<NutritionWishes>(r#"{"alergies":["milk"]}"#).is_err());
}

#[test]
fn a_meal_on_the_wire() {
    let evidence = person(Archetype::SystematicImprover);
    let plan = plan(&evidence, &NutritionWishes::default()).unwrap();
    insta::assert_json_snapshot!(plan.targets, @r#"
    {
      "energy_kcal": 1930.0,
      "protein_g": 98.0,
      "fat_g": 64.0,
      "carbohydrate_g": 240.0,
      "fibre_g": 27.0,
      "water_ml": 2100,
      "basis": {
        "resting_kcal": 1399.0,
        "activity_factor": 1.375,
        "maintenance_kcal": 1924.0,
        "adjustment_kcal": 6.0,
        "reason": "1399 kcal at rest × 1.375 (lightly active, 7200 steps a day over 7 days) = 1924 kcal, kept as it is"
      }
    }
    "#);
    insta::assert_json_snapshot!(plan.meals[0].foods[0], @r#"
    {
      "food": "Low-fat milk",
      "role": "protein",
      "grams": 220.0,
      "nutrients": {
        "energy_kcal": 92.4,
        "protein_g": 7.5,
        "fat_g": 2.2,
        "carbohydrate_g": 11.0,
        "fibre_g": 0.0
      },
      "source": "Milk, lowfat, fluid, 1% milkfat"
    }
    "#);
    insta::assert_json_snapshot!(plan.shopping[0], @r#"
    {
      "food": "Chicken breast",
      "role": "protein",
      "grams": 80.0,
      "buy_grams": 110.0
    }
    "#);
}
