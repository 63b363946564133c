//! The floor, the ceiling and the deficit of the day's energy, judged from the profile and not from the planner's own rule.

use domain::profile::Sex;

use crate::evidence::Evidence;
use crate::nutrition::{Nutrient, Targets};
use crate::violation::Violation;

/// kcal. The same as of the targets, written down twice on purpose.
const HIGHEST: f64 = 4000.0;
const MOST_DEFICIT: f64 = 500.0;
const MOST_DEFICIT_SHARE: f64 = 0.20;
/// Maintenance is told in whole kcal.
const ROUNDING: f64 = 1.0;

pub(super) fn check(targets: &Targets, evidence: &Evidence, found: &mut Vec<Violation>) {
    let mut unless = |holds: bool, detail: &'static str| {
        if !holds {
            found.push(Violation::new("bounds", detail));
        }
    };
    let (energy, basis) = (targets.energy_kcal, &targets.basis);
    let floor = if evidence.profile.sex == Some(Sex::Female) { 1200.0 } else { 1500.0 };
    let least =
        targets.limits.iter().find(|limit| limit.nutrient == Nutrient::Energy).and_then(|it| it.least);
    unless(
        energy >= floor && least.is_some_and(|least| least >= floor),
        "energy may fall below the least that is safe",
    );
    unless(energy <= HIGHEST, "more energy than any plan of ours holds");
    let product = basis.resting_kcal * basis.activity_factor;
    // The factor is at most 1.725, and resting energy is told in whole kcal, too.
    unless(
        (basis.maintenance_kcal - product).abs() <= 2.0 * ROUNDING,
        "maintenance is not rest times activity",
    );
    let healthy =
        evidence.profile.age.is_none_or(|age| age >= 18) && bmi(evidence).is_some_and(|bmi| bmi >= 20.0);
    let most = if healthy { MOST_DEFICIT.min(MOST_DEFICIT_SHARE * basis.maintenance_kcal) } else { 0.0 };
    let enough = (basis.maintenance_kcal - most - ROUNDING).min(HIGHEST);
    unless(energy >= enough, "a larger deficit than is safe");
}

/// kg/m², of what was measured or stated.
fn bmi(evidence: &Evidence) -> Option<f64> {
    let (kg, cm) = evidence.weight_kg().zip(evidence.profile.height_cm)?;
    Some(kg / (cm / 100.0).powi(2))
}
