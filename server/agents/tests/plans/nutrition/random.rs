//! Any person at all: a plan that keeps every rule, or a refusal that says why; and no changed plan passes.

use std::cell::Cell;

use super::rules;
use crate::people::{allergies, diets, people};
use agents::evidence::Evidence;
use agents::nutrition::food::by_name;
use agents::nutrition::{NutritionPlan, NutritionWishes, RefusalReason, plan, validate};
use domain::profile::Sex;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use proptest::{collection, option, sample};

/// People per run: some 20 seconds of one core without optimisation. Raise it when the planner changes.
const PEOPLE: u32 = 2_000;

/// What people write, and the tag of the food table that must not be there then.
const WORDS: &[(&str, &str)] = &[
    ("Erdnüsse", "peanut"),
    ("cacahuete", "peanut"),
    ("penuts", "peanut"),
    ("Kuhmilch", "milk"),
    ("lactosa", "milk"),
    ("fromage", "milk"),
    ("Weizen", "gluten"),
    ("coeliac", "gluten"),
    ("huevos", "egg"),
    ("œufs", "egg"),
    ("Fisch", "fish"),
    ("pescado", "fish"),
    ("Krebstiere", "crustacean"),
    ("mollusques", "mollusc"),
    ("soja", "soy"),
    ("noisettes", "tree-nut"),
    ("sésame", "sesame"),
    ("Sellerie", "celery"),
    ("lupins", "lupin"),
    ("sulfites", "sulphite"),
    // The words of all people, as in `people::allergies`.
    ("peanut", "peanut"),
    ("nuts", "tree-nut"),
    ("nuts", "peanut"),
    ("almond", "tree-nut"),
    ("milk", "milk"),
    ("dairy", "milk"),
    ("gluten", "gluten"),
    ("egg", "egg"),
    ("soy", "soy"),
    ("fish", "fish"),
    ("shellfish", "crustacean"),
    ("shellfish", "mollusc"),
    ("sesame", "sesame"),
    ("Erdnuss", "peanut"),
    ("legumes", "soy"),
    ("legumes", "peanut"),
];

prop_compose! {
    fn wishes()(
        diet in diets(),
        mut allergies in allergies(),
        other in collection::vec(sample::select(WORDS), 0..3),
        meals_per_day in option::of(3_u32..=5),
    ) -> NutritionWishes {
        allergies.extend(other.into_iter().map(|(word, _)| word.to_owned()));
        NutritionWishes { diet, allergies, meals_per_day }
    }
}

/// Every place of a plan that names a food.
fn named(plan: &NutritionPlan) -> Vec<&str> {
    let portions = plan.meals.iter().flat_map(|meal| &meal.foods).map(|portion| portion.food.as_str());
    let swaps = plan.swaps.iter().map(|swap| swap.instead.as_str());
    let beside = plan.swaps.iter().flat_map(|swap| &swap.beside).map(|other| other.food.as_str());
    portions.chain(swaps).chain(beside).chain(plan.shopping.iter().map(|item| item.food.as_str())).collect()
}

fn is_safe(plan: &NutritionPlan, evidence: &Evidence, wishes: &NutritionWishes) -> Result<(), TestCaseError> {
    prop_assert_eq!(validate(plan, evidence, wishes), vec![]);
    let energy = plan.targets.energy_kcal;
    let floor = if evidence.profile.sex == Some(Sex::Female) { 1200.0 } else { 1500.0 };
    prop_assert!((floor..=4000.0).contains(&energy), "{}", energy);
    let deficit = plan.targets.basis.maintenance_kcal - energy;
    // What the most of a plan leaves short is told instead.
    let told = plan.notes.iter().any(|note| note.contains("limited to 4000 kcal"));
    prop_assert!(
        told || deficit <= 500.5 && deficit <= 0.20 * plan.targets.basis.maintenance_kcal + 0.5,
        "{}",
        deficit
    );
    let sum: f64 = plan
        .meals
        .iter()
        .flat_map(|meal| &meal.foods)
        .map(|portion| by_name(&portion.food).unwrap().kcal() * portion.grams / 100.0)
        .sum();
    prop_assert!((sum - energy).abs() <= 0.07 * energy + 0.2, "{} of {}", sum, energy);
    prop_assert!(plan.totals.saturated_fat_g * 9.0 <= 0.10 * energy + 1.0 && plan.totals.sodium_mg <= 2000.1);
    // Independent of the planner's own matching: the tags of the table.
    for word in evidence.profile.allergies.iter().chain(&wishes.allergies) {
        for (_, tag) in WORDS.iter().filter(|(known, _)| known == word) {
            for name in named(plan) {
                let food = by_name(name).unwrap();
                prop_assert!(food.allergens().all(|allergen| allergen != *tag), "{} for {}", name, word);
            }
        }
    }
    let json = serde_json::to_string(plan).unwrap();
    prop_assert_eq!(&serde_json::from_str::<NutritionPlan>(&json).unwrap(), plan);
    Ok(())
}

#[test]
fn every_plan_is_valid_and_safe_and_few_are_refused() {
    let (planned, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(PEOPLE));
    let outcome = runner.run(&(people(), wishes()), |(evidence, wishes)| match plan(&evidence, &wishes) {
        Ok(plan) => {
            planned.set(planned.get() + 1);
            is_safe(&plan, &evidence, &wishes)
        }
        Err(refusal) => {
            prop_assert!(refusal.detail.len() > 40 && refusal.detail.len() < 300, "{}", refusal.detail);
            if refusal.reason != RefusalReason::NeedsProfessional {
                refused.set(refused.get() + 1);
            }
            Ok(())
        }
    });
    outcome.unwrap();
    // These people have up to five allergies each, at random over all diets.
    let share = f64::from(refused.get()) / f64::from(planned.get() + refused.get());
    assert!(share < 0.03, "{} of {} refused", refused.get(), planned.get() + refused.get());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_plans_are_refused(
        evidence in people(), wishes in wishes(), change in 0_usize..13, at in any::<sample::Index>(),
    ) {
        let Ok(mut bad) = plan(&evidence, &wishes) else { return Ok(()) };
        let meal = at.index(bad.meals.len());
        let expected = match change {
            0 => { bad.meals[meal].foods[0].grams = 900.0; "portion" }
            1 => { bad.totals.energy_kcal += 50.0; "sum" }
            2 => { bad.targets.energy_kcal -= 400.0; "targets" }
            3 => { bad.shopping.pop(); "shopping" }
            4 => { bad.meals.remove(meal); "meals" }
            5 => { bad.meals[meal].foods[0].food = "Unicorn".to_owned(); "food" }
            6 => { bad.micronutrients[0].amount += 10.0; "sum" }
            7 => { bad.meals[meal].foods[0].source = "mine".to_owned(); "sum" }
            8 => { bad.targets.limits.pop(); "targets" }
            9 => { bad.meals.truncate(2); "limit" }
            10 => { bad.shopping[0].buy_grams = 1.0; "shopping" }
            11 => { bad.meals[meal].totals.sodium_mg += 100.0; "sum" }
            _ => {
                let Some(swap) = bad.swaps.first_mut() else { return Ok(()) };
                swap.food = "Unicorn".to_owned();
                "swap"
            }
        };
        prop_assert!(rules(&bad, &evidence, &wishes).contains(&expected));
    }
}
