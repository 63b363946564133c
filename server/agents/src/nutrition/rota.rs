//! Which main foods a week has, and on which of its days: so that a day can be planned alone and still fit its week.
//!
//! A pattern of seven days says what kind of protein each lunch and dinner has. Kinds come back on the same weekday, so
//! any seven days in a row hold each of them as often: fish at least twice, as the Dietary Guidelines for Americans
//! (2020, 8 ounces of seafood a week) and Rimm et al. (Circulation 2018;138:e35, one to two meals) have it; red meat twice,
//! below the three portions of WCRF/AICR (2018). Within a kind the foods of a calendar week are drawn without repeating, so
//! that no seven days hold one more than twice, as long as the person may eat enough of them.

use domain::archetype::Archetype;
use jiff::civil::Date;

use super::food::{Food, Origin, Role, Style};
use super::menu::Choice;
use crate::draw;

/// Kinds of protein, as far as a week should vary them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plant,
    Poultry,
    Fish,
    EggOrDairy,
    RedMeat,
}

use Kind::{EggOrDairy, Fish, Plant, Poultry, RedMeat};

impl Kind {
    const ALL: [Self; 5] = [Plant, Poultry, Fish, EggOrDairy, RedMeat];

    pub(crate) fn of(food: &Food) -> Self {
        match food.origin {
            Origin::Plant => Plant,
            Origin::Poultry => Poultry,
            Origin::Fish | Origin::Shellfish => Fish,
            Origin::Egg | Origin::Dairy => EggOrDairy,
            Origin::Beef | Origin::Lamb | Origin::Pork => RedMeat,
        }
    }
}

/// Lunch and dinner of seven days.
const WEEK: [Kind; 14] = [
    Plant, Poultry, Fish, Plant, Poultry, RedMeat, Plant, Fish, EggOrDairy, Poultry, Plant, Plant, Fish,
    RedMeat,
];

/// The foods of one calendar week (from Monday) in the order in which its meals take them.
pub(crate) struct Rota {
    kinds: [Kind; 14],
    proteins: [Vec<&'static Food>; 5],
    starches: Vec<&'static Food>,
    vegetables: Vec<&'static Food>,
    /// The proteins with most protein for their energy, of any kind.
    rich: Vec<&'static Food>,
    /// Of the day, counted in the pattern.
    day: usize,
}

impl Rota {
    pub(crate) fn of(choice: &Choice<'_>, date: Date, archetype: Archetype) -> Self {
        let week = date.iso_week_date();
        let seed = draw::seed(&[&format!("{}-W{}", week.year(), week.week()), archetype.name(), "mains"]);
        let order = |role: Role, kind: Option<Kind>| {
            let fits = |food: &&&'static Food| {
                food.role == role && food.suits(Style::Main) && kind.is_none_or(|kind| Kind::of(food) == kind)
            };
            let mut foods: Vec<&'static Food> = choice.allowed.iter().filter(fits).copied().collect();
            let liked: Vec<&'static Food> =
                foods.iter().filter(|food| !choice.dislikes(food)).copied().collect();
            if !liked.is_empty() {
                foods = liked;
            }
            foods.sort_by_cached_key(|food| {
                (draw::number(seed, &food.name) % 100 + choice.seldom(food), &food.name)
            });
            foods
        };
        let proteins = Kind::ALL.map(|kind| order(Role::Protein, Some(kind)));
        let mut rich: Vec<&'static Food> = proteins[..RedMeat as usize].iter().flatten().copied().collect();
        rich.sort_by(|a, b| (b.protein() / b.kcal()).total_cmp(&(a.protein() / a.kcal())));
        rich.truncate(12);
        rich.sort_by_cached_key(|food| draw::number(seed, &food.name));
        // How many different ones a week has: few for those who build habits.
        let (starches, vegetables) = match archetype {
            Archetype::FoundationBuilder | Archetype::ResilienceRebuilder => (8, 14),
            Archetype::ConnectedExplorer => (16, 28),
            _ => (12, 20),
        };
        let most = |mut foods: Vec<&'static Food>, count| {
            foods.truncate(count);
            foods
        };
        let shift = draw::seed(&[archetype.name(), "pattern"]) % 7;
        let weekday = i64::from(date.weekday().to_monday_zero_offset());
        Self {
            kinds: assign(&proteins.each_ref().map(Vec::len)),
            proteins,
            rich,
            starches: most(order(Role::Starch, None), starches),
            vegetables: most(order(Role::Vegetable, None), vegetables),
            day: (weekday as usize + shift as usize) % 7,
        }
    }

    /// Proteins for a main meal (0 lunch, 1 dinner), best first. Other ones only from the attempt `steady` on.
    pub(crate) fn proteins(&self, meal: usize, attempt: usize, steady: usize) -> Vec<&'static Food> {
        let slot = 2 * self.day + meal;
        let kind = self.kinds[slot];
        let foods = &self.proteins[kind as usize];
        let turn = self.kinds[..slot].iter().filter(|other| **other == kind).count();
        let turns = self.kinds.iter().filter(|other| **other == kind).count();
        let start = if attempt < steady { turn } else { turn + turns * (attempt - steady + 1) };
        rotated(foods, start)
    }

    /// For days that need much protein for their energy: each meal of the week another one.
    pub(crate) fn rich(&self, meal: usize, attempt: usize) -> Vec<&'static Food> {
        rotated(&self.rich, 2 * self.day + meal + attempt)
    }

    pub(crate) fn starches(&self, meal: usize, attempt: usize) -> Vec<&'static Food> {
        rotated(&self.starches, 2 * self.day + meal + 5 * attempt)
    }

    /// For the first or second vegetable of a main meal.
    pub(crate) fn vegetables(&self, meal: usize, which: usize, attempt: usize) -> Vec<&'static Food> {
        rotated(&self.vegetables, 2 * (2 * self.day + meal) + which + 7 * attempt)
    }
}

