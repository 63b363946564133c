//! An honest load generator: `holisticos load`.
//!
//! Promises an open model: requests leave at the times of a schedule whether earlier ones were answered or not, and what
//! they took is counted from the time at which they were due, so that an answer that holds up others is seen in all of
//! them. A run that did not keep its schedule, or lost requests, says that it is void and why. Runs on threads of its own
//! and uses little of the cores that it shares with what it measures. Leaves what the figures mean to the reader.

mod answer;
mod arguments;
mod closed;
mod connection;
mod lane;
mod measure;
mod open;
mod processor;
mod ramp;
mod report;
mod request;
mod schedule;
mod template;
#[cfg(test)]
mod tests;
mod url;
mod verdict;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::runtime::{Builder, LocalOptions};

pub(crate) use arguments::LoadFlags;
pub(crate) use ramp::Ramp;
pub(crate) use report::Report;

use measure::Tally;
use request::Ask;
use schedule::Schedule;

/// From the start of the threads to the first arrival: all of them are ready by then.
const HEAD_START: Duration = Duration::from_millis(20);

/// What is asked, how often, and when the run is void.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) pace: Pace,
    warm_up: Duration,
    length: Duration,
    threads: usize,
    /// Requests under way above which an arrival is dropped, all threads together.
    max_in_flight: usize,
    /// Failed requests that do not void the run.
    allow_failed: u64,
    /// What a request may take from its sending on.
    timeout: Duration,
    ask: Arc<Ask>,
}

/// When requests leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// So many a second, whatever becomes of them.
    Open { rate: f64, poisson: Option<u64> },
    /// So many callers, each of whom asks again when answered.
    Closed { callers: usize },
}

/// Carries the plan out. An error means that it could not begin; what goes wrong later is in the report.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<Report> {
    let cpu = processor::time();
    let begun = Instant::now() + HEAD_START;
    let mut threads = Vec::new();
    for number in 0..plan.threads {
        let plan = plan.clone();
        let name = format!("load-{number}");
        threads.push(thread::Builder::new().name(name).spawn(move || thread_of(&plan, number, begun))?);
    }
    let mut tally = Tally::default();
    for thread in threads {
        let part = thread.join().map_err(|_| anyhow::anyhow!("a thread of the generator ended early"))??;
        tally.merge(&part);
    }
    let used = processor::time().zip(cpu).map(|(after, before)| after.saturating_sub(before));
    Ok(Report::new(plan, &tally, used, begun))
}

fn thread_of(plan: &Plan, number: usize, begun: Instant) -> anyhow::Result<Tally> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .context("the load generator cannot start a runtime")?;
    runtime.block_on(async {
        match plan.pace {
            Pace::Open { .. } => open::run(plan, number, begun).await,
            Pace::Closed { callers } => Ok(closed::run(plan, number, callers, begun).await),
        }
    })
}

impl Plan {
    /// Every arrival of an open run from its beginning: when it is due, and whether it is measured.
    fn arrivals(&self) -> impl Iterator<Item = (Duration, bool)> + use<> {
        let (rate, poisson) = match self.pace {
            Pace::Open { rate, poisson } => (rate, poisson),
            Pace::Closed { .. } => (0.0, None),
        };
        let warm_up = self.warm_up;
        let before = Schedule { rate, length: warm_up, poisson: poisson.map(|seed| seed.wrapping_add(1)) };
        let measured = Schedule { rate, length: self.length, poisson };
        let before = before.arrivals().map(|due| (due, false));
        before.chain(measured.arrivals().map(move |due| (warm_up + due, true)))
    }
}
