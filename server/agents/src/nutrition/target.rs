//! How much a person needs in a day: energy, macronutrients, fibre, water; and what had to be assumed.
//!
//! Resting energy: Mifflin-St Jeor (Am J Clin Nutr 1990;51:241). Activity: the usual factors 1.2 to 1.725, chosen by the
//! step classes of Tudor-Locke & Bassett (Sports Med 2004;34:1). Fibre: 14 g per 1000 kcal (IOM, Dietary Reference Intakes
//! 2005). Fat: 30 % of the energy, less when much protein leaves carbohydrate below 45 % (AMDR, IOM 2005). What a day must
//! keep and what it should reach of other nutrients: [`super::reference`]. Water: adequate intakes of EFSA (2010), the
//! 80 % of them that are drunk.
//! Limits: a deficit of at most 500 kcal or 20 %, never below 1200 kcal (women) or 1500 kcal (everybody else), the
//! levels below which NHLBI's obesity guideline (1998) wants a professional; no deficit under 18, when underweight, without
//! need, or where height or weight is not known. At most 4000 kcal are planned: what that is less than is burnt, is told.

use domain::archetype::Archetype;
use domain::profile::{Goal, Profile, Sex};
use serde::{Deserialize, Serialize};

use super::nutrient::Nutrient;
use super::reference::{self, Limit};
use crate::evidence::Evidence;

/// What a day should contain. All per day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NutritionTargets)]
pub struct Targets {
    pub energy_kcal: f64,
    pub protein_g: f64,
    pub fat_g: f64,
    pub carbohydrate_g: f64,
    pub fibre_g: f64,
    /// What every plan keeps to.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// To drink: about 80 % of all water, food brings the rest.
    pub water_ml: u32,
    pub basis: EnergyBasis,
}

/// How `energy_kcal` came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EnergyBasis {
    /// Mifflin-St Jeor, kcal a day.
    pub resting_kcal: f64,
    /// 1.2–1.725.
    pub activity_factor: f64,
    pub maintenance_kcal: f64,
    /// What the target differs from `maintenance_kcal` by: negative for a deficit. After the limits, and with the rounding
    /// up to 10 kcal.
    pub adjustment_kcal: f64,
    /// One sentence with the numbers.
    pub reason: String,
}

/// The targets, and what the reader must know about them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Need {
    pub targets: Targets,
    /// Of vitamins, minerals and such: what covers the need.
    pub goals: Vec<(Nutrient, f64)>,
    pub assumptions: Vec<String>,
    pub notes: Vec<String>,
    /// Of the measured or stated weight and height only, kg/m².
    pub body_mass_index: Option<f64>,
}

const HIGHEST_KCAL: f64 = 4000.0;
const MOST_DEFICIT_KCAL: f64 = 500.0;
const MOST_DEFICIT_SHARE: f64 = 0.20;

pub(crate) fn need(evidence: &Evidence) -> Need {
    let body = Body::of(evidence);
    let mut assumptions = body.assumptions.clone();
    let mut notes = Vec::new();
    let resting = body.resting_kcal();
    let (factor, activity) = activity_factor(evidence, &mut assumptions);
    let maintenance = resting * factor;
    let wanted = adjustment(evidence, &body, maintenance, &mut notes);
    let floor = lowest_kcal(evidence.profile.sex);
    // Upwards, so that rounding never deepens a deficit.
    let energy = ((maintenance + wanted).max(floor).min(HIGHEST_KCAL) / 10.0).ceil() * 10.0;
    if maintenance + wanted < floor {
        notes.push(format!(
            "The target was raised to {floor:.0} kcal, the least that is safe without a professional."
        ));
    }
    let limited = maintenance + wanted > HIGHEST_KCAL;
    if limited {
        let short = (maintenance.round() - HIGHEST_KCAL).max(0.0);
        let less = if short > 0.0 { format!(", {short:.0} kcal less than you burn") } else { String::new() };
        notes.push(format!("The target was limited to 4000 kcal{less}; a dietitian can plan for more."));
    }
    let shares = reference::shares(evidence.profile.age);
    let protein = body.protein_g(evidence.settings.protein_g_per_kg, energy, shares.most_protein);
    let fat = energy * (0.55 - protein * 4.0 / energy).clamp(shares.least_fat, 0.30) / 9.0;
    let adjustment_kcal = energy - round_to(maintenance, 1.0);
    Need {
        targets: Targets {
            energy_kcal: energy,
            protein_g: protein.round(),
            fat_g: fat.round(),
            carbohydrate_g: ((energy - protein * 4.0 - fat * 9.0) / 4.0).round(),
            fibre_g: (energy * 14.0 / 1000.0).round(),
            limits: reference::limits(energy, floor, protein.round(), evidence.profile.age),
            water_ml: water_ml(body.age, body.sex),
            basis: EnergyBasis {
                resting_kcal: resting.round(),
                activity_factor: factor,
                maintenance_kcal: maintenance.round(),
                adjustment_kcal,
                reason: format!(
                    "{resting:.0} kcal at rest × {factor} ({activity}) = {maintenance:.0} kcal, {}",
                    match adjustment_kcal {
                        _ if limited => "limited to 4000".to_owned(),
                        change if change <= -20.0 => format!("less {:.0} for the goal", -change),
                        change if change >= 20.0 => format!("plus {change:.0}"),
                        _ => "kept as it is".to_owned(),
                    }
                ),
            },
        },
        goals: reference::goals(body.age, body.sex),
        assumptions,
        notes,
        body_mass_index: body.measured_bmi,
    }
}

