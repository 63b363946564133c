//! How a plan changes from what people report: by the whole, and task by task.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::Evidence;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evolution {
    pub step: EvolutionStep,
    /// Share of reported tasks that were done (partial counts half), 0–1; `None`: nothing reported.
    pub completion: Option<f64>,
    /// Days with a report.
    pub days: u32,
    pub reason: String,
    /// Titles that were done in less than 40 % of at least three reports: left out.
    pub dropped: Vec<String>,
    /// Titles done in at least 80 %: kept.
    pub kept: Vec<String>,
}

/// < 50 % simplify; ≥ 85 % over 14 days intensify; ≥ 75 % over 7 days progress; else maintain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvolutionStep {
    Simplify,
    Maintain,
    Progress,
    Intensify,
}

pub(super) fn decide(evidence: &Evidence) -> Evolution {
    let recent: Vec<_> =
        evidence.check_ins.iter().filter(|report| age(evidence.today, report.date) < 28).collect();
    let days: BTreeSet<Date> = recent.iter().map(|report| report.date).collect();
    let mut tasks: BTreeMap<&str, (f64, u32)> = BTreeMap::new();
    for report in &recent {
        if let Some(title) = report.title.as_deref() {
            let (done, all) = tasks.entry(title).or_default();
            *done += report.status.credit();
            *all += 1;
        }
    }
    let share = |wanted: fn(f64) -> bool| -> Vec<String> {
        tasks
            .iter()
            .filter(|(_, (done, all))| *all >= 3 && wanted(done / f64::from(*all)))
            .map(|(title, _)| (*title).to_owned())
            .collect()
    };
    let completion = (!recent.is_empty())
        .then(|| recent.iter().map(|report| report.status.credit()).sum::<f64>() / recent.len() as f64)
        .map(|share| (share * 100.0).round() / 100.0);
    let days = u32::try_from(days.len()).unwrap_or(0);
    let (step, reason) = step(completion, days);
    Evolution {
        step,
        completion,
        days,
        reason,
        dropped: share(|done| done < 0.4),
        kept: share(|done| done >= 0.8),
    }
}

/// Intensify is asked for before progress: it needs more of the same.
fn step(completion: Option<f64>, days: u32) -> (EvolutionStep, String) {
    let Some(completion) = completion else {
        return (EvolutionStep::Maintain, "nothing was reported yet".to_owned());
    };
    let step = match completion {
        c if c < 0.5 => EvolutionStep::Simplify,
        c if c >= 0.85 && days >= 14 => EvolutionStep::Intensify,
        c if c >= 0.75 && days >= 7 => EvolutionStep::Progress,
        _ => EvolutionStep::Maintain,
    };
    (step, format!("{:.0} % of what was planned was done over {days} days with a report", completion * 100.0))
}

fn age(today: Date, date: Date) -> i32 {
    today.since(date).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_as_documented() {
        let of = |share, days| step(Some(share), days).0;
        assert_eq!(of(0.49, 30), EvolutionStep::Simplify);
        assert_eq!(of(0.6, 30), EvolutionStep::Maintain);
        assert_eq!(of(0.75, 7), EvolutionStep::Progress);
        assert_eq!(of(0.75, 6), EvolutionStep::Maintain);
        assert_eq!(of(0.95, 30), EvolutionStep::Intensify);
        assert_eq!(of(0.95, 13), EvolutionStep::Progress);
    }
}