fn rotated(foods: &[&'static Food], start: usize) -> Vec<&'static Food> {
    let mut foods = foods.to_vec();
    let count = foods.len();
    if count > 0 {
        foods.rotate_left(start % count);
    }
    foods
}

/// The week's kinds for somebody who may eat so many foods of each. A kind with fewer foods than meals gives the others to
/// the kind with most foods to spare; to red meat only when there is nothing else. Where none has, foods come back.
fn assign(counts: &[usize; 5]) -> [Kind; 14] {
    let mut kinds = WEEK;
    let mut taken = [0_usize; 5];
    for kind in WEEK {
        taken[kind as usize] += 1;
    }
    for kind in &mut kinds {
        let own = *kind as usize;
        if taken[own] <= counts[own] {
            continue;
        }
        let spare = |other: &Kind| counts[*other as usize] as i64 - taken[*other as usize] as i64;
        let left = |other: &Kind| (*other != RedMeat, spare(other));
        // The first of equals: in the order of the list.
        let others = Kind::ALL.into_iter().rev().filter(|other| counts[*other as usize] > 0);
        let Some(best) = others.max_by_key(left) else { continue };
        if counts[own] == 0 || spare(&best) > 0 && best != RedMeat {
            taken[own] -= 1;
            taken[best as usize] += 1;
            *kind = best;
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(kinds: &[Kind], kind: Kind) -> usize {
        kinds.iter().filter(|other| **other == kind).count()
    }

    #[test]
    fn the_pattern_has_enough_fish_and_not_too_much_red_meat() {
        assert!(count(&WEEK, Fish) >= 2 && count(&WEEK, RedMeat) == 2);
        assert_eq!(assign(&[9; 5]), WEEK);
    }

    #[test]
    fn kinds_without_food_give_their_meals_away() {
        let vegan = assign(&[20, 0, 0, 0, 0]);
        assert_eq!(count(&vegan, Plant), 14);
        let pescatarian = assign(&[20, 0, 10, 2, 0]);
        assert_eq!((count(&pescatarian, Poultry), count(&pescatarian, RedMeat)), (0, 0));
        assert!(count(&pescatarian, Fish) >= 3);
        let no_fish = assign(&[20, 4, 0, 2, 8]);
        assert_eq!((count(&no_fish, Fish), count(&no_fish, RedMeat)), (0, 2));
        assert_eq!(count(&assign(&[0, 0, 0, 0, 3]), RedMeat), 14);
    }

    #[test]
    fn few_foods_of_a_kind_come_once_each_as_long_as_others_do() {
        let low_fodmap = assign(&[3, 5, 14, 2, 6]);
        assert_eq!((count(&low_fodmap, Plant), count(&low_fodmap, RedMeat)), (3, 2));
        // Nobody has to spare: it stays as it was.
        assert_eq!(count(&assign(&[2, 3, 3, 1, 2]), Plant), count(&WEEK, Plant));
    }
}
