//! Bounds of energy and of what carries it, held from outside the planner: by hand, and over any person.

use super::rules;
use crate::people::{TODAY, people, person};
use agents::evidence::{Evidence, PersonData};
use agents::nutrition::{Limit, Nutrient, NutritionPlan, NutritionWishes, RefusalReason, plan};
use domain::archetype::Archetype;
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::profile::{Goal, Profile, Sex};
use domain::release::AgentSettings;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

fn given(evidence: &Evidence) -> NutritionPlan {
    let wishes = NutritionWishes::default();
    let plan = plan(evidence, &wishes).unwrap();
    assert_eq!(rules(&plan, evidence, &wishes), Vec::<&str>::new());
    plan
}

fn limit(plan: &NutritionPlan, nutrient: Nutrient) -> Limit {
    *plan.targets.limits.iter().find(|limit| limit.nutrient == nutrient).unwrap()
}

/// A man who walks 11,000 steps a day: what he burns is × 1.725.
fn man(kg: f64, cm: f64, age: u8, goal: Goal) -> Evidence {
    let mut evidence = person(Archetype::PeakPerformer);
    evidence.profile = Profile {
        sex: Some(Sex::Male),
        age: Some(age),
        height_cm: Some(cm),
        weight_kg: Some(kg),
        goal: Some(goal),
        ..Profile::default()
    };
    evidence.days.iter_mut().for_each(|day| day.steps = Some(11_000.0));
    evidence
}

/// 200 kg, 190 cm, 30 years: 2000 + 1187.5 − 150 + 5 = 3042.5 kcal at rest, 5248 kcal in all.
#[test]
fn what_is_limited_is_told_as_it_is() {
    let plan = given(&man(200.0, 190.0, 30, Goal::LoseWeight));
    let (targets, basis) = (&plan.targets, &plan.targets.basis);
    assert_eq!(
        (targets.energy_kcal, basis.maintenance_kcal, basis.adjustment_kcal),
        (4000.0, 5248.0, -1248.0)
    );
    assert!(basis.reason.contains("= 5248 kcal, limited to 4000"), "{}", basis.reason);
    let told = plan.notes.iter().any(|note| note.contains("4000 kcal") && note.contains("1248 kcal"));
    assert!(told, "{:?}", plan.notes);
    // 140 kg, 190 cm: 1400 + 1187.5 − 150 + 5 = 2442.5, × 1.725 = 4213: 500 kcal less are below the limit.
    let less = given(&man(140.0, 190.0, 30, Goal::LoseWeight)).targets;
    assert_eq!((less.energy_kcal, less.basis.adjustment_kcal), (3720.0, -493.0));
    let more = given(&man(130.0, 190.0, 30, Goal::GainMuscle));
    assert_eq!(more.targets.energy_kcal, 4000.0);
    assert!(more.notes.iter().any(|note| note.contains("limited to 4000 kcal")), "{:?}", more.notes);
}

#[test]
fn no_deficit_where_nobody_knows_whether_it_is_healthy() {
    for forget in
        [|profile: &mut Profile| profile.height_cm = None, |profile: &mut Profile| profile.weight_kg = None]
    {
        let mut evidence = man(80.0, 180.0, 30, Goal::LoseWeight);
        forget(&mut evidence.profile);
        let plan = given(&evidence);
        assert!(plan.targets.basis.adjustment_kcal >= 0.0, "{:?}", plan.targets.basis);
        assert!(plan.notes.iter().any(|note| note.contains("height and weight")), "{:?}", plan.notes);
    }
}

#[test]
fn no_day_is_below_the_least_energy() {
    let mut evidence = person(Archetype::PeakPerformer);
    (evidence.profile.goal, evidence.profile.age) = (Some(Goal::LoseWeight), Some(70));
    (evidence.profile.weight_kg, evidence.profile.height_cm) = (Some(62.0), Some(158.0));
    evidence.days.iter_mut().for_each(|day| day.steps = Some(1500.0));
    let plan = given(&evidence);
    assert_eq!(limit(&plan, Nutrient::Energy).least, Some(1200.0));
    assert!(plan.totals.energy_kcal >= 1200.0, "{}", plan.totals.energy_kcal);
}

