//! Which foods make a day: meals of a style, each a few roles to fill. Main meals follow the week's rota, the others are
//! filled by a draw among what is allowed.
//!
//! A later attempt draws again: first what stands beside the proteins, then these, too; the last ones prefer foods rich in
//! protein, for people whose diet leaves little choice.

use domain::profile::Diet;

use super::allergy;
use super::diet::{self, may_share_a_meal};
use super::food::{Food, Role, Style, table};
use super::rota::{Kind, Rota};
use crate::draw;

/// A meal before portions.
#[derive(Clone, Debug)]
pub(crate) struct Dish {
    pub name: &'static str,
    /// Of the day's energy, 0–1.
    pub share: f64,
    pub foods: Vec<&'static Food>,
}

/// How foods may be chosen for one person.
pub(crate) struct Choice<'a> {
    pub diet: Diet,
    pub allowed: &'a [&'static Food],
    /// Lower-case words of foods left out where possible.
    pub dislikes: &'a [String],
    pub seed: u64,
    /// For breakfast, which some people want the same for a week.
    pub breakfast_seed: u64,
    /// Whether breakfast is that of the whole week.
    pub same_breakfast: bool,
    /// How much a seldom food is held back, per cent of the usual.
    pub habit: u64,
}

impl Choice<'_> {
    pub(super) fn dislikes(&self, food: &Food) -> bool {
        allergy::dislikes(self.dislikes, food)
    }

    /// How far a draw of 0–99 puts a seldom food back.
    pub(super) fn seldom(&self, food: &Food) -> u64 {
        [0, 40, 85, 1000][usize::from(food.rank.clamp(1, 4) - 1)] * self.habit / 100
    }
}

pub(crate) const ATTEMPTS: u64 = 48;
/// Up to this attempt a week's breakfast stays the same.
const STEADY: u64 = 12;
/// Up to this attempt the proteins of main meals are those of the week's rota.
const STEADY_MAINS: u64 = 24;
/// From this attempt on, protein decides the proteins of main meals.
const RICHEST_FROM: u64 = 40;

/// Whether protein decides what stands beside them, instead of the draw.
fn rich(attempt: u64) -> bool {
    (STEADY..STEADY_MAINS).contains(&attempt) || attempt >= 32
}

/// The day's meals for one attempt. `None` when a main role cannot be filled at all.
pub(crate) fn draw_day(choice: &Choice<'_>, rota: &Rota, meals: u32, attempt: u64) -> Option<Vec<Dish>> {
    let morning = if choice.same_breakfast && attempt < STEADY { 0 } else { attempt };
    let breakfast = if draw::number(choice.breakfast_seed, &format!("style {morning}")) % 5 < 3 {
        [Style::Bowl, Style::Plate]
    } else {
        [Style::Plate, Style::Bowl]
    };
    let mut used: Vec<&'static Food> = Vec::new();
    let mut day: Vec<Option<Dish>> = vec![None; pattern(meals).len()];
    // Main meals first: what the rota gives them, no snack may take. Only a breakfast that is to stay the same all week
    // looks at no other meal.
    let mut order: Vec<usize> = (0..day.len()).collect();
    order.sort_by_key(|at| match pattern(meals)[*at].2 {
        Course::Breakfast if choice.same_breakfast => 0,
        Course::Main => 1,
        _ => 2,
    });
    let mut mains = 0;
    for at in order {
        let (name, share, kind) = pattern(meals)[at];
        let foods = match kind {
            Course::Breakfast => {
                breakfast.iter().find_map(|style| fill(choice, name, *style, morning, &used))?
            }
            Course::Main => {
                mains += 1;
                main(choice, rota, mains - 1, name, attempt, &used)?
            }
            Course::Snack => fill(choice, name, Style::Snack, attempt, &used)?,
        };
        used.extend(&foods);
        day[at] = Some(Dish { name, share, foods });
    }
    day.into_iter().collect()
}

/// The styles of the meal of this name, for what may take a food's place in it.
pub(crate) fn styles(meal: &str) -> &'static [Style] {
    match meal {
        "Breakfast" => &[Style::Bowl, Style::Plate],
        "Lunch" | "Dinner" => &[Style::Main],
        _ => &[Style::Snack],
    }
}

/// The names of a day's meals, in order.
pub(crate) fn meal_names(meals: u32) -> Vec<&'static str> {
    pattern(meals).iter().map(|(name, ..)| *name).collect()
}

/// The part of the day's energy, 0–1, of the meal at this place.
pub(crate) fn share(meals: u32, at: usize) -> f64 {
    pattern(meals).get(at).map_or(0.0, |(_, share, _)| *share)
}

