//! What a run found: for people as text, for programs as JSON. Names in the JSON are fixed; scripts/bench reads them.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::measure::{Tally, Times};
use super::verdict::void;
use super::{Pace, Plan};

/// One run. Times in microseconds, of requests that were answered as expected.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pace: PaceReport,
    seconds: f64,
    warm_up_seconds: f64,
    threads: usize,
    /// Due in the measured time.
    requests: u64,
    answered: u64,
    failed: u64,
    /// Left more than 10 ms after they were due.
    late: u64,
    /// Not sent, because too many were under way.
    dropped: u64,
    /// Bodies that were read and held what they should.
    checked: u64,
    reopened_connections: u64,
    failures: BTreeMap<&'static str, u64>,
    statuses: BTreeMap<u16, u64>,
    /// Answered as expected, from the beginning to the last answer.
    answered_per_second: f64,
    /// From the time at which a request was due to the last byte of its answer.
    latency_us: Option<Quantiles>,
    from_send_us: Option<Quantiles>,
    /// From the time at which a request was due to the first byte of a body sent in pieces.
    first_byte_us: Option<Quantiles>,
    /// From the time at which a request was due to its sending: what of the latency is the generator's.
    left_after_us: Option<Quantiles>,
    generator: Generator,
    /// Why the run says nothing; empty: it counts.
    void: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "model", rename_all = "lowercase")]
