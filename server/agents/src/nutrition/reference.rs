//! What a day should hold of each nutrient: hard limits that every plan keeps, and goals it comes as near to as food allows.
//!
//! Limits: energy near its target and never below the least that is safe; fat 20–35 %, carbohydrate 45–65 % and protein at
//! most 35 % of the energy (AMDR, IOM 2005; up to 18 years fat 25–35 %, protein at most 30 %), at 4, 9 and 4 kcal/g;
//! saturated fat at most 10 % of the energy (WHO 2023); sodium at most 2000 mg from 14 years on (WHO 2012), 1800 mg
//! below (NASEM 2019); fibre at least 80 % of 14 g per 1000 kcal (IOM 2005), of which 25 g always suffice (WHO 2023).
//! Goals: RDA or AI by age and sex (IOM/NASEM, Dietary Reference Intakes 1997–2019). Of a person whose sex is not known
//! the higher of the two. Nobody is taken to be pregnant or breast-feeding.

use domain::profile::Sex;
use serde::{Deserialize, Serialize};

use super::nutrient::{Amounts, Nutrient};

/// What a day must hold of one nutrient, whoever plans it. A bound that does not exist is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NutrientLimit)]
pub struct Limit {
    pub nutrient: Nutrient,
    /// In the nutrient's own unit: kcal, g, mg or µg.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub most: Option<f64>,
}

impl Limit {
    pub(super) fn holds(&self, amounts: &Amounts) -> bool {
        self.excess(amounts) <= 1e-9
    }

    /// How far outside, as a share of the bound; 0 inside.
    pub(super) fn excess(&self, amounts: &Amounts) -> f64 {
        let amount = amounts[self.nutrient];
        let below = self.least.map_or(0.0, |least| (least - amount) / least.max(1.0));
        let above = self.most.map_or(0.0, |most| (amount - most) / most.max(1.0));
        below.max(above).max(0.0)
    }
}

/// Acceptable shares of the energy (AMDR, IOM 2005), 0–1.
pub(super) struct Shares {
    pub(super) least_fat: f64,
    pub(super) most_protein: f64,
}

/// By age in years; without one, adults'. The table has other values at 4–18 years.
pub(super) fn shares(age: Option<u8>) -> Shares {
    if age.is_some_and(|age| age <= 18) {
        Shares { least_fat: 0.25, most_protein: 0.30 }
    } else {
        Shares { least_fat: 0.20, most_protein: 0.35 }
    }
}

/// The day's limits. `energy` and `protein` are targets, kcal and g; `floor` is the least energy of any day.
pub(super) fn limits(energy: f64, floor: f64, protein: f64, age: Option<u8>) -> Vec<Limit> {
    let shares = shares(age);
    let both = |nutrient, least, most| Limit { nutrient, least: Some(least), most: Some(most) };
    let most = |nutrient, most| Limit { nutrient, least: None, most: Some(most) };
    let sodium = if age.is_some_and(|age| age < 14) { 1800.0 } else { 2000.0 };
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    vec![
        both(
            Nutrient::Energy,
            tenth((energy * (1.0 - super::ENERGY_TOLERANCE)).max(floor)),
            tenth(energy * (1.0 + super::ENERGY_TOLERANCE)),
        ),
        both(
            Nutrient::Protein,
            tenth(protein * super::PROTEIN_SHARE),
            // The target itself may be at the top of the range.
            tenth((shares.most_protein * energy / 4.0).max(protein * 1.05)),
        ),
        both(Nutrient::Fat, tenth(shares.least_fat * energy / 9.0), tenth(0.35 * energy / 9.0)),
        both(Nutrient::Carbohydrate, tenth(0.45 * energy / 4.0), tenth(0.65 * energy / 4.0)),
        most(Nutrient::SaturatedFat, tenth(0.10 * energy / 9.0)),
        Limit {
            nutrient: Nutrient::Fibre,
            least: Some(tenth((0.8 * 14.0 * energy / 1000.0).min(25.0))),
            most: None,
        },
        most(Nutrient::Sodium, sodium),
    ]
}

/// A row of the reference intakes: a nutrient, then what men and women need at 9–13, 14–18, 19–30, 31–50, 51–70 and
/// above 70 years.
type Intake = (Nutrient, [f64; 6], [f64; 6]);

#[rustfmt::skip]
const INTAKES: &[Intake] = &[
    (Nutrient::Potassium,          [2500., 3000., 3400., 3400., 3400., 3400.], [2300., 2300., 2600., 2600., 2600., 2600.]),
    (Nutrient::Calcium,            [1300., 1300., 1000., 1000., 1000., 1200.], [1300., 1300., 1000., 1000., 1200., 1200.]),
    (Nutrient::Iron,               [8., 11., 8., 8., 8., 8.],                  [8., 15., 18., 18., 8., 8.]),
    (Nutrient::Magnesium,          [240., 410., 400., 420., 420., 420.],       [240., 360., 310., 320., 320., 320.]),
    (Nutrient::Zinc,               [8., 11., 11., 11., 11., 11.],              [8., 9., 8., 8., 8., 8.]),
    (Nutrient::Selenium,           [40., 55., 55., 55., 55., 55.],             [40., 55., 55., 55., 55., 55.]),
    (Nutrient::VitaminA,           [600., 900., 900., 900., 900., 900.],       [600., 700., 700., 700., 700., 700.]),
    (Nutrient::VitaminC,           [45., 75., 90., 90., 90., 90.],             [45., 65., 75., 75., 75., 75.]),
    (Nutrient::VitaminD,           [15., 15., 15., 15., 15., 20.],             [15., 15., 15., 15., 15., 20.]),
    (Nutrient::VitaminE,           [11., 15., 15., 15., 15., 15.],             [11., 15., 15., 15., 15., 15.]),
    (Nutrient::Riboflavin,         [0.9, 1.3, 1.3, 1.3, 1.3, 1.3],             [0.9, 1.0, 1.1, 1.1, 1.1, 1.1]),
    (Nutrient::Folate,             [300., 400., 400., 400., 400., 400.],       [300., 400., 400., 400., 400., 400.]),
    (Nutrient::VitaminB12,         [1.8, 2.4, 2.4, 2.4, 2.4, 2.4],             [1.8, 2.4, 2.4, 2.4, 2.4, 2.4]),
    (Nutrient::AlphaLinolenicAcid, [1.2, 1.6, 1.6, 1.6, 1.6, 1.6],             [1.0, 1.1, 1.1, 1.1, 1.1, 1.1]),
];

