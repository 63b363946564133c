//! Weeks: they vary, their days are those planned alone, and what is bought is what is eaten.

use super::{DIETS, diet};
use crate::people::person;
use crate::real;
use agents::nutrition::food::by_name;
use agents::nutrition::{
    Aisle, NutritionPlan, NutritionWeek, NutritionWishes, plan, plan_week, validate, validate_week,
};
use domain::archetype::Archetype;
use domain::profile::Diet;
use jiff::ToSpan;

fn eaten(plan: &NutritionPlan) -> Vec<(&str, Vec<&str>)> {
    plan.meals
        .iter()
        .map(|meal| (meal.name.as_str(), meal.foods.iter().map(|portion| portion.food.as_str()).collect()))
        .collect()
}

fn same_day(one: &NutritionPlan, other: &NutritionPlan) -> bool {
    eaten(one) == eaten(other)
}

#[test]
fn ordinary_weeks_vary_and_reach_everything() {
    for archetype in Archetype::ALL {
        for kind in DIETS {
            let (evidence, wishes) = (person(archetype), diet(kind));
            let week = plan_week(&evidence, &wishes).unwrap();
            assert_eq!(validate_week(&week, &evidence, &wishes), vec![], "{archetype:?} {kind:?}");
            assert!(week.notes.is_empty(), "{archetype:?} {kind:?} {:?} {:?}", week.notes, week.variety);
            let variety = &week.variety;
            assert!(
                variety.most_often <= 2 && variety.red_meat_meals <= 2,
                "{archetype:?} {kind:?} {variety:?}"
            );
            let fish = if matches!(kind, Diet::Vegan | Diet::Vegetarian) { 0..=0 } else { 2..=14 };
            assert!(fish.contains(&variety.fish_meals), "{archetype:?} {kind:?} {variety:?}");
            assert!(variety.vegetables >= 8 && variety.main_foods >= 7, "{archetype:?} {kind:?} {variety:?}");
        }
    }
}

#[test]
fn any_seven_days_in_a_row_vary() {
    // Over the border of calendar weeks, too: fourteen starts, two years apart.
    for days in (0..14).chain(700..707) {
        let mut evidence = person(Archetype::ConnectedExplorer);
        evidence.today = evidence.today.checked_add(days.days()).unwrap();
        let week = plan_week(&evidence, &NutritionWishes::default()).unwrap();
        assert!(week.notes.is_empty() && week.variety.fish_meals >= 2, "{} {:?}", week.start, week.variety);
        assert!(week.variety.most_often <= 2 && week.variety.red_meat_meals <= 2, "{:?}", week.variety);
    }
}

#[test]
fn a_day_is_that_day_of_its_week() {
    for archetype in Archetype::ALL {
        let evidence = person(archetype);
        let week = plan_week(&evidence, &NutritionWishes::default()).unwrap();
        for (ahead, day) in (0..7).zip(&week.days) {
            let mut then = evidence.clone();
            then.today = evidence.today.checked_add(ahead.days()).unwrap();
            assert_eq!(&plan(&then, &NutritionWishes::default()).unwrap(), day);
        }
    }
}

#[test]
fn breakfast_is_a_habit_for_some() {
    let different = |archetype, meal: &str| {
        // A Monday, so that the seven days are one calendar week.
        let mut evidence = person(archetype);
        evidence.today = jiff::civil::date(2026, 3, 2);
        let week = plan_week(&evidence, &NutritionWishes::default()).unwrap();
        let meals = week.days.iter().flat_map(|day| &day.meals).filter(|one| one.name == meal);
        let mut titles: Vec<&str> = meals.map(|meal| meal.title.as_str()).collect();
        titles.sort_unstable();
        titles.dedup();
        titles.len()
    };
    assert_eq!(different(Archetype::FoundationBuilder, "Breakfast"), 1);
    assert_eq!(different(Archetype::SystematicImprover, "Breakfast"), 1);
    assert!(different(Archetype::ConnectedExplorer, "Breakfast") >= 5);
    for archetype in Archetype::ALL {
        assert!(different(archetype, "Afternoon snack") >= 4, "{archetype:?}");
        assert_eq!(different(archetype, "Lunch"), 7, "{archetype:?}");
    }
}

