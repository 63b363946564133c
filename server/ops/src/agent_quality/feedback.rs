//! How people took what an agent gave: reactions to insights, check-ins of tasks and meals.

use domain::agent::Agent;
use domain::check_in::CheckInStatus;

use super::quality::Measure;
use super::store::{self, CheckedIn, Shown};
use crate::error::Result;
use crate::telemetry::Window;

impl crate::Ops {
    /// Nothing of agents that nobody is asked about.
    pub(super) async fn agent_feedback(&self, agent: Agent, window: Window) -> Result<Vec<Measure>> {
        let (from, to) = (window.from.as_millisecond(), window.to.as_millisecond());
        Ok(match agent {
            Agent::Insights => of_insights(&store::shown(&self.db, from, to).await?),
            Agent::Routine => of_check_ins(&store::checked_in(&self.db, false, from, to).await?),
            Agent::Nutrition => of_check_ins(&store::checked_in(&self.db, true, from, to).await?),
            _ => Vec::new(),
        })
    }
}

fn of_insights(shown: &Shown) -> Vec<Measure> {
    const SHOWN: &str = "insights first shown in the window";
    let [all, acknowledged, rated, dismissed, helpful, said] =
        [shown.shown, shown.acknowledged, shown.rated, shown.dismissed, shown.helpful, shown.judged_helpful]
            .map(i64::unsigned_abs);
    vec![
        Measure::new(
            "insights-acknowledged",
            "Insights that were acknowledged since",
            acknowledged,
            all,
            SHOWN,
        ),
        Measure::new("insights-rated", "Insights that were rated since", rated, all, SHOWN)
            .noted(mean(shown.ratings, shown.rating_sum)),
        Measure::new(
            "insights-helpful",
            "Insights called helpful",
            helpful,
            said,
            "of them, those of which somebody said whether they help",
        ),
        Measure::new("insights-dismissed", "Insights that were dismissed since", dismissed, all, SHOWN),
    ]
}

fn of_check_ins(rows: &[CheckedIn]) -> Vec<Measure> {
    const ALL: &str = "check-ins received in the window";
    let all: u64 = rows.iter().map(|row| row.times.unsigned_abs()).sum();
    let of = |status: CheckInStatus| {
        rows.iter().filter(|row| row.status == status.as_str()).map(|row| row.times.unsigned_abs()).sum()
    };
    let (ratings, sum) =
        (rows.iter().map(|row| row.ratings).sum(), rows.iter().map(|row| row.rating_sum).sum());
    vec![
        Measure::new("check-ins-done", "Done as planned", of(CheckInStatus::Done), all, ALL)
            .noted(mean(ratings, sum)),
        Measure::new("check-ins-partial", "Done in part", of(CheckInStatus::Partial), all, ALL),
        Measure::new("check-ins-skipped", "Skipped", of(CheckInStatus::Skipped), all, ALL),
    ]
}

/// `mean rating 4.2 of 5, from 12`; nothing without a rating.
fn mean(ratings: i64, sum: i64) -> Option<String> {
    (ratings > 0).then(|| format!("mean rating {:.1} of 5, from {ratings}", sum as f64 / ratings as f64))
}
