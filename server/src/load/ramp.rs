//! One run after another, each faster, until one is void: where the breaking point is.

use serde::Serialize;

use super::{Pace, Plan, Report, run};

/// The runs in their order; only the last may be void.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Ramp {
    runs: Vec<Report>,
    /// The highest rate, in requests a second, whose run counts; `None`: not even the first did.
    highest_per_second: Option<f64>,
}

impl Ramp {
    /// Runs the plan at each rate up to the first void one. `done` hears of each run.
    pub(crate) fn run(plan: &Plan, rates: &[f64], mut done: impl FnMut(&Report)) -> anyhow::Result<Self> {
        let mut ramp = Self::default();
        for &rate in rates {
            let poisson = match plan.pace {
                Pace::Open { poisson, .. } => poisson,
                Pace::Closed { .. } => None,
            };
            let report = run(&Plan { pace: Pace::Open { rate, poisson }, ..plan.clone() })?;
            done(&report);
            let void = report.is_void();
            ramp.runs.push(report);
            if void {
                break;
            }
            ramp.highest_per_second = Some(rate);
        }
        Ok(ramp)
    }

    /// Whether even the first rate was too much.
    pub(crate) fn is_void(&self) -> bool {
        self.highest_per_second.is_none()
    }

    /// The breaking point in words.
    pub(crate) fn summary(&self) -> String {
        match (self.highest_per_second, self.runs.last().is_some_and(Report::is_void)) {
            (None, _) => "Not even the lowest rate counts.".to_owned(),
            (Some(rate), true) => format!("The highest rate that counts: {rate} a second."),
            (Some(rate), false) => format!("Every rate counts, up to {rate} a second."),
        }
    }
}