/// Lunch or dinner of the rota: a protein, a starch, two vegetables and a fat.
fn main(
    choice: &Choice<'_>,
    rota: &Rota,
    meal: usize,
    name: &str,
    attempt: u64,
    used: &[&'static Food],
) -> Option<Vec<&'static Food>> {
    let turn = attempt as usize;
    let rich = rich(attempt);
    let mut foods: Vec<&'static Food> = Vec::new();
    let take = |candidates: Vec<&'static Food>, foods: &mut Vec<&'static Food>| -> Option<()> {
        let may = |food: &&'static Food| {
            foods.iter().all(|here| here.name != food.name && may_share_a_meal(choice.diet, food, here))
        };
        let fresh = |food: &&'static Food| used.iter().all(|other| other.name != food.name);
        let found = candidates.iter().copied().filter(may).find(fresh);
        foods.push(found.or_else(|| candidates.iter().copied().find(may))?);
        Some(())
    };
    // Breakfast and snacks become rich first, the rota's own proteins give way last.
    let mut protein = if attempt >= RICHEST_FROM { rota.rich(meal, turn) } else { Vec::new() };
    protein.extend(rota.proteins(meal, turn, STEADY_MAINS as usize));
    // Whatever breakfast had: a food that is put off would come too often later in the week.
    foods.push(*protein.first()?);
    let starch = if rich {
        pick(choice, &format!("{name} starch {attempt}"), Style::Main, Role::Starch, attempt, &foods, used)
            .into_iter()
            .collect()
    } else {
        rota.starches(meal, turn)
    };
    take(starch, &mut foods)?;
    take(rota.vegetables(meal, 0, turn), &mut foods)?;
    // One vegetable can do where allergies leave no second.
    let _ = take(rota.vegetables(meal, 1, turn), &mut foods);
    let fat = pick(choice, &format!("{name} fat {attempt}"), Style::Main, Role::Fat, attempt, &foods, used);
    foods.extend(fat);
    Some(foods)
}

#[derive(Clone, Copy, PartialEq)]
enum Course {
    Breakfast,
    Main,
    Snack,
}

fn pattern(meals: u32) -> &'static [(&'static str, f64, Course)] {
    match meals {
        3 => &[
            ("Breakfast", 0.30, Course::Breakfast),
            ("Lunch", 0.36, Course::Main),
            ("Dinner", 0.34, Course::Main),
        ],
        4 => &[
            ("Breakfast", 0.26, Course::Breakfast),
            ("Lunch", 0.31, Course::Main),
            ("Afternoon snack", 0.13, Course::Snack),
            ("Dinner", 0.30, Course::Main),
        ],
        _ => &[
            ("Breakfast", 0.24, Course::Breakfast),
            ("Morning snack", 0.11, Course::Snack),
            ("Lunch", 0.28, Course::Main),
            ("Afternoon snack", 0.11, Course::Snack),
            ("Dinner", 0.26, Course::Main),
        ],
    }
}

/// The roles of a breakfast or snack, and those without which it is no meal. A breakfast can do without a protein food
/// where diet and allergies leave none; the day's protein must still be met.
fn roles(style: Style) -> (&'static [Role], &'static [Role]) {
    use Role::{Fat, Fruit, Protein, Starch, Vegetable};
    match style {
        Style::Bowl => (&[Protein, Starch, Fruit, Fat], &[Starch]),
        Style::Plate | Style::Main => (&[Protein, Starch, Vegetable, Fat, Fruit], &[Starch]),
        Style::Snack => (&[Fruit, Protein, Fat], &[]),
    }
}

fn fill(
    choice: &Choice<'_>,
    meal: &str,
    style: Style,
    attempt: u64,
    used: &[&'static Food],
) -> Option<Vec<&'static Food>> {
    let (roles, needed) = roles(style);
    let mut foods: Vec<&'static Food> = Vec::new();
    for (i, role) in roles.iter().enumerate() {
        // A snack is fruit and one thing beside it, mostly nuts or seeds.
        if style == Style::Snack && foods.len() == 2 {
            break;
        }
        let beside = draw::number(choice.seed, &format!("{meal} {attempt} beside")) % 3;
        if style == Style::Snack && *role == Role::Protein && beside != 0 && !rich(attempt) {
            continue;
        }
        match pick(choice, &format!("{meal} {i} {attempt}"), style, *role, attempt, &foods, used) {
            Some(food) => foods.push(food),
            None if needed.contains(role) => return None,
            None => {}
        }
    }
    (!foods.is_empty()).then_some(foods)
}

fn pick(
    choice: &Choice<'_>,
    slot: &str,
    style: Style,
    role: Role,
    attempt: u64,
    here: &[&'static Food],
    used: &[&'static Food],
) -> Option<&'static Food> {
    let breakfast = matches!(style, Style::Bowl | Style::Plate);
    let seed = draw::number(if breakfast { choice.breakfast_seed } else { choice.seed }, slot);
    let rank = |food: &&&'static Food| {
        // Once a day is enough for most foods; oil and such may come back.
        let again = used.iter().any(|other| other.name == food.name);
        let rich = rich(attempt) && matches!(role, Role::Protein | Role::Starch | Role::Fat);
        let chance = draw::number(seed, &food.name) % 100;
        // The share of energy that is not protein, loosely: the smaller, the sooner.
        let by_protein = if rich {
            (100.0 - 400.0 * food.protein() / food.kcal()).max(0.0) as u64 + chance / 4
        } else {
            0
        };
        // Red meat has its own days.
        let red = style == Style::Main && Kind::of(food) == Kind::RedMeat;
        let by_habit = chance + choice.seldom(food);
        (choice.dislikes(food), again || red, if rich { by_protein } else { by_habit }, &food.name)
    };
    choice
        .allowed
        .iter()
        .filter(|food| food.role == role && food.suits(style))
        .filter(|food| {
            here.iter().all(|other| other.name != food.name && may_share_a_meal(choice.diet, food, other))
        })
        .min_by_key(rank)
        .copied()
}

/// Every food a person may get.
pub(crate) fn allowed(diet: Diet, forbids: impl Fn(&Food) -> bool) -> Vec<&'static Food> {
    table().iter().filter(|food| diet::fits(food, diet) && !forbids(food)).collect()
}