enum PaceReport {
    Open { per_second: f64, arrivals: &'static str },
    Closed { callers: usize },
}

#[derive(Debug, Serialize)]
struct Quantiles {
    p50: u64,
    p90: u64,
    p95: u64,
    p99: u64,
    p999: u64,
    max: u64,
}

/// User and system time of the generator itself, with its warm-up.
#[derive(Debug, Serialize)]
struct Generator {
    cpu_ms: Option<f64>,
    /// Of one core, in percent.
    core_percent: Option<f64>,
    cpu_us_per_request: Option<f64>,
}

impl Quantiles {
    fn of(times: &Times) -> Option<Self> {
        let at = |q| times.quantile(q);
        Some(Self {
            p50: at(0.5)?,
            p90: at(0.9)?,
            p95: at(0.95)?,
            p99: at(0.99)?,
            p999: at(0.999)?,
            max: times.longest,
        })
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

impl Report {
    pub(super) fn new(plan: &Plan, tally: &Tally, used: Option<Duration>, begun: Instant) -> Self {
        let measured = begun + plan.warm_up;
        let end = tally.last.unwrap_or(measured).max(measured + plan.length);
        let span = end.duration_since(measured).as_secs_f64();
        let whole = end.duration_since(begun).as_secs_f64();
        let open = matches!(plan.pace, Pace::Open { .. });
        let used = used.map(|used| used.as_secs_f64());
        Self {
            pace: match plan.pace {
                Pace::Open { rate, poisson: None } => PaceReport::Open { per_second: rate, arrivals: "even" },
                Pace::Open { rate, .. } => PaceReport::Open { per_second: rate, arrivals: "poisson" },
                Pace::Closed { callers } => PaceReport::Closed { callers },
            },
            seconds: plan.length.as_secs_f64(),
            warm_up_seconds: plan.warm_up.as_secs_f64(),
            threads: plan.threads,
            requests: tally.due,
            answered: tally.answered,
            failed: tally.failed(),
            late: tally.late,
            dropped: tally.dropped,
            checked: tally.checked,
            reopened_connections: tally.reopened,
            failures: tally.failures.iter().map(|(failure, count)| (failure.as_str(), *count)).collect(),
            statuses: tally.statuses.clone(),
            answered_per_second: rounded(tally.answered as f64 / span),
            latency_us: Quantiles::of(&tally.latency),
            from_send_us: Quantiles::of(&tally.from_send),
            first_byte_us: Quantiles::of(&tally.first_byte),
            left_after_us: Quantiles::of(&tally.leaving).filter(|_| open),
            generator: Generator {
                cpu_ms: used.map(|used| rounded(used * 1e3)),
                core_percent: used.map(|used| rounded(used / whole * 100.0)),
                cpu_us_per_request: used
                    .filter(|_| tally.sent > 0)
                    .map(|used| rounded(used * 1e6 / tally.sent as f64)),
            },
            void: void(tally, plan.allow_failed, plan.max_in_flight),
        }
    }

    pub(crate) fn is_void(&self) -> bool {
        !self.void.is_empty()
    }

    /// One line of a table whose head is [`Report::HEAD`].
    pub(crate) fn row(&self) -> String {
        let asked = match self.pace {
            PaceReport::Open { per_second, .. } => per_second,
            PaceReport::Closed { .. } => 0.0,
        };
        let time = |pick: fn(&Quantiles) -> u64| match &self.latency_us {
            Some(quantiles) => millis(pick(quantiles)),
            None => "–".to_owned(),
        };
        let (p50, p99, max) = (time(|q| q.p50), time(|q| q.p99), time(|q| q.max));
        let verdict =
            if self.is_void() { format!("void: {}", self.void.join("; ")) } else { "counts".to_owned() };
        let (answered, core) = (self.answered_per_second, self.generator.core_percent.unwrap_or_default());
        format!("{asked:>8} {answered:>10.1} {p50:>9} {p99:>9} {max:>9} {core:>8.1} %  {verdict}")
    }

    /// The head of a table of rows; times in milliseconds.
    pub(crate) const HEAD: &str = " asked/s answered/s    p50 ms    p99 ms    max ms  generator  verdict";
}

fn millis(micros: u64) -> String {
    format!("{:.2}", micros as f64 / 1000.0)
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.pace {
            PaceReport::Open { per_second, arrivals } => writeln!(
                f,
                "Open model: {per_second} requests a second, {arrivals} arrivals, {} s after {} s of warm-up",
                self.seconds, self.warm_up_seconds
            )?,
            PaceReport::Closed { callers } => writeln!(
                f,
                "Closed model: {callers} at a time, {} s after {} s of warm-up",
                self.seconds, self.warm_up_seconds
            )?,
        }
        writeln!(
            f,
            "{} requests, {} answered as expected ({} a second), {} failed, {} late, {} dropped",
            self.requests, self.answered, self.answered_per_second, self.failed, self.late, self.dropped
        )?;
        let statuses: Vec<String> =
            self.statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        writeln!(f, "statuses: {}; {} bodies checked", statuses.join(", "), self.checked)?;
        writeln!(
            f,
            "\n{:<28}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "milliseconds", "p50", "p90", "p95", "p99", "p99.9", "max"
        )?;
        for (name, quantiles) in [
            ("from when it was due", &self.latency_us),
            ("from its sending", &self.from_send_us),
            ("to the first byte of a stream", &self.first_byte_us),
            ("until it left", &self.left_after_us),
        ] {
            let Some(q) = quantiles else { continue };
            write!(f, "{name:<28}")?;
            for micros in [q.p50, q.p90, q.p95, q.p99, q.p999, q.max] {
                write!(f, "{:>10}", millis(micros))?;
            }
            writeln!(f)?;
        }
        if let (Some(core), Some(each)) = (self.generator.core_percent, self.generator.cpu_us_per_request) {
            writeln!(f, "\nThe generator itself took {core} % of one core, {each} µs a request.")?;
        }
        match self.void.as_slice() {
            [] => write!(f, "The run counts."),
            reasons => write!(f, "The run is void: {}.", reasons.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Failure;
    use super::super::tests::plan;
    use super::*;

    fn report(pace: Pace, tally: &Tally) -> Report {
        let mut plan = plan(&["--url", "http://127.0.0.1:1/"]);
        plan.pace = pace;
        Report::new(&plan, tally, Some(Duration::from_millis(240)), Instant::now())
    }

    fn tally() -> Tally {
        let mut tally = Tally { sent: 6000, due: 5000, answered: 4999, checked: 500, ..Tally::default() };
        for millis in 1..=100 {
            tally.latency.record(Duration::from_millis(millis));
            tally.from_send.record(Duration::from_millis(millis / 2));
            tally.leaves(Duration::from_micros(millis));
        }
        tally.fails(Failure::Connection);
        tally.statuses.insert(200, 4999);
        tally
    }

    #[test]
    fn its_shape_for_programs() {
        let open = report(Pace::Open { rate: 500.0, poisson: None }, &tally());
        insta::assert_json_snapshot!("open", open);
        let closed = report(Pace::Closed { callers: 1 }, &Tally { due: 1, ..Tally::default() });
        insta::assert_json_snapshot!("closed", closed);
    }

    #[test]
    fn its_words_for_people() {
        let open = report(Pace::Open { rate: 500.0, poisson: Some(1) }, &tally());
        insta::assert_snapshot!("words", format!("{open}\n\n{}\n{}", Report::HEAD, open.row()));
    }
}
