//! The floor, the ceiling and the deficit of the day's energy.
//!
//! Floor, age, body mass index and the energy at rest (Mifflin-St Jeor, Am J Clin Nutr 1990;51:241) are computed here again from the
//! profile and the weight. The activity factor is the plan's own, within its range; where sex, age, height or weight is not known, so is
//! the energy at rest, for which the plan then assumed something.

use domain::profile::Sex;

use crate::evidence::Evidence;
use crate::nutrition::{Nutrient, Targets};
use crate::violation::Violation;

/// kcal. The same as of the targets, written down twice on purpose.
const HIGHEST: f64 = 4000.0;
const MOST_DEFICIT: f64 = 500.0;
const MOST_DEFICIT_SHARE: f64 = 0.20;
/// From sedentary to very active.
const FACTORS: std::ops::RangeInclusive<f64> = 1.2..=1.725;
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
    unless(
        resting(evidence).is_none_or(|kcal| (basis.resting_kcal - kcal).abs() <= ROUNDING),
        "the energy at rest does not follow from the profile",
    );
    unless(FACTORS.contains(&basis.activity_factor), "no activity has such a factor");
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
    let (kg, cm) = weight_kg(evidence).zip(evidence.profile.height_cm)?;
    Some(kg / (cm / 100.0).powi(2))
}

/// kcal a day by Mifflin-St Jeor, of what was measured or stated.
fn resting(evidence: &Evidence) -> Option<f64> {
    let profile = &evidence.profile;
    let by_sex = match profile.sex? {
        Sex::Female => -161.0,
        Sex::Male => 5.0,
        Sex::Other => return None,
    };
    let (kg, cm) = weight_kg(evidence).zip(profile.height_cm)?;
    Some(10.0 * kg + 6.25 * cm - 5.0 * f64::from(profile.age?) + by_sex)
}

/// Readings outside the profile's range are faults.
fn weight_kg(evidence: &Evidence) -> Option<f64> {
    let measured = evidence.weights.last().map(|(_, kg)| *kg);
    measured.filter(|kg| (30.0..=350.0).contains(kg)).or(evidence.profile.weight_kg)
}
