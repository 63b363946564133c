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

/// The median weight of each day that has one, without those that are more than 15 % away from the median of all within two weeks.
/// Where as many say one weight as another, the profile's decides which is wrong; without it, both stay.
pub(super) fn by_day(
    weights: &[&Placed<'_>],
    known_kg: Option<f64>,
    ledger: &mut Ledger,
) -> BTreeMap<Date, DayRecord> {
    let mut kept: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
    for one in weights {
        let (date, kg) = (one.date, one.reading.value);
        let near =
            |other: &&&Placed<'_>| other.date.since(date).is_ok_and(|span| span.get_days().abs() <= DAYS);
        let mut around: Vec<f64> = weights.iter().filter(near).map(|other| other.reading.value).collect();
        around.sort_by(f64::total_cmp);
        let (low, high) = (around[(around.len() - 1) / 2], around[around.len() / 2]);
        // Two camps of the same size have no middle.
        let usual = if leaps(low, high) || leaps(high, low) {
            known_kg.filter(|known| !leaps(low, *known) || !leaps(high, *known))
        } else {
            Some(f64::midpoint(low, high))
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