/// Nutrient and intake that covers the need, in one order. `age` in years; the table begins at 9.
pub(super) fn goals(age: f64, sex: Option<Sex>) -> Vec<(Nutrient, f64)> {
    let at = [14.0, 19.0, 31.0, 51.0, 71.0].iter().filter(|from| age >= **from).count();
    let goal = |(nutrient, men, women): &Intake| {
        let amount = match sex {
            Some(Sex::Male) => men[at],
            Some(Sex::Female) => women[at],
            _ => men[at].max(women[at]),
        };
        (*nutrient, amount)
    };
    INTAKES.iter().map(goal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(limits: &[Limit], nutrient: Nutrient) -> (Option<f64>, Option<f64>) {
        let found = limits.iter().find(|limit| limit.nutrient == nutrient).unwrap();
        (found.least, found.most)
    }

    #[test]
    fn limits_by_hand() {
        let day = limits(2000.0, 1200.0, 100.0, Some(40));
        // 20 % of 2000 kcal are 400 kcal, 44.4 g of fat; 45 % are 900 kcal, 225 g of carbohydrate.
        assert_eq!(limit(&day, Nutrient::Fat), (Some(44.4), Some(77.8)));
        assert_eq!(limit(&day, Nutrient::Carbohydrate), (Some(225.0), Some(325.0)));
        assert_eq!(limit(&day, Nutrient::SaturatedFat), (None, Some(22.2)));
        assert_eq!(limit(&day, Nutrient::Energy), (Some(1860.0), Some(2140.0)));
        assert_eq!(limit(&day, Nutrient::Protein), (Some(90.0), Some(175.0)));
        // 80 % of 28 g; above 2232 kcal 25 g.
        assert_eq!(limit(&day, Nutrient::Fibre), (Some(22.4), None));
        assert_eq!(limit(&limits(3500.0, 1500.0, 100.0, None), Nutrient::Fibre), (Some(25.0), None));
        assert_eq!(limit(&day, Nutrient::Sodium), (None, Some(2000.0)));
        let young = limits(2000.0, 1500.0, 60.0, Some(13));
        assert_eq!(limit(&young, Nutrient::Sodium), (None, Some(1800.0)));
        // 25 % are 500 kcal, 30 % of protein 600.
        assert_eq!(limit(&young, Nutrient::Fat), (Some(55.6), Some(77.8)));
        assert_eq!(limit(&young, Nutrient::Protein), (Some(54.0), Some(150.0)));
        assert_eq!(
            limit(&limits(1300.0, 1300.0, 60.0, None), Nutrient::Energy),
            (Some(1300.0), Some(1391.0))
        );
    }

    #[test]
    fn goals_by_age_and_sex() {
        let of =
            |nutrient, age, sex| goals(age, sex).into_iter().find(|(known, _)| *known == nutrient).unwrap().1;
        assert_eq!(of(Nutrient::Iron, 38.0, Some(Sex::Female)), 18.0);
        assert_eq!(of(Nutrient::Iron, 51.0, Some(Sex::Female)), 8.0);
        assert_eq!(of(Nutrient::Iron, 38.0, None), 18.0);
        assert_eq!(of(Nutrient::Iron, 38.0, Some(Sex::Male)), 8.0);
        assert_eq!(of(Nutrient::Calcium, 13.0, Some(Sex::Male)), 1300.0);
        assert_eq!(of(Nutrient::Calcium, 51.0, Some(Sex::Female)), 1200.0);
        assert_eq!(of(Nutrient::VitaminD, 70.0, Some(Sex::Male)), 15.0);
        assert_eq!(of(Nutrient::VitaminD, 71.0, Some(Sex::Male)), 20.0);
        assert_eq!(of(Nutrient::Magnesium, 30.0, Some(Sex::Male)), 400.0);
        assert_eq!(of(Nutrient::Magnesium, 31.0, Some(Sex::Male)), 420.0);
    }

    #[test]
    fn an_excess_is_a_share_of_its_bound() {
        let limit = Limit { nutrient: Nutrient::Energy, least: Some(100.0), most: Some(200.0) };
        let day = |kcal| {
            let mut values = [0.0; Nutrient::ALL.len()];
            values[0] = kcal;
            Amounts::new(values)
        };
        assert!(limit.holds(&day(100.0)) && limit.holds(&day(200.0)) && !limit.holds(&day(99.0)));
        assert!(
            (limit.excess(&day(50.0)) - 0.5).abs() < 1e-12 && (limit.excess(&day(220.0)) - 0.1).abs() < 1e-12
        );
    }
}
