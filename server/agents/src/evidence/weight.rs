//! Weights that leap are somebody else on the scale, or a slip of the finger.

use std::collections::BTreeMap;

use domain::health_data::BiomarkerKind;
use jiff::civil::Date;

use super::DayRecord;
use super::intake::{Ledger, Reason};
use super::sources::Placed;
use crate::statistics::median;

/// Share of the usual weight that nobody gains or loses within two weeks.
const LEAP: f64 = 0.15;
const DAYS: i32 = 14;

/// The median weight of each day that has one, without those that are more than 15 % away from the median of the others within
/// two weeks. With one other weight only, the profile's decides which of the two is wrong; without one, both stay.
pub(super) fn by_day(
    weights: &[&Placed<'_>],
    known_kg: Option<f64>,
    ledger: &mut Ledger,
) -> BTreeMap<Date, DayRecord> {
    let mut kept: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
    for (i, one) in weights.iter().enumerate() {
        let (date, kg) = (one.date, one.reading.value);
        let near =
            |other: &Placed<'_>| other.date.since(date).is_ok_and(|span| span.get_days().abs() <= DAYS);
        let others = weights.iter().enumerate().filter(|(j, other)| *j != i && near(other));
        let others: Vec<f64> = others.map(|(_, other)| other.reading.value).collect();
        let usual = match others[..] {
            [] => None,
            [other] => known_kg.filter(|known| leaps(other, kg) && !leaps(other, *known)),
            _ => median(&others),
        };
        if usual.is_some_and(|usual| leaps(kg, usual)) {
            ledger.add(BiomarkerKind::WeightKg, Reason::Leap);
        } else {
            kept.entry(date).or_default().push(kg);
        }
    }
    let record = |(date, values): (Date, Vec<f64>)| {
        (date, DayRecord { weight_kg: median(&values), ..DayRecord::empty(date) })
    };
    kept.into_iter().map(record).collect()
}

fn leaps(kg: f64, usual: f64) -> bool {
    (kg - usual).abs() > LEAP * usual
}