#[test]
fn steps_of_long_ago_say_nothing_of_today() {
    let mut evidence = man(80.0, 180.0, 30, Goal::Maintain);
    let factor = |evidence: &Evidence| given(evidence).targets.basis.activity_factor;
    evidence.anchor = TODAY.checked_sub(14.days()).ok();
    assert_eq!(factor(&evidence), 1.725);
    evidence.anchor = TODAY.checked_sub(15.days()).ok();
    assert_eq!(factor(&evidence), 1.375);
    assert!(given(&evidence).assumptions.iter().any(|text| text.contains("15 days old")));
}

/// WHO 2007, 3 SD below the median at 17 years: 15.4 kg/m² (boys), 14.7 (girls).
#[test]
fn a_severely_thin_teenager_is_for_a_clinic() {
    let refused = |sex: Option<Sex>, age: u8, bmi: f64| {
        let mut evidence = person(Archetype::FoundationBuilder);
        (evidence.profile.sex, evidence.profile.age) = (sex, Some(age));
        (evidence.profile.height_cm, evidence.profile.weight_kg) = (Some(175.0), Some(bmi * 1.75 * 1.75));
        plan(&evidence, &NutritionWishes::default())
            .is_err_and(|it| it.reason == RefusalReason::NeedsProfessional)
    };
    assert!(refused(Some(Sex::Male), 17, 15.4) && !refused(Some(Sex::Male), 17, 15.8));
    assert!(refused(Some(Sex::Female), 17, 14.7) && !refused(Some(Sex::Female), 17, 14.9));
    assert!(refused(None, 17, 15.4), "the higher of the two");
    assert!(refused(Some(Sex::Male), 13, 13.8) && !refused(Some(Sex::Female), 13, 14.2));
    assert!(refused(Some(Sex::Male), 18, 15.9) && !refused(Some(Sex::Male), 18, 16.1));
}

/// AMDR at 4–18 years: fat 25–35 %, protein 10–30 % (IOM 2005).
#[test]
fn the_young_have_their_own_shares() {
    let mut evidence = person(Archetype::PeakPerformer);
    (evidence.profile.age, evidence.settings.protein_g_per_kg) = (Some(16), 2.2);
    evidence.days.iter_mut().for_each(|day| day.steps = Some(1_000.0));
    let plan = given(&evidence);
    let (kcal, targets) = (plan.targets.energy_kcal, &plan.targets);
    assert!(targets.protein_g <= (0.30 * kcal / 4.0).round(), "{} of {kcal}", targets.protein_g);
    assert!(limit(&plan, Nutrient::Fat).least.unwrap() >= (2.5 * kcal / 9.0).round() / 10.0);
    assert!(limit(&plan, Nutrient::Protein).most.unwrap() <= 1.06 * 0.30 * kcal / 4.0);
    assert!(targets.fat_g * 9.0 >= 0.249 * kcal && targets.carbohydrate_g * 4.0 >= 0.449 * kcal);
}

/// EFSA 2010: 2.0 litres for women, 2.5 for men, of which about 80 % are drunk.
#[test]
fn water_is_what_efsa_says() {
    let water = |sex, age| {
        let mut evidence = person(Archetype::PeakPerformer);
        (evidence.profile.sex, evidence.profile.age) = (sex, age);
        given(&evidence).targets.water_ml
    };
    assert_eq!((water(Some(Sex::Female), Some(38)), water(Some(Sex::Male), None)), (1600, 2000));
    assert_eq!((water(None, Some(38)), water(Some(Sex::Male), Some(13))), (2000, 1700));
}

fn reading(kind: BiomarkerKind, value: f64, days_ago: i64) -> Biomarker {
    let at = person(Archetype::PeakPerformer).now - SignedDuration::from_hours(24 * days_ago + 1);
    Biomarker {
        category: kind.category(),
        kind,
        value,
        unit: kind.unit().to_owned(),
        aggregation: None,
        periodicity: None,
        start: at,
        end: at,
        source: None,
    }
}

