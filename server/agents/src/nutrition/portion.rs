//! How much of each food: a linear programme over the grams of the day's dishes.
//!
//! Least cost, where cost is distance from usual portions, from the energy of the day and of each meal, and what is missing
//! of protein, fibre, vitamins and minerals. The limits are constraints, held with a margin, so that they still hold after the
//! grams are rounded to a kitchen's steps; what rounding breaks is mended step by step, or the dishes do not fit.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

use super::food::{Food, Role};
use super::nutrient::{Amounts, Nutrient};
use super::target::Need;

/// How far a meal's energy may be from its share of the day, as a part of that share.
pub(crate) const MEAL_TOLERANCE: f64 = 0.40;
/// How much nearer than allowed the programme stays to every bound.
const MARGIN: f64 = 0.02;
/// Of the energy: the programme's own tolerance, within [`super::ENERGY_TOLERANCE`].
const ENERGY: f64 = 0.05;

/// What being off by the whole of it costs.
const ENERGY_COST: f64 = 8.0;
const PROTEIN_COST: f64 = 6.0;
const FIBRE_COST: f64 = 2.0;
/// Of the fibre wanted: more costs like too little.
const MUCH_FIBRE: f64 = 1.6;
const GOAL_COST: f64 = 0.6;
const MEAL_COST: f64 = 1.0;
/// Of a portion at the other end of its range.
pub(super) const PORTION_COST: f64 = 0.25;

/// One food of one meal, whose grams are sought.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub food: &'a Food,
    pub meal: usize,
    /// What to stay near to, grams, and what leaving it costs.
    pub near: f64,
    pub cost: f64,
}

/// What is sought: grams of `items`, beside what is already on the table.
pub(crate) struct Programme<'a> {
    pub need: &'a Need,
    pub items: Vec<Item<'a>>,
    /// Of the day, beside the items.
    pub fixed: Amounts,
    /// Energy that each meal should have, kcal; by the items' `meal`.
    pub meals: Vec<f64>,
}

/// The largest portion of a food in one meal, grams: more for people who need much energy, never more oil than that.
pub(crate) fn most_g(food: &Food, energy_kcal: f64) -> f64 {
    let factor = match food.role {
        Role::Fat | Role::Vegetable => (energy_kcal / 2400.0).clamp(1.0, 1.3),
        Role::Protein | Role::Starch | Role::Fruit => (energy_kcal / 2400.0).clamp(1.0, 1.6),
    };
    (food.max_g * factor / food.step_g()).floor() * food.step_g()
}

/// The smallest portion, grams: for people who need little, three quarters of the usual.
pub(crate) fn least_g(food: &Food, energy_kcal: f64) -> f64 {
    let factor = (energy_kcal / 1800.0).clamp(0.6, 1.0);
    (food.min_g * factor / food.step_g()).ceil() * food.step_g()
}

/// A portion as a variable: its usual grams, and how much more or less.
struct Portion {
    near: f64,
    more: Variable,
    less: Variable,
}