impl Need {
    /// Severe thinness by WHO: below 16 kg/m² in adults; in adolescents more than 3 standard deviations below the median
    /// of the WHO growth reference 2007 (de Onis et al., Bull World Health Organ 2007;85:660). Refeeding is for a clinic.
    pub(crate) fn needs_professional(&self, profile: &Profile) -> bool {
        self.body_mass_index.is_some_and(|bmi| bmi < severe_thinness(profile.age, profile.sex))
    }
}

/// kg/m². Below 18 years −3 SD by the published L, M and S, of the next birthday (a year's highest), rounded up to a tenth;
/// where the sex is not known the higher, boys'.
fn severe_thinness(age: Option<u8>, sex: Option<Sex>) -> f64 {
    let (girls, boys) = match age {
        Some(..=13) => (14.1, 14.3),
        Some(14) => (14.4, 14.8),
        Some(15) => (14.6, 15.2),
        Some(16) => (14.8, 15.5),
        Some(17) => (14.8, 15.7),
        _ => (16.0, 16.0),
    };
    if sex == Some(Sex::Female) { girls } else { boys }
}

/// To drink, ml: 80 % of the adequate intake of water, to 50 ml (EFSA 2010: 2.0 litres for women and 2.5 for men, 1.9 for girls
/// and 2.1 for boys below 14). Of a person whose sex is not known the higher.
fn water_ml(age: f64, sex: Option<Sex>) -> u32 {
    match (sex, age < 14.0) {
        (Some(Sex::Female), true) => 1500,
        (Some(Sex::Female), false) => 1600,
        (_, true) => 1700,
        (_, false) => 2000,
    }
}

pub(crate) fn lowest_kcal(sex: Option<Sex>) -> f64 {
    if sex == Some(Sex::Female) { 1200.0 } else { 1500.0 }
}

struct Body {
    age: f64,
    sex: Option<Sex>,
    height_cm: f64,
    weight_kg: f64,
    measured_bmi: Option<f64>,
    assumptions: Vec<String>,
}

impl Body {
    fn of(evidence: &Evidence) -> Self {
        let profile = &evidence.profile;
        let mut assumptions = Vec::new();
        let sex = profile.sex.filter(|sex| *sex != Sex::Other);
        if sex.is_none() {
            assumptions.push("Sex not known: the mean of the two equations is used.".to_owned());
        }
        if profile.age.is_some_and(|age| age < 18) {
            assumptions.push("The energy equation is for adults: growing people may need more.".to_owned());
        }
        let age = profile.age.map_or(40.0, f64::from);
        if profile.age.is_none() {
            assumptions.push("Age not known: 40 years assumed.".to_owned());
        }
        let usual_height = match sex {
            Some(Sex::Female) => 164.0,
            Some(Sex::Male) => 177.0,
            _ => 170.0,
        };
        let height_cm = profile.height_cm.unwrap_or(usual_height);
        if profile.height_cm.is_none() {
            assumptions.push(format!("Height not known: {usual_height:.0} cm assumed."));
        }
        // A scale's reading is newer than what was typed at sign-up; readings outside the profile's range are faults.
        let measured = evidence.weights.last().map(|(_, kg)| *kg);
        let known = measured.filter(|kg| (30.0..=350.0).contains(kg)).or(profile.weight_kg);
        let weight_kg = known.unwrap_or(23.0 * (height_cm / 100.0).powi(2));
        if known.is_none() {
            assumptions
                .push(format!("Weight not known: {weight_kg:.0} kg assumed, a body mass index of 23."));
        }
        let measured_bmi = known
            .zip(profile.height_cm)
            .map(|(kg, cm)| kg / (cm / 100.0).powi(2))
            .filter(|bmi| bmi.is_finite());
        Self { age, sex, height_cm, weight_kg, measured_bmi, assumptions }
    }