/// A scale is stood on, not worn.
#[test]
fn the_newest_weight_counts_whatever_was_worn() {
    use BiomarkerKind::WeightKg;
    let known = |biomarkers: Vec<Biomarker>| {
        let profile = Profile { weight_kg: Some(70.0), ..person(Archetype::PeakPerformer).profile };
        let data = PersonData { profile, biomarkers, ..PersonData::default() };
        let now = person(Archetype::PeakPerformer).now;
        let evidence = Evidence::from_data(data, Archetype::PeakPerformer, AgentSettings::default(), now, 7);
        assert_eq!(given(&evidence).targets.basis.resting_kcal, 10.0 * evidence.weight_kg().unwrap() + 699.0);
        evidence.weight_kg()
    };
    assert_eq!(known(vec![reading(WeightKg, 76.0, 0)]), Some(76.0), "without a device");
    let mut beside: Vec<Biomarker> = vec![reading(WeightKg, 74.0, 9), reading(WeightKg, 76.0, 1)];
    beside.extend((5..9).map(|ago| reading(BiomarkerKind::Steps, 8_000.0, ago)));
    assert_eq!(known(beside), Some(76.0), "after the last worn day");
    assert_eq!(known(vec![]), Some(70.0));
}

/// Whoever writes the targets: the floor and the deficit are judged by themselves.
#[test]
fn the_validator_knows_the_bounds_by_itself() {
    let evidence = man(80.0, 180.0, 30, Goal::LoseWeight);
    let good = given(&evidence);
    let broken = |kcal: f64| {
        let mut plan = good.clone();
        plan.targets.energy_kcal = kcal;
        let found = agents::nutrition::validate(&plan, &evidence, &NutritionWishes::default());
        found.into_iter().filter(|it| it.rule == "bounds").map(|it| it.detail).collect::<Vec<_>>()
    };
    assert!(broken(2580.0).is_empty(), "{:?}", broken(2580.0));
    assert_eq!(broken(2540.0).len(), 1, "more than 500 kcal below 3071");
    assert_eq!(broken(1400.0).len(), 2, "and below the floor");
    assert_eq!(broken(4100.0).len(), 1, "above 4000");
    // 80 kg, 180 cm, 30 years: 800 + 1125 − 150 + 5 = 1780 at rest. A plan that says less of it hides its deficit.
    let mut low = good.clone();
    (low.targets.basis.resting_kcal, low.targets.basis.maintenance_kcal) = (1400.0, 1400.0 * 1.725);
    let found = agents::nutrition::validate(&low, &evidence, &NutritionWishes::default());
    let details: Vec<&str> =
        found.iter().filter(|it| it.rule == "bounds").map(|it| it.detail.as_str()).collect();
    assert_eq!(details, ["the energy at rest does not follow from the profile"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nobody_is_given_less_than_is_safe(evidence in people()) {
        let Ok(plan) = plan(&evidence, &NutritionWishes::default()) else { return Ok(()) };
        let (targets, basis) = (&plan.targets, &plan.targets.basis);
        let floor = if evidence.profile.sex == Some(Sex::Female) { 1200.0 } else { 1500.0 };
        prop_assert!(plan.totals.energy_kcal >= floor - 0.1 && targets.energy_kcal <= 4000.0);
        let product = basis.resting_kcal * basis.activity_factor;
        prop_assert!((basis.maintenance_kcal - product).abs() <= 1.5, "{:?}", basis);
        let most = (0.2 * product).min(500.0) + 2.0;
        let told = plan.notes.iter().any(|note| note.contains("limited to 4000 kcal"));
        prop_assert!(targets.energy_kcal >= product - most || told, "{:?}", basis);
        let known = evidence.profile.height_cm.is_some() && evidence.profile.weight_kg.is_some();
        prop_assert!(known || told || targets.energy_kcal >= product - 2.0, "{:?}", basis);
    }
}