#[test]
fn what_is_bought_is_what_is_eaten() {
    let evidence = person(Archetype::PeakPerformer);
    let week = plan_week(&evidence, &NutritionWishes::default()).unwrap();
    let mut aisles: Vec<Aisle> = week.shopping.iter().map(|item| item.aisle).collect();
    assert!(aisles.is_sorted());
    aisles.dedup();
    assert!(aisles.len() >= 6, "{aisles:?}");
    for item in &week.shopping {
        let portions = week.days.iter().flat_map(|day| &day.meals).flat_map(|meal| &meal.foods);
        let eaten: f64 = portions.filter(|p| p.food == item.food).map(|portion| portion.grams).sum();
        assert_eq!(eaten, item.grams, "{}", item.food);
        let needed = eaten * by_name(&item.food).unwrap().buy;
        assert!(item.buy_grams >= needed && item.buy_grams < needed + 100.0, "{} {needed}", item.food);
        assert!(item.buy_grams % 10.0 == 0.0);
        if let Some(pieces) = item.pieces {
            let piece = by_name(&item.food).unwrap().piece_g.unwrap();
            let held = f64::from(pieces) * piece;
            assert!(held >= eaten && held < eaten + piece, "{}", item.food);
        }
    }
}

#[test]
fn a_changed_week_is_refused() {
    let (evidence, wishes) = (person(Archetype::SystematicImprover), NutritionWishes::default());
    let good = plan_week(&evidence, &wishes).unwrap();
    type Change = fn(&mut NutritionWeek);
    let changes: [(Change, &str); 7] = [
        (|week| week.days.swap(0, 1), "date"),
        (|week| week.days.truncate(6), "week"),
        (|week| week.shopping[0].grams += 5.0, "shopping"),
        (|week| week.variety.fish_meals = 9, "variety"),
        (|week| week.notes.push("All is well.".to_owned()), "notes"),
        (|week| week.days[3].meals[0].foods[0].grams = 900.0, "portion"),
        (|week| week.start = week.start.tomorrow().unwrap(), "week"),
    ];
    for (change, expected) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        let found = validate_week(&bad, &evidence, &wishes);
        assert!(found.iter().any(|violation| violation.rule == expected), "{expected}: {found:?}");
    }
}

/// The 33 real people as every archetype and with every diet: valid, and none refused.
#[test]
fn real_people_get_valid_days_in_every_diet() {
    let mut plans = 0;
    for (id, data) in real::people() {
        for archetype in Archetype::ALL {
            let evidence = real::evidence(&data, archetype);
            for kind in DIETS {
                let wishes = diet(kind);
                let plan =
                    plan(&evidence, &wishes).unwrap_or_else(|refusal| panic!("{id} {kind:?}: {refusal:?}"));
                assert_eq!(validate(&plan, &evidence, &wishes), vec![], "{id} {archetype:?} {kind:?}");
                plans += 1;
            }
        }
    }
    assert_eq!(plans, 33 * 6 * 9);
}

#[test]
fn real_people_get_valid_weeks() {
    for (i, (id, data)) in real::people().into_iter().enumerate() {
        let evidence = real::evidence(&data, Archetype::ALL[i % 6]);
        for kind in [Diet::Omnivore, DIETS[1 + i % 8]] {
            let wishes = diet(kind);
            let week = plan_week(&evidence, &wishes).unwrap();
            assert_eq!(validate_week(&week, &evidence, &wishes), vec![], "{id} {kind:?}");
            assert!(week.notes.is_empty(), "{id} {kind:?} {:?} {:?}", week.notes, week.variety);
        }
    }
}

/// The same input gives the same plan; another day or archetype gives another.
#[test]
fn plans_are_stable_and_change() {
    let wishes = NutritionWishes::default();
    let (mut compared, mut same_tomorrow, mut same_as_another) = (0, 0, 0);
    for data in real::people().values() {
        let [one, other] = [Archetype::TransformationSeeker, Archetype::ConnectedExplorer]
            .map(|archetype| real::evidence(data, archetype));
        let today = plan(&one, &wishes).unwrap();
        assert_eq!(plan(&one.clone(), &wishes).unwrap(), today);
        let mut tomorrow = one.clone();
        tomorrow.today = one.today.tomorrow().unwrap();
        compared += 1;
        same_tomorrow += u32::from(same_day(&today, &plan(&tomorrow, &wishes).unwrap()));
        same_as_another += u32::from(same_day(&today, &plan(&other, &wishes).unwrap()));
    }
    assert_eq!((compared, same_tomorrow, same_as_another), (33, 0, 0));
}
