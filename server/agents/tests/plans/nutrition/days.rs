//! One day for a known person: targets by hand, limits, swaps, the shape on the wire.

use super::{diet, rules};
use crate::people::person;
use agents::nutrition::food::by_name;
use agents::nutrition::{Amounts, Nutrient, NutritionPlan, NutritionWishes, RefusalReason, plan};
use domain::archetype::Archetype;
use domain::profile::{Goal, Sex};

#[test]
fn the_energy_of_a_known_person() {
    // Female, 38, 168 cm, 70 kg: 700 + 1050 - 190 - 161 = 1399 kcal at rest; 7200 steps: × 1.375.
    let mut evidence = person(Archetype::TransformationSeeker);
    evidence.profile.goal = Some(Goal::LoseWeight);
    let targets = plan(&evidence, &NutritionWishes::default()).unwrap().targets;
    assert_eq!((targets.basis.resting_kcal, targets.basis.maintenance_kcal), (1399.0, 1924.0));
    assert_eq!((targets.energy_kcal, targets.protein_g, targets.water_ml), (1540.0, 98.0, 1600));
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
      "limits": [
        {
          "nutrient": "energy",
          "least": 1794.9,
          "most": 2065.1
        },
        {
          "nutrient": "protein",
          "least": 88.2,
          "most": 168.9
        },
        {
          "nutrient": "fat",
          "least": 42.9,
          "most": 75.1
        },
        {
          "nutrient": "carbohydrate",
          "least": 217.1,
          "most": 313.6
        },
        {
          "nutrient": "saturated-fat",
          "most": 21.4
        },
        {
          "nutrient": "fibre",
          "least": 21.6
        },
        {
          "nutrient": "sodium",
          "most": 2000.0
        }
      ],
      "water_ml": 1600,
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
      "grams": 250.0,
      "nutrients": {
        "energy_kcal": 105.0,
        "protein_g": 8.4,
        "fat_g": 2.4,
        "saturated_fat_g": 1.6,
        "carbohydrate_g": 12.5,
        "sugars_g": 13.0,
        "fibre_g": 0.0,
        "sodium_mg": 110.0
      },
      "source": "USDA SR28, NDB 01082 (FoodData Central 170872): Milk, lowfat, fluid, 1% milkfat, with added vitamin A and vitamin D"
    }
    "#);
    insta::assert_json_snapshot!(plan.micronutrients[2], @r#"
    {
      "nutrient": "iron",
      "unit": "mg",
      "amount": 13.7,
      "goal": 18.0,
      "percent": 76
    }
    "#);
    insta::assert_json_snapshot!(plan.swaps[0], @r#"
    {
      "meal": "Breakfast",
      "food": "Low-fat milk",
      "instead": "Soy drink",
      "grams": 325.0,
      "beside": []
    }
    "#);
    insta::assert_json_snapshot!(plan.shopping[0], @r#"
    {
      "aisle": "vegetables",
      "food": "Carrots",
      "role": "vegetable",
      "grams": 130.0,
      "buy_grams": 150.0
    }
    "#);
}

/// The limits recomputed from the table, without the planner's sums.
#[test]
fn a_day_keeps_every_limit_and_says_what_it_holds() {
    let evidence = person(Archetype::PeakPerformer);
    for kind in super::DIETS {
        let plan = plan(&evidence, &diet(kind)).unwrap();
        let portions = plan.meals.iter().flat_map(|meal| &meal.foods);
        let day: Amounts =
            portions.map(|portion| by_name(&portion.food).unwrap().per_100.of_grams(portion.grams)).sum();
        assert_eq!(plan.targets.limits.len(), 7);
        for limit in &plan.targets.limits {
            let amount = day[limit.nutrient];
            assert!(
                limit.least.is_none_or(|least| amount >= least),
                "{kind:?} {:?} {amount}",
                limit.nutrient
            );
            assert!(limit.most.is_none_or(|most| amount <= most), "{kind:?} {:?} {amount}", limit.nutrient);
        }
        assert_eq!(plan.micronutrients.len(), 14);
        for micro in &plan.micronutrients {
            assert!((micro.amount - day[micro.nutrient]).abs() <= 0.5, "{:?}", micro.nutrient);
        }
        let iron = plan.micronutrients.iter().find(|micro| micro.nutrient == Nutrient::Iron).unwrap();
        assert_eq!((iron.goal, iron.unit.as_str()), (18.0, "mg"));
        // Fat and protein are within AMDR.
        assert!((0.20..=0.35).contains(&(plan.totals.fat_g * 9.0 / plan.targets.energy_kcal)), "{kind:?}");
    }
}

#[test]
fn a_swap_carried_out_is_a_valid_day() {
    let evidence = person(Archetype::ResilienceRebuilder);
    let wishes = NutritionWishes::default();
    let good = plan(&evidence, &wishes).unwrap();
    assert!(good.swaps.len() >= 5, "{:?}", good.swaps);
    let holds = |plan: &NutritionPlan, at: usize| {
        let swap = &plan.swaps[at];
        let (mut day, mut kcal) = (Amounts::default(), 0.0);
        for meal in &plan.meals {
            for portion in &meal.foods {
                let here = meal.name == swap.meal;
                let beside = swap.beside.iter().find(|other| here && other.food == portion.food);
                let (name, grams) = match beside {
                    _ if here && portion.food == swap.food => (&swap.instead, swap.grams),
                    Some(other) => (&other.food, other.grams),
                    None => (&portion.food, portion.grams),
                };
                let amounts = by_name(name).unwrap().per_100.of_grams(grams);
                kcal += if here { amounts[Nutrient::Energy] } else { 0.0 };
                day += amounts;
            }
        }
        let share = [0.26, 0.31, 0.13, 0.30][plan.meals.iter().position(|m| m.name == swap.meal).unwrap()];
        let wanted = share * plan.targets.energy_kcal;
        (kcal - wanted).abs() <= 0.40 * wanted
            && plan.targets.limits.iter().all(|limit| {
                let amount = day[limit.nutrient];
                limit.least.is_none_or(|least| amount >= least)
                    && limit.most.is_none_or(|most| amount <= most)
            })
    };
    let (mut kept, mut refused) = (0, 0);
    for at in 0..good.swaps.len() {
        assert!(holds(&good, at), "{:?}", good.swaps[at]);
        // Any other amount: refused exactly when the day would leave its limits.
        let food = by_name(&good.swaps[at].instead).unwrap();
        for step in 0..20 {
            let mut other = good.clone();
            other.swaps[at].grams = food.min_g + (food.max_g - food.min_g) * f64::from(step) / 19.0;
            let found = rules(&other, &evidence, &wishes);
            assert_eq!(found.is_empty(), holds(&other, at), "{found:?} {:?}", other.swaps[at]);
            if found.is_empty() { kept += 1 } else { refused += 1 }
        }
    }
    assert!(kept > 10 && refused > 10, "{kept} {refused}");
    let mut bad = good.clone();
    bad.swaps[0].instead = "Olive oil".to_owned();
    bad.swaps[0].grams = 10.0;
    assert!(rules(&bad, &evidence, &wishes).contains(&"swap"));
}

/// By hand: Mifflin-St Jeor for a man of 80 kg, 180 cm, 30 years: 800 + 1125 − 150 + 5 = 1780 kcal; 11,000 steps: × 1.725.
#[test]
fn targets_by_hand() {
    let mut evidence = person(Archetype::TransformationSeeker);
    evidence.profile.sex = Some(Sex::Male);
    (evidence.profile.age, evidence.profile.height_cm, evidence.profile.weight_kg) =
        (Some(30), Some(180.0), Some(80.0));
    evidence.days.iter_mut().for_each(|day| day.steps = Some(11_000.0));
    let targets = |evidence: &_| plan(evidence, &NutritionWishes::default()).unwrap().targets;
    let man = targets(&evidence);
    assert_eq!((man.basis.resting_kcal, man.basis.maintenance_kcal), (1780.0, 3071.0));
    // 1.4 g/kg are 112 g; 30 % of 3080 kcal are 102.7 g of fat; what is left is 427 g of carbohydrate.
    assert_eq!(
        (man.energy_kcal, man.protein_g, man.fat_g, man.carbohydrate_g),
        (3080.0, 112.0, 103.0, 427.0)
    );
    assert_eq!((man.fibre_g, man.water_ml), (43.0, 2000));
    // A deficit is at most 500 kcal: 20 % would be 614.
    evidence.profile.goal = Some(Goal::LoseWeight);
    assert_eq!(targets(&evidence).energy_kcal, 2580.0);
    // Muscle: 10 %, at most 300 kcal.
    evidence.profile.goal = Some(Goal::GainMuscle);
    assert_eq!(targets(&evidence).energy_kcal, 3380.0);
    // An old woman eats at least 1 g/kg, whatever the release says.
    let mut old = person(Archetype::FoundationBuilder);
    (old.profile.age, old.settings.protein_g_per_kg) = (Some(75), 0.8);
    assert_eq!(targets(&old).protein_g, 70.0);
    // A 13-year-old at least 0.95 g/kg: 42.75 g of 45 kg, but 10 % of the energy is more.
    let mut young = person(Archetype::FoundationBuilder);
    (young.profile.age, young.profile.weight_kg, young.profile.height_cm) =
        (Some(13), Some(45.0), Some(155.0));
    young.settings.protein_g_per_kg = 0.8;
    let teenager = targets(&young);
    assert_eq!(teenager.protein_g, (teenager.energy_kcal / 40.0).max(42.75).round());
    // Much protein leaves less for fat, never less than 20 %, so that carbohydrate keeps its 45 %.
    let mut strong = person(Archetype::PeakPerformer);
    strong.settings.protein_g_per_kg = 2.2;
    let much = targets(&strong);
    assert_eq!(much.protein_g, 154.0);
    assert!(
        much.fat_g * 9.0 >= 0.199 * much.energy_kcal && much.carbohydrate_g * 4.0 >= 0.449 * much.energy_kcal
    );
    // Underweight: more, never less, and a word about it.
    let mut thin = person(Archetype::PeakPerformer);
    (thin.profile.weight_kg, thin.profile.goal) = (Some(50.0), Some(Goal::LoseWeight));
    let day = plan(&thin, &NutritionWishes::default()).unwrap();
    assert!(
        day.targets.basis.adjustment_kcal > 0.0
            && day.notes.iter().any(|note| note.contains("below the healthy"))
    );
}
