//! The open model: requests leave when they are due, each with a task of its own.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::Plan;
use super::lane::{Lane, Turn};
use super::measure::Tally;
use crate::pacer::Pacer;

/// Sends every `plan.threads`-th request of the plan, from the `thread`-th on, and waits until each was answered or had
/// its time.
pub(super) async fn run(plan: &Plan, thread: usize, begun: Instant) -> anyhow::Result<Tally> {
    let pacer = Pacer::new().context("the load generator cannot make a timer")?;
    let lane = Lane::new(plan);
    // Held once by each request under way, also by one that panics.
    let under_way = Rc::new(());
    let most = plan.max_in_flight.div_ceil(plan.threads);
    let arrivals = (0_u64..).zip(plan.arrivals());
    for (number, (after, measured)) in arrivals.skip(thread).step_by(plan.threads) {
        let due = begun + after;
        pacer.until(due).await.context("the load generator's timer failed")?;
        lane.tally.borrow_mut().due += u64::from(measured);
        if Rc::strong_count(&under_way) > most {
            lane.tally.borrow_mut().dropped += u64::from(measured);
            continue;
        }
        let lane = Rc::clone(&lane);
        let held = Rc::clone(&under_way);
        tokio::task::spawn_local(async move {
            lane.ask(Turn { number, due: Some(due), measured }).await;
            drop(held);
        });
    }
    while Rc::strong_count(&under_way) > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(lane.into_tally())
}