impl Programme<'_> {
    /// Grams per item with which every limit holds. `None`: there are none with these foods.
    pub(crate) fn solve(&self) -> Option<Vec<f64>> {
        if self.hopeless() {
            return None;
        }
        let mut grams = self.optimum()?;
        for (grams, item) in grams.iter_mut().zip(&self.items) {
            let (least, most) = self.range(item);
            *grams = ((*grams / item.food.step_g()).round() * item.food.step_g()).clamp(least, most);
        }
        self.mend(&mut grams).then_some(grams)
    }

    fn energy(&self) -> f64 {
        self.need.targets.energy_kcal
    }

    fn range(&self, item: &Item<'_>) -> (f64, f64) {
        (least_g(item.food, self.energy()), most_g(item.food, self.energy()))
    }

    /// Whether some limit is out of reach whatever the grams: cheap to see, and what most misfits fail by.
    fn hopeless(&self) -> bool {
        let of = |end: fn((f64, f64)) -> f64| {
            let sum: Amounts =
                self.items.iter().map(|item| item.food.per_100.of_grams(end(self.range(item)))).sum();
            let mut sum = sum;
            sum += self.fixed;
            sum
        };
        let (least, most) = (of(|range| range.0), of(|range| range.1));
        self.need.targets.limits.iter().any(|limit| {
            limit.least.is_some_and(|bound| most[limit.nutrient] < bound)
                || limit.most.is_some_and(|bound| least[limit.nutrient] > bound)
        })
    }

    fn optimum(&self) -> Option<Vec<f64>> {
        let mut vars = ProblemVariables::new();
        let mut cost = Expression::from(0.0);
        let portions: Vec<Portion> = self
            .items
            .iter()
            .map(|item| {
                let (least, most) = self.range(item);
                let near = item.near.clamp(least, most);
                let more = vars.add(variable().min(0.0).max(most - near));
                let less = vars.add(variable().min(0.0).max(near - least));
                for side in [more, less] {
                    cost.add_mul(item.cost / (most - least).max(1.0), side);
                }
                Portion { near, more, less }
            })
            .collect();
        // In shares of `unit`, so that every row is about as large as the next.
        let sum = |nutrient: Nutrient, unit: f64, meal: Option<usize>| {
            let mut constant = if meal.is_none() { self.fixed[nutrient] } else { 0.0 };
            let mut expression = Expression::with_capacity(2 * self.items.len());
            for (item, portion) in self.items.iter().zip(&portions) {
                let per_gram = item.food.per_100[nutrient] / 100.0;
                if per_gram == 0.0 || meal.is_some_and(|meal| meal != item.meal) {
                    continue;
                }
                constant += per_gram * portion.near;
                expression.add_mul(per_gram / unit, portion.more);
                expression.add_mul(-per_gram / unit, portion.less);
            }
            (expression, constant / unit)
        };
        let mut rows = Vec::new();
        // Energy both ways, of the day and of each meal; what is left free is bounded.
        let mut both = |vars: &mut ProblemVariables, cost: &mut Expression, row, tolerance, weight| {
            let (mut expression, constant): (Expression, f64) = row;
            let over = vars.add(variable().min(0.0).max(tolerance));
            let under = vars.add(variable().min(0.0).max(tolerance));
            expression.add_mul(-1.0, over);
            expression.add_mul(1.0, under);
            for side in [over, under] {
                cost.add_mul(weight, side);
            }
            rows.push(constraint!(expression == 1.0 - constant));
        };
        both(&mut vars, &mut cost, sum(Nutrient::Energy, self.energy(), None), ENERGY, ENERGY_COST);
        for (meal, share) in self.meals.iter().enumerate() {
            let row = sum(Nutrient::Energy, *share, Some(meal));
            both(&mut vars, &mut cost, row, MEAL_TOLERANCE - MARGIN, MEAL_COST);
        }
        // What should be reached, and what missing it costs.
        let targets = &self.need.targets;
        let wanted = [
            (Nutrient::Protein, targets.protein_g, PROTEIN_COST),
            (Nutrient::Fibre, targets.fibre_g, FIBRE_COST),
        ];
        let goals = self.need.goals.iter().map(|(nutrient, goal)| (*nutrient, *goal, GOAL_COST));
        for (nutrient, goal, weight) in wanted.into_iter().chain(goals) {
            let (mut expression, constant) = sum(nutrient, goal, None);
            let missing = vars.add(variable().min(0.0).max(1.0));
            expression.add_mul(1.0, missing);
            cost.add_mul(weight, missing);
            rows.push(constraint!(expression >= 1.0 - constant));
        }
        // Much more fibre than that is hard on many a bowel.
        let (mut fibre, constant) = sum(Nutrient::Fibre, targets.fibre_g, None);
        let over = vars.add(variable().min(0.0));
        fibre.add_mul(-1.0, over);
        cost.add_mul(FIBRE_COST, over);
        rows.push(constraint!(fibre <= MUCH_FIBRE - constant));
        for limit in &targets.limits {
            if limit.nutrient == Nutrient::Energy {
                continue;
            }
            if let Some(least) = limit.least {
                let (expression, constant) = sum(limit.nutrient, least, None);
                rows.push(constraint!(expression >= 1.0 + MARGIN - constant));
            }
            if let Some(most) = limit.most {
                let (expression, constant) = sum(limit.nutrient, most, None);
                rows.push(constraint!(expression <= 1.0 - MARGIN - constant));
            }
        }
        let mut model = vars.minimise(cost).using(microlp);
        for row in rows {
            model.add_constraint(row);
        }
        let solution = model.solve().ok()?;
        let grams = portions.iter().map(|p| p.near + solution.value(p.more) - solution.value(p.less));
        Some(grams.collect())
    }

    /// Single steps while they bring the day nearer to its limits. Whether all of them hold in the end.
    fn mend(&self, grams: &mut [f64]) -> bool {
        for _ in 0..24 {
            let off = self.off(grams);
            if off <= 1e-9 {
                return true;
            }
            let mut best = (off - 1e-9, None);
            for i in 0..grams.len() {
                let (least, most) = self.range(&self.items[i]);
                let (old, step) = (grams[i], self.items[i].food.step_g());
                for new in [old - step, old + step] {
                    if (least..=most).contains(&new) {
                        grams[i] = new;
                        let off = self.off(grams);
                        if off < best.0 {
                            best = (off, Some((i, new)));
                        }
                    }
                }
                grams[i] = old;
            }
            let Some((i, new)) = best.1 else { return false };
            grams[i] = new;
        }
        self.off(grams) <= 1e-9
    }

    /// How far outside its limits the day is.
    fn off(&self, grams: &[f64]) -> f64 {
        let mut day = self.fixed;
        let mut meals = vec![0.0; self.meals.len()];
        for (item, grams) in self.items.iter().zip(grams) {
            let amounts = item.food.per_100.of_grams(*grams);
            meals[item.meal] += amounts[Nutrient::Energy];
            day += amounts;
        }
        let of_day: f64 = self.need.targets.limits.iter().map(|limit| limit.excess(&day)).sum();
        let of_meals = meals
            .iter()
            .zip(&self.meals)
            .map(|(is, share)| ((is - share).abs() / share - MEAL_TOLERANCE).max(0.0));
        of_day + of_meals.sum::<f64>()
    }
}
