//! What should be talked over with a professional: said plainly, never as a diagnosis.

use domain::profile::Goal;

use crate::evidence::{DayRecord, Evidence};
use crate::statistics::median;

/// Days that must agree before anybody is sent to a doctor.
const LEAST_DAYS: usize = 7;
/// Share of the weight lost within a month without being asked for. The usual clinical mark is 5 % in half a year, so that this
/// is careful.
const LOSS: f64 = 0.05;

pub(super) fn of(evidence: &Evidence) -> Vec<String> {
    let usual = |signal: fn(&DayRecord) -> Option<f64>| {
        let values: Vec<f64> =
            Evidence::values(&evidence.days, signal).into_iter().map(|(_, value)| value).collect();
        median(&values).filter(|_| values.len() >= LEAST_DAYS)
    };
    let sleep = usual(|day| day.sleep_minutes);
    let said = [
        sleep.filter(|minutes| *minutes < 300.0).map(|_| {
            "Most of your nights are shorter than five hours. If that is not by choice, talk to a doctor about your sleep."
        }),
        sleep.filter(|minutes| *minutes > 600.0).map(|_| {
            "Most of your nights are longer than ten hours. If you are tired all the same, talk to a doctor about your sleep."
        }),
        usual(|day| day.resting_heart_rate)
            .filter(|beats| *beats > 100.0)
            .map(|_| "Your resting heart rate is usually above 100. Have it looked at by a doctor."),
        lost_weight(evidence)
            .then_some("Your weight fell clearly within a month. If you did not mean it to, talk to a doctor."),
    ];
    said.into_iter().flatten().map(str::to_owned).collect()
}

/// The median of the newest three weights against that of the first three.
fn lost_weight(evidence: &Evidence) -> bool {
    let weights: Vec<f64> = evidence.weights.iter().map(|(_, kg)| *kg).collect();
    if weights.len() < 6 || evidence.profile.goal == Some(Goal::LoseWeight) {
        return false;
    }
    let (first, newest) = (median(&weights[..3]), median(&weights[weights.len() - 3..]));
    first.zip(newest).is_some_and(|(first, newest)| newest < first * (1.0 - LOSS))
}
