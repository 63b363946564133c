//! Which tasks of a day a person put into their calendar, and what became of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Counts of one day. Rates are shares of 0 to 1; absent where there is nothing to share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CalendarCounts {
    /// Tasks and meals planned for the day.
    pub planned: u32,
    /// In the calendar, planned or not any more.
    pub selected: u32,
    /// Planned, not in the calendar.
    pub not_selected: u32,
    /// In the calendar and reported on.
    pub checked_in: u32,
    /// In the calendar and not reported on.
    pub without_check_in: u32,
    /// Planned tasks that are in the calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_rate: Option<f64>,
    /// Credit of the reports over what is in the calendar: partial counts half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_rate: Option<f64>,
}

impl CalendarCounts {
    /// `credit` tells how much of a task was done, 0–1; nothing when nobody reported on it.
    pub fn of<'a>(
        planned: impl IntoIterator<Item = &'a str>,
        selected: impl IntoIterator<Item = &'a str>,
        credit: impl Fn(&str) -> Option<f64>,
    ) -> Self {
        let planned: BTreeSet<&str> = planned.into_iter().collect();
        let selected: BTreeSet<&str> = selected.into_iter().collect();
        let both = planned.intersection(&selected).count();
        let credits: Vec<f64> = selected.iter().filter_map(|task| credit(task)).collect();
        let rate = |part: f64, whole: usize| (whole > 0).then(|| (part / whole as f64 * 1e3).round() / 1e3);
        Self {
            planned: count(planned.len()),
            selected: count(selected.len()),
            not_selected: count(planned.len() - both),
            checked_in: count(credits.len()),
            without_check_in: count(selected.len() - credits.len()),
            selection_rate: rate(both as f64, planned.len()),
            completion_rate: rate(credits.iter().sum(), selected.len()),
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_planned_selected_and_done() {
        let credit = |task: &str| match task {
            "walk" => Some(1.0),
            "read" => Some(0.5),
            _ => None,
        };
        // `gone` was planned when it was selected; `walk` is named twice.
        let counts = CalendarCounts::of(
            ["walk", "read", "lunch", "sleep"],
            ["walk", "read", "lunch", "gone", "walk"],
            credit,
        );
        let expected = CalendarCounts {
            planned: 4,
            selected: 4,
            not_selected: 1,
            checked_in: 2,
            without_check_in: 2,
            selection_rate: Some(0.75),
            completion_rate: Some(0.375),
        };
        assert_eq!(counts, expected);
        assert_eq!(CalendarCounts::of([], [], credit), CalendarCounts::default());
    }
}
