//! When a run says nothing, and why.

use super::measure::{LATE, Tally};

/// Share of requests that may leave late.
const MAY_BE_LATE: f64 = 0.001;

/// Reasons why the run is void; none: it counts. Of a closed run nothing is late or dropped.
pub(super) fn void(tally: &Tally, allow_failed: u64, max_in_flight: usize) -> Vec<String> {
    let mut reasons = Vec::new();
    if tally.dropped > 0 {
        reasons.push(format!(
            "{} of {} requests were not sent, because {max_in_flight} were under way",
            tally.dropped, tally.due
        ));
    }
    if tally.late as f64 > tally.due as f64 * MAY_BE_LATE {
        reasons.push(format!(
            "{} of {} requests left more than {} ms after they were due; at most {} % may",
            tally.late,
            tally.due,
            LATE.as_millis(),
            MAY_BE_LATE * 100.0
        ));
    }
    if tally.failed() > allow_failed {
        let kinds: Vec<String> =
            tally.failures.iter().map(|(kind, count)| format!("{count} by {}", kind.as_str())).collect();
        reasons.push(format!("{} of {} requests failed: {}", tally.failed(), tally.due, kinds.join(", ")));
    }
    if tally.answered == 0 {
        reasons.push("no request was answered as expected".to_owned());
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::super::measure::Failure;
    use super::*;

    fn whole() -> Tally {
        Tally { due: 10_000, answered: 10_000, ..Tally::default() }
    }

    #[test]
    fn a_run_on_time_counts() {
        assert_eq!(void(&whole(), 0, 9), Vec::<String>::new());
    }

    #[test]
    fn one_dropped_request_voids_it() {
        let tally = Tally { dropped: 1, ..whole() };
        assert_eq!(void(&tally, 9, 64), ["1 of 10000 requests were not sent, because 64 were under way"]);
    }

    #[test]
    fn one_late_request_in_a_thousand_is_allowed() {
        assert_eq!(void(&Tally { late: 10, ..whole() }, 0, 9), Vec::<String>::new());
        let reasons = void(&Tally { late: 11, ..whole() }, 0, 9);
        assert_eq!(
            reasons,
            ["11 of 10000 requests left more than 10 ms after they were due; at most 0.1 % may"]
        );
    }

    #[test]
    fn failures_count_together() {
        let mut tally = whole();
        tally.fails(Failure::Status);
        tally.fails(Failure::Timeout);
        assert_eq!(void(&tally, 2, 9), Vec::<String>::new());
        assert_eq!(void(&tally, 1, 9), ["2 of 10000 requests failed: 1 by status, 1 by timeout"]);
    }

    #[test]
    fn nothing_answered_is_no_figure() {
        assert_eq!(void(&Tally::default(), 5, 9), ["no request was answered as expected"]);
    }
}
