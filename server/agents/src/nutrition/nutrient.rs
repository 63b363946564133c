//! Nutrients and amounts of them: one order for the table, the sums, the limits and the programme that sets the grams.

use serde::{Deserialize, Serialize};

/// What the food table knows of each food.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Nutrient {
    Energy,
    Protein,
    Fat,
    SaturatedFat,
    Carbohydrate,
    Sugars,
    Fibre,
    Sodium,
    Potassium,
    Calcium,
    Iron,
    Magnesium,
    Zinc,
    Selenium,
    /// Retinol activity equivalents.
    VitaminA,
    VitaminC,
    VitaminD,
    /// Alpha-tocopherol.
    VitaminE,
    Riboflavin,
    /// Dietary folate equivalents.
    Folate,
    VitaminB12,
    /// The plant omega-3 fatty acid, 18:3 n-3.
    AlphaLinolenicAcid,
}

use Nutrient::{
    AlphaLinolenicAcid, Calcium, Carbohydrate, Energy, Fat, Fibre, Folate, Iron, Magnesium, Potassium,
    Protein, Riboflavin, SaturatedFat, Selenium, Sodium, Sugars, VitaminA, VitaminB12, VitaminC, VitaminD,
    VitaminE, Zinc,
};

impl Nutrient {
    /// In the order of `nutrients.csv` and of [`Amounts`].
    pub const ALL: [Self; 22] = [
        Energy,
        Protein,
        Fat,
        SaturatedFat,
        Carbohydrate,
        Sugars,
        Fibre,
        Sodium,
        Potassium,
        Calcium,
        Iron,
        Magnesium,
        Zinc,
        Selenium,
        VitaminA,
        VitaminC,
        VitaminD,
        VitaminE,
        Riboflavin,
        Folate,
        VitaminB12,
        AlphaLinolenicAcid,
    ];

    /// `kcal`, `g`, `mg` or `µg`.
    pub fn unit(self) -> &'static str {
        match self {
            Energy => "kcal",
            Protein | Fat | SaturatedFat | Carbohydrate | Sugars | Fibre | AlphaLinolenicAcid => "g",
            Sodium | Potassium | Calcium | Iron | Magnesium | Zinc | VitaminC | VitaminE | Riboflavin => "mg",
            Selenium | VitaminA | VitaminD | Folate | VitaminB12 => "µg",
        }
    }

    /// As said in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Energy => "energy",
            Protein => "protein",
            Fat => "fat",
            SaturatedFat => "saturated fat",
            Carbohydrate => "carbohydrate",
            Sugars => "sugars",
            Fibre => "fibre",
            Sodium => "sodium",
            Potassium => "potassium",
            Calcium => "calcium",
            Iron => "iron",
            Magnesium => "magnesium",
            Zinc => "zinc",
            Selenium => "selenium",
            VitaminA => "vitamin A",
            VitaminC => "vitamin C",
            VitaminD => "vitamin D",
            VitaminE => "vitamin E",
            Riboflavin => "riboflavin",
            Folate => "folate",
            VitaminB12 => "vitamin B12",
            AlphaLinolenicAcid => "alpha-linolenic acid",
        }
    }
}

/// An amount of every nutrient, in its own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amounts([f64; Nutrient::ALL.len()]);

impl Amounts {
    pub(super) fn new(values: [f64; Nutrient::ALL.len()]) -> Self {
        Self(values)
    }

    /// Of `grams` of what has these amounts per 100 g.
    #[must_use]
    pub fn of_grams(&self, grams: f64) -> Self {
        Self(self.0.map(|per_100| per_100 * grams / 100.0))
    }
}

impl std::ops::Index<Nutrient> for Amounts {
    type Output = f64;
    fn index(&self, nutrient: Nutrient) -> &f64 {
        &self.0[nutrient as usize]
    }
}

impl std::ops::AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        for (sum, part) in self.0.iter_mut().zip(other.0) {
            *sum += part;
        }
    }
}

impl std::iter::Sum for Amounts {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_one() {
        for (i, nutrient) in Nutrient::ALL.into_iter().enumerate() {
            assert_eq!(nutrient as usize, i);
        }
    }
}
