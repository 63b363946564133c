//! One day of meals: dishes are drawn until their grams can be set within all limits.

use domain::archetype::Archetype;
use jiff::civil::Date;

use super::food::Food;
use super::menu::{self, Choice, Dish};
use super::nutrient::Amounts;
use super::portion::{Item, PORTION_COST, Programme};
use super::refusal::{self, Failure};
use super::rota::Rota;
use super::target::Need;
use super::{
    Meal, Micronutrient, Nutrients, NutritionPlan, NutritionRefusal, Order, Portion, diet, shopping, swap,
    told,
};
use crate::draw;
use crate::evidence::Evidence;

/// The plan for `date`, whatever day the evidence was taken on.
pub(super) fn plan(
    evidence: &Evidence,
    order: &Order,
    need: &Need,
    date: Date,
) -> Result<NutritionPlan, NutritionRefusal> {
    let archetype = evidence.archetype;
    let meals = meals(order, need, archetype, date, 0..menu::ATTEMPTS)
        .map_err(|failure| refusal::explain(failure, order, need, archetype, date))?;
    let day = amounts(&meals);
    Ok(NutritionPlan {
        date,
        diet: order.diet,
        goal: evidence.profile.goal,
        totals: Nutrients::of(&day),
        micronutrients: Micronutrient::of(&day, &need.goals),
        swaps: swap::swaps(&meals, order, need),
        targets: need.targets.clone(),
        shopping: shopping::list(&meals),
        meals,
        allergies: order.allergies.clone(),
        unmatched_allergies: order.exclusions.unmatched.clone(),
        assumptions: need.assumptions.clone(),
        notes: notes(order, need),
        memories: told::used(&order.told, order.wished),
    })
}

/// The first draw among `attempts` whose grams keep every limit.
pub(super) fn meals(
    order: &Order,
    need: &Need,
    archetype: Archetype,
    date: Date,
    attempts: impl IntoIterator<Item = u64>,
) -> Result<Vec<Meal>, Failure> {
    let mut drawn = false;
    for dishes in draws(order, archetype, date, attempts) {
        drawn = true;
        if let Some(grams) = programme(&dishes, need).solve() {
            let mut grams = grams.into_iter();
            return Ok(dishes.iter().map(|dish| meal(dish, &mut grams)).collect());
        }
    }
    Err(if drawn { Failure::Limits } else { Failure::Foods })
}

/// The day's dishes of each attempt that has a full day.
pub(super) fn draws(
    order: &Order,
    archetype: Archetype,
    date: Date,
    attempts: impl IntoIterator<Item = u64>,
) -> impl Iterator<Item = Vec<Dish>> {
    let same_breakfast = matches!(archetype, Archetype::FoundationBuilder | Archetype::SystematicImprover);
    let morning = if same_breakfast {
        let week = date.iso_week_date();
        format!("{}-W{}", week.year(), week.week())
    } else {
        date.to_string()
    };
    let seed = draw::seed(&[&date.to_string(), archetype.name(), "nutrition"]);
    let breakfast_seed = draw::seed(&[&morning, archetype.name(), "breakfast"]);
    let habit = match archetype {
        Archetype::FoundationBuilder => 250,
        Archetype::ConnectedExplorer => 40,
        _ => 100,
    };
    let mut rota = None;
    attempts.into_iter().filter_map(move |attempt| {
        let choice = Choice {
            diet: order.diet,
            allowed: &order.allowed,
            dislikes: &order.dislikes,
            seed,
            breakfast_seed,
            same_breakfast,
            habit,
        };
        let rota = rota.get_or_insert_with(|| Rota::of(&choice, date, archetype));
        menu::draw_day(&choice, rota, order.meals, attempt)
    })
}

pub(super) fn programme<'a>(dishes: &[Dish], need: &'a Need) -> Programme<'a> {
    let item =
        |meal: usize| move |food: &&'static Food| Item { food, meal, near: food.usual_g, cost: PORTION_COST };
    Programme {
        need,
        items: dishes.iter().enumerate().flat_map(|(at, dish)| dish.foods.iter().map(item(at))).collect(),
        fixed: Amounts::default(),
        meals: dishes.iter().map(|dish| dish.share * need.targets.energy_kcal).collect(),
    }
}

fn meal(dish: &Dish, grams: &mut impl Iterator<Item = f64>) -> Meal {
    let portions: Vec<(&Food, f64)> = dish.foods.iter().copied().zip(grams).collect();
    of_portions(dish.name, &portions)
}

/// A meal of these grams, in this order.
pub(super) fn of_portions(name: &str, portions: &[(&Food, f64)]) -> Meal {
    let foods = portions.iter().map(|(food, grams)| Portion {
        food: food.name.clone(),
        role: food.role,
        grams: *grams,
        nutrients: Nutrients::of(&food.per_100.of_grams(*grams)),
        source: food.source.clone(),
    });
    Meal {
        name: name.to_owned(),
        title: title(&portions.iter().map(|(food, _)| *food).collect::<Vec<_>>()),
        foods: foods.collect(),
        totals: Nutrients::of(&portions.iter().map(|(food, grams)| food.per_100.of_grams(*grams)).sum()),
    }
}

/// What the portions hold by the table, whatever the plan says.
pub(super) fn amounts<'a>(meals: impl IntoIterator<Item = &'a Meal>) -> Amounts {
    let portions = meals.into_iter().flat_map(|meal| &meal.foods);
    let known = portions
        .filter_map(|portion| Some(super::food::by_name(&portion.food)?.per_100.of_grams(portion.grams)));
    known.sum()
}

/// What the person must read; a model may add to it, never take away.
pub(super) fn notes(order: &Order, need: &Need) -> Vec<String> {
    let mut notes = need.notes.clone();
    if !order.allergies.is_empty() {
        notes.push("Read the label of every packaged food: traces are not in our table.".to_owned());
    }
    for word in &order.exclusions.unmatched {
        let word =
            if crate::wording::oversteps(word) { "one of your words" } else { &format!("“{word}”") };
        notes.push(format!(
            "We do not know all of {word} as an allergen: check every food of this plan for it yourself."
        ));
    }
    for diet in std::iter::once(order.diet).chain(order.also.iter().copied()) {
        notes.extend(diet::note(diet).map(str::to_owned));
    }
    notes.extend(told::notes(&order.told, order.wished));
    notes
}

/// `Salmon with potatoes, green beans and olive oil`: what fills first, then the rest.
fn title(foods: &[&Food]) -> String {
    const PROPER: [&str; 4] = ["Greek", "Brussels", "Swiss", "Lima"];
    let names: Vec<String> = foods
        .iter()
        .enumerate()
        .map(|(i, food)| {
            let name = &food.name;
            if i == 0 || PROPER.iter().any(|proper| name.starts_with(proper)) {
                name.clone()
            } else {
                name[..1].to_lowercase() + &name[1..]
            }
        })
        .collect();
    match names.as_slice() {
        [only] => only.clone(),
        [first, second] => format!("{first} with {second}"),
        [first, middle @ .., last] => format!("{first} with {} and {last}", middle.join(", ")),
        [] => String::new(),
    }
}
