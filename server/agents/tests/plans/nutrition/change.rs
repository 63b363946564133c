//! Swaps that are carried out, and weeks that go on after what was given: the day keeps every limit, and no allergy is forgotten.

use agents::nutrition::{
    NutritionPlan, NutritionWishes, SwapChoice, SwapError, continue_week, plan, plan_week, swap_food,
    validate_changed, validate_continued,
};
use domain::archetype::Archetype;
use jiff::ToSpan;

use super::{DIETS, diet};
use crate::people::person;
use crate::real;

fn choice(food: Option<&str>, instead: Option<&str>) -> SwapChoice {
    SwapChoice { food: food.map(str::to_owned), instead: instead.map(str::to_owned) }
}

fn holds(plan: &NutritionPlan, meal: &str, food: &str) -> bool {
    let meal = plan.meals.iter().find(|one| one.name == meal).unwrap();
    meal.foods.iter().any(|portion| portion.food == food)
}

#[test]
fn every_offered_swap_of_real_people_can_be_carried_out() {
    let mut carried = 0;
    for (i, (id, data)) in real::people().into_iter().enumerate() {
        let evidence = real::evidence(&data, Archetype::ALL[i % 6]);
        let wishes = diet(DIETS[i % DIETS.len()]);
        let given = plan(&evidence, &wishes).unwrap();
        // Later that day: a heavier scale and fewer steps move the targets of a new plan, not of the given one.
        let mut later = evidence.clone();
        later.profile.weight_kg = later.profile.weight_kg.map(|kg| kg + 6.0);
        for day in &mut later.days {
            day.steps = day.steps.map(|steps| steps / 3.0);
        }
        let mut now = given.clone();
        for offer in &given.swaps {
            // Not every swap of before is left once another was taken.
            let asked = choice(Some(&offer.food), Some(&offer.instead));
            let Ok(next) = swap_food(&now, &offer.meal, &asked, &later, &wishes) else { continue };
            assert_eq!(validate_changed(&next, &now, &later, &wishes), vec![], "{id} {offer:?}");
            assert!(holds(&next, &offer.meal, &offer.instead) && !holds(&next, &offer.meal, &offer.food));
            assert!(next.targets == given.targets && next.meals.len() == given.meals.len());
            now = next;
            carried += 1;
        }
    }
    println!("{carried} swaps carried out");
    assert!(carried > 100, "{carried}");
}

#[test]
fn a_week_goes_on_after_what_was_given() {
    for (i, archetype) in Archetype::ALL.into_iter().enumerate() {
        let (evidence, wishes) = (person(archetype), NutritionWishes::default());
        let given = plan(&evidence, &wishes).unwrap();
        assert_eq!(
            continue_week(&given, 0, &evidence, &wishes).unwrap(),
            plan_week(&evidence, &wishes).unwrap()
        );
        let offer = given.swaps[i % given.swaps.len()].clone();
        let asked = choice(Some(&offer.food), None);
        let changed = swap_food(&given, &offer.meal, &asked, &evidence, &wishes).unwrap();
        for first in [0, 1, 6] {
            let week = continue_week(&changed, first, &evidence, &wishes).unwrap();
            assert_eq!(validate_continued(&week, (&changed, first), &evidence, &wishes), vec![]);
            assert_eq!(week.start, evidence.today.checked_add(i32::from(first).days()).unwrap());
            assert_eq!(week.days[0] == changed, first == 0);
            let eaten: f64 = week
                .days
                .iter()
                .flat_map(|day| &day.meals)
                .flat_map(|meal| &meal.foods)
                .map(|portion| portion.grams)
                .sum();
            let listed: f64 = week.shopping.iter().map(|item| item.grams).sum();
            assert!((eaten - listed).abs() < 1e-6, "what is bought is what is eaten, with the swap");
        }
        let week = continue_week(&given, 0, &evidence, &wishes).unwrap();
        let found = validate_continued(&week, (&changed, 0), &evidence, &wishes);
        assert!(found.iter().any(|violation| violation.rule == "today"), "{found:?}");
    }
}

#[test]
fn what_cannot_be_had_says_why() {
    let (evidence, wishes) = (person(Archetype::FoundationBuilder), NutritionWishes::default());
    let given = plan(&evidence, &wishes).unwrap();
    let offer = given.swaps[0].clone();
    let ask = |plan: &NutritionPlan, meal: &str, choice: SwapChoice| {
        swap_food(plan, meal, &choice, &evidence, &wishes).map(|_| ())
    };
    assert_eq!(ask(&given, "Supper", SwapChoice::default()), Err(SwapError::NoSuchMeal));
    assert_eq!(ask(&given, &offer.meal, choice(Some("Gravel"), None)), Err(SwapError::NoSuchFood));
    assert_eq!(ask(&given, &offer.meal, choice(None, Some("Gravel"))), Err(SwapError::NotOffered));
    let bare = NutritionPlan { swaps: Vec::new(), ..given.clone() };
    assert_eq!(ask(&bare, &offer.meal, SwapChoice::default()), Err(SwapError::NoSwap));
    assert_eq!(ask(&given, &offer.meal, SwapChoice::default()), Ok(()));
    // An allergy that is told after the plan was given: nothing of it passes any more.
    let mut allergic = evidence.clone();
    allergic.profile.allergies = vec![given.meals[0].foods[0].food.clone()];
    let found = validate_changed(&given, &given, &allergic, &wishes);
    assert!(found.iter().any(|violation| violation.rule == "allergen"), "{found:?}");
}
