//! How much of each food: portions within their bounds that bring the day closest to its targets.
//!
//! Minimises a weighted sum of squared relative deviations (energy and protein first, then fat, carbohydrate, too little
//! fibre, and the share of each meal) over a box: convex, so descent by coordinates finds the optimum. Then
//! the grams are rounded to a kitchen's steps and improved step by step until no single step helps.

use super::food::{Food, Role};
use super::menu::Dish;
use super::target::Targets;

/// Grams per food, in the order of the dishes.
pub(crate) fn solve(dishes: &[Dish], targets: &Targets) -> Vec<Vec<f64>> {
    let mut problem = Problem::new(dishes, targets);
    problem.descend();
    problem.round();
    problem.improve();
    let mut grams = problem.grams.into_iter();
    dishes.iter().map(|dish| grams.by_ref().take(dish.foods.len()).collect()).collect()
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

struct Problem<'a> {
    foods: Vec<(&'a Food, usize)>,
    /// Energy of each meal wanted, kcal.
    shares: Vec<f64>,
    targets: &'a Targets,
    bounds: Vec<(f64, f64)>,
    grams: Vec<f64>,
}

/// What one nutrient should be, and what a relative deviation below or above costs: energy must be met both ways, protein
/// mostly from below, fibre only from below.
struct Nutrient {
    target: f64,
    below: f64,
    above: f64,
}

impl Nutrient {
    fn weight(&self, sum: f64) -> f64 {
        if sum < self.target { self.below } else { self.above }
    }
}

const SHARE: f64 = 1.5;
/// Keeps portions near their middle when nothing else decides.
const USUAL: f64 = 0.02;
const SWEEPS: usize = 120;

impl<'a> Problem<'a> {
    fn new(dishes: &'a [Dish], targets: &'a Targets) -> Self {
        let foods: Vec<_> = dishes
            .iter()
            .enumerate()
            .flat_map(|(meal, dish)| dish.foods.iter().map(move |food| (*food, meal)))
            .collect();
        let energy = targets.energy_kcal;
        let bounds: Vec<_> = foods.iter().map(|(f, _)| (least_g(f, energy), most_g(f, energy))).collect();
        let grams = bounds.iter().map(|(least, most)| f64::midpoint(*least, *most)).collect();
        let shares = dishes.iter().map(|dish| dish.share * energy).collect();
        Self { foods, shares, targets, bounds, grams }
    }

    /// Relative deviations with their weights, given the totals.
    fn cost(&self) -> f64 {
        let mut sums = [0.0; 5];
        let mut meals = vec![0.0; self.shares.len()];
        let mut cost = 0.0;
        for (i, (food, meal)) in self.foods.iter().enumerate() {
            for (sum, per_100) in sums.iter_mut().zip(nutrients(food)) {
                *sum += per_100 * self.grams[i] / 100.0;
            }
            meals[*meal] += food.kcal * self.grams[i] / 100.0;
            let (least, most) = self.bounds[i];
            cost += USUAL * ((self.grams[i] - f64::midpoint(least, most)) / (most - least)).powi(2);
        }
        for (sum, nutrient) in sums.iter().zip(&self.wanted()) {
            cost += nutrient.weight(*sum) * ((sum - nutrient.target) / nutrient.target).powi(2);
        }
        let off = |(sum, share): (&f64, &f64)| SHARE * ((sum - share) / share).powi(2);
        cost + meals.iter().zip(&self.shares).map(off).sum::<f64>()
    }

    fn wanted(&self) -> [Nutrient; 5] {
        let targets = self.targets;
        let nutrient = |target: f64, below, above| Nutrient { target: target.max(1.0), below, above };
        [
            nutrient(targets.energy_kcal, 40.0, 40.0),
            nutrient(targets.protein_g, 12.0, 0.6),
            nutrient(targets.fat_g, 2.0, 2.0),
            nutrient(targets.carbohydrate_g, 2.0, 2.0),
            nutrient(targets.fibre_g, 2.0, 0.0),
        ]
    }

    /// Exact minimisation along one food after the other.
    fn descend(&mut self) {
        let mut sums = [0.0; 5];
        let mut meals = vec![0.0; self.shares.len()];
        for (i, (food, meal)) in self.foods.iter().enumerate() {
            for (sum, per_100) in sums.iter_mut().zip(nutrients(food)) {
                *sum += per_100 * self.grams[i] / 100.0;
            }
            meals[*meal] += food.kcal * self.grams[i] / 100.0;
        }
        let wanted = self.wanted();
        for _ in 0..SWEEPS {
            for (i, (food, meal)) in self.foods.iter().enumerate() {
                let (least, most) = self.bounds[i];
                let width = most - least;
                let mut slope = USUAL * (self.grams[i] - f64::midpoint(least, most)) / (width * width);
                let mut curve = USUAL / (width * width);
                let mut add = |sum: f64, target: f64, weight: f64, per_gram: f64| {
                    slope += weight * (sum - target) * per_gram / (target * target);
                    curve += weight * per_gram * per_gram / (target * target);
                };
                for (n, per_100) in nutrients(food).into_iter().enumerate() {
                    add(sums[n], wanted[n].target, wanted[n].weight(sums[n]), per_100 / 100.0);
                }
                add(meals[*meal], self.shares[*meal], SHARE, food.kcal / 100.0);
                let grams = (self.grams[i] - slope / curve).clamp(least, most);
                let step = grams - self.grams[i];
                self.grams[i] = grams;
                for (sum, per_100) in sums.iter_mut().zip(nutrients(food)) {
                    *sum += per_100 * step / 100.0;
                }
                meals[*meal] += food.kcal * step / 100.0;
            }
        }
    }

    fn round(&mut self) {
        for ((grams, (food, _)), (least, most)) in self.grams.iter_mut().zip(&self.foods).zip(&self.bounds) {
            *grams = ((*grams / food.step_g()).round() * food.step_g()).clamp(*least, *most);
        }
    }

    fn improve(&mut self) {
        for _ in 0..60 {
            let before = self.cost();
            let mut best: Option<(f64, usize, f64)> = None;
            for i in 0..self.grams.len() {
                for step in [-self.foods[i].0.step_g(), self.foods[i].0.step_g()] {
                    let (old, (least, most)) = (self.grams[i], self.bounds[i]);
                    if (least..=most).contains(&(old + step)) {
                        self.grams[i] = old + step;
                        let cost = self.cost();
                        if cost < best.map_or(before - 1e-9, |(cost, ..)| cost) {
                            best = Some((cost, i, old + step));
                        }
                        self.grams[i] = old;
                    }
                }
            }
            let Some((_, i, grams)) = best else { return };
            self.grams[i] = grams;
        }
    }
}

fn nutrients(food: &Food) -> [f64; 5] {
    [food.kcal, food.protein, food.fat, food.carbohydrate, food.fibre]
}