    fn resting_kcal(&self) -> f64 {
        let by_sex = match self.sex {
            Some(Sex::Female) => -161.0,
            Some(Sex::Male) => 5.0,
            _ => -78.0,
        };
        10.0 * self.weight_kg + 6.25 * self.height_cm - 5.0 * self.age + by_sex
    }

    /// By the release's g/kg, for the adjusted weight above a body mass index of 30 (ESPEN 2018: normal weight plus a
    /// quarter of the excess), at least 1 g/kg from 65 years on (PROT-AGE 2013), 0.85 at 14–17 and 0.95 below (RDA, IOM
    /// 2005), and from 10 % of the energy to `most`, a share (AMDR).
    fn protein_g(&self, per_kg: f64, energy: f64, most: f64) -> f64 {
        let square = (self.height_cm / 100.0).powi(2);
        let reference = if self.weight_kg > 30.0 * square {
            25.0 * square + 0.25 * (self.weight_kg - 25.0 * square)
        } else {
            self.weight_kg
        };
        let least = match self.age {
            65.0.. => 1.0,
            18.0.. => 0.0,
            14.0.. => 0.85,
            _ => 0.95,
        };
        let per_kg = per_kg.max(least);
        (per_kg * reference).clamp(energy * 0.10 / 4.0, energy * most / 4.0)
    }
}

/// From the steps of the last 7 worn days, unless they are out of date; an hour of activity a day lifts it by one class.
fn activity_factor(evidence: &Evidence, assumptions: &mut Vec<String>) -> (f64, String) {
    const CLASSES: [(f64, &str); 4] =
        [(1.2, "sedentary"), (1.375, "lightly active"), (1.55, "moderately active"), (1.725, "very active")];
    if let Some(age) = evidence.out_of_date() {
        assumptions.push(format!("The newest steps are {age} days old: a lightly active life assumed."));
        return (CLASSES[1].0, CLASSES[1].1.to_owned());
    }
    let worn = evidence.days.iter().rev().filter(|day| day.worn).take(7);
    let (mut steps, mut active) = (Vec::new(), Vec::new());
    for day in worn {
        steps.extend(day.steps);
        active.extend(day.active_minutes);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    if steps.len() < 3 {
        assumptions.push("Fewer than 3 days of steps: a lightly active life assumed.".to_owned());
        return (CLASSES[1].0, CLASSES[1].1.to_owned());
    }
    let by_steps = match mean(&steps) {
        10_000.0.. => 3,
        7_500.0.. => 2,
        5_000.0.. => 1,
        _ => 0,
    };
    let lifted = usize::from(!active.is_empty() && mean(&active) >= 60.0);
    let (factor, name) = CLASSES[(by_steps + lifted).min(3)];
    (factor, format!("{name}, {:.0} steps a day over {} days", mean(&steps), steps.len()))
}

/// Wanted change for the goal, kcal, within the limits.
fn adjustment(evidence: &Evidence, body: &Body, maintenance: f64, notes: &mut Vec<String>) -> f64 {
    let bmi = body.measured_bmi;
    if body.age >= 18.0 && bmi.is_some_and(|bmi| bmi < 18.5) {
        notes
            .push("Your weight is below the healthy range: please talk to a doctor or dietitian.".to_owned());
        return (maintenance * 0.10).min(300.0);
    }
    match evidence.profile.goal {
        Some(Goal::LoseWeight) => {
            if evidence.profile.age.is_some_and(|age| age < 18) {
                notes.push(
                    "No energy deficit under 18: a doctor should go along with losing weight.".to_owned(),
                );
                return 0.0;
            }
            let Some(bmi) = bmi else {
                notes.push(
                    "No energy deficit: only height and weight tell whether losing weight is healthy for you."
                        .to_owned(),
                );
                return 0.0;
            };
            if bmi < 20.0 {
                notes
                    .push("No energy deficit: your weight is already in the lower healthy range.".to_owned());
                return 0.0;
            }
            if evidence.profile.sex != Some(Sex::Male) {
                notes.push(
                    "Not for pregnancy or breast-feeding: eat more then, and ask your midwife or doctor."
                        .to_owned(),
                );
            }
            let share = match evidence.archetype {
                Archetype::FoundationBuilder | Archetype::ResilienceRebuilder => 0.10,
                Archetype::ConnectedExplorer | Archetype::SystematicImprover => 0.15,
                Archetype::TransformationSeeker | Archetype::PeakPerformer => MOST_DEFICIT_SHARE,
            };
            -(maintenance * share).min(MOST_DEFICIT_KCAL)
        }
        Some(Goal::GainMuscle) => (maintenance * 0.10).min(300.0),
        _ => 0.0,
    }
}

fn round_to(value: f64, step: f64) -> f64 {
    (value / step).round() * step
}
