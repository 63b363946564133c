//! The closed model: so many callers, each of whom asks again as soon as it is answered.
//!
//! Finds what one call takes. It does not find what callers would see who come on their own: when answers are slow it asks
//! less often.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Plan;
use super::lane::{Lane, Turn};
use super::measure::Tally;

/// Of a caller whose connection was refused or broke off.
const PAUSE: Duration = Duration::from_millis(10);

/// Every `plan.threads`-th caller of all, from the `thread`-th on, until the plan's time is over.
pub(super) async fn run(plan: &Plan, thread: usize, callers: usize, begun: Instant) -> Tally {
    let lane = Lane::new(plan);
    tokio::time::sleep_until(begun.into()).await;
    let tasks: Vec<_> = (thread..callers)
        .step_by(plan.threads)
        .map(|caller| {
            let lane = Rc::clone(&lane);
            let (measured, end) = (begun + plan.warm_up, begun + plan.warm_up + plan.length);
            let numbers = (caller as u64..).step_by(callers);
            tokio::task::spawn_local(calls(lane, numbers, measured, end))
        })
        .collect();
    for task in tasks {
        // A caller that panics would be the generator's fault: its thread ends with it.
        task.await.expect("a caller of the load generator ends by itself");
    }
    lane.into_tally()
}

async fn calls(lane: Rc<Lane>, numbers: impl Iterator<Item = u64>, measured: Instant, end: Instant) {
    for number in numbers {
        let now = Instant::now();
        if now >= end {
            return;
        }
        let measured = now >= measured;
        lane.tally.borrow_mut().due += u64::from(measured);
        if !lane.ask(Turn { number, due: None, measured }).await {
            tokio::time::sleep(PAUSE).await;
        }
    }
}
