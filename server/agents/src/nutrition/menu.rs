//! Which foods make a day: meals of a style, each a few roles to fill, filled by a draw among what is allowed.
//!
//! A later attempt draws again; the last ones prefer foods rich in protein, for people whose diet leaves little choice.

use domain::profile::Diet;

use super::food::{Food, Role, Style, may_share_a_meal, table};
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
    /// How much a seldom food is held back, per cent of the usual.
    pub habit: u64,
}

pub(crate) const ATTEMPTS: u64 = 48;
/// From this attempt on, protein decides instead of the draw.
const RICH_FROM: u64 = 32;

/// The day's meals for one attempt. `None` when a main role cannot be filled at all.
pub(crate) fn draw_day(choice: &Choice<'_>, meals: u32, attempt: u64) -> Option<Vec<Dish>> {
    let breakfast = if draw::number(choice.breakfast_seed, &format!("style {attempt}")) % 5 < 3 {
        [Style::Bowl, Style::Plate]
    } else {
        [Style::Plate, Style::Bowl]
    };
    let mut used: Vec<&'static Food> = Vec::new();
    let mut day = Vec::new();
    for &(name, share, kind) in pattern(meals) {
        let styles: &[Style] = match kind {
            Kind::Breakfast => &breakfast,
            Kind::Main => &[Style::Main],
            Kind::Snack => &[Style::Snack],
        };
        let foods = styles.iter().find_map(|style| fill(choice, name, *style, attempt, &used))?;
        used.extend(&foods);
        day.push(Dish { name, share, foods });
    }
    Some(day)
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

#[derive(Clone, Copy)]
enum Kind {
    Breakfast,
    Main,
    Snack,
}

fn pattern(meals: u32) -> &'static [(&'static str, f64, Kind)] {
    match meals {
        3 => {
            &[("Breakfast", 0.30, Kind::Breakfast), ("Lunch", 0.36, Kind::Main), ("Dinner", 0.34, Kind::Main)]
        }
        4 => &[
            ("Breakfast", 0.26, Kind::Breakfast),
            ("Lunch", 0.31, Kind::Main),
            ("Afternoon snack", 0.13, Kind::Snack),
            ("Dinner", 0.30, Kind::Main),
        ],
        _ => &[
            ("Breakfast", 0.24, Kind::Breakfast),
            ("Morning snack", 0.11, Kind::Snack),
            ("Lunch", 0.28, Kind::Main),
            ("Afternoon snack", 0.11, Kind::Snack),
            ("Dinner", 0.26, Kind::Main),
        ],
    }
}

/// The roles of a style, and those without which it is no meal. A breakfast can do without a protein food where diet and
/// allergies leave none; the day's protein must still be met.
fn roles(style: Style) -> (&'static [Role], &'static [Role]) {
    use Role::{Fat, Fruit, Protein, Starch, Vegetable};
    match style {
        Style::Bowl => (&[Protein, Starch, Fruit, Fat], &[Starch]),
        Style::Plate => (&[Protein, Starch, Vegetable, Fat, Fruit], &[Starch]),
        Style::Main => (&[Protein, Starch, Vegetable, Vegetable, Fat], &[Protein, Starch, Vegetable]),
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
        if style == Style::Snack && *role == Role::Protein && beside != 0 && attempt < RICH_FROM / 2 {
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
        let disliked = choice.dislikes.iter().any(|word| food.name.to_lowercase().contains(word.as_str()));
        // Once a day is enough for most foods; oil and such may come back.
        let again = used.iter().any(|other| other.name == food.name);
        let rich = attempt >= RICH_FROM && matches!(role, Role::Protein | Role::Starch | Role::Fat);
        let chance = draw::number(seed, &food.name) % 100;
        // The share of energy that is not protein, loosely: the smaller, the sooner.
        let by_protein =
            if rich { (100.0 - 400.0 * food.protein / food.kcal).max(0.0) as u64 + chance / 4 } else { 0 };
        let by_habit =
            chance + [0, 40, 85, 1000][usize::from(food.rank.clamp(1, 4) - 1)] * choice.habit / 100;
        (disliked, again, if rich { by_protein } else { by_habit }, &food.name)
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
    table().iter().filter(|food| food.fits_diet(diet) && !forbids(food)).collect()
}
