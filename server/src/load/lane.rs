//! What the requests of one thread share: idle connections and counts.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Plan;
use super::connection::{Connection, Exchange, Unanswered};
use super::measure::{Failure, Tally};
use super::request::Ask;

/// One thread's part of a run. Nothing in it is borrowed across an await.
pub(super) struct Lane {
    ask: Arc<Ask>,
    timeout: Duration,
    /// By server; the one used last is used first, so that there are as few as can be.
    idle: RefCell<Vec<Vec<Connection>>>,
    pub(super) tally: RefCell<Tally>,
}

/// One request of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) number: u64,
    /// `None`: when it leaves.
    pub(super) due: Option<Instant>,
    /// Not a part of the warm-up.
    pub(super) measured: bool,
}

impl Lane {
    pub(super) fn new(plan: &Plan) -> Rc<Self> {
        let idle = plan.ask.servers.iter().map(|_| Vec::new()).collect();
        Rc::new(Self {
            ask: Arc::clone(&plan.ask),
            timeout: plan.timeout,
            idle: RefCell::new(idle),
            tally: RefCell::default(),
        })
    }

    /// Asks, waits for the answer and counts both. Whether the connection served.
    pub(super) async fn ask(&self, turn: Turn) -> bool {
        let server = self.ask.server(turn.number);
        let kept = self.idle.borrow_mut()[server].pop();
        let mut connection = kept.unwrap_or_else(|| Connection::new(self.ask.servers[server]));
        let mut due = turn.due;
        let exchange = connection.exchange(&self.ask, turn.number, |sent| {
            let due = *due.get_or_insert(sent);
            let mut tally = self.tally.borrow_mut();
            tally.sent += 1;
            if turn.measured {
                tally.leaves(sent.saturating_duration_since(due));
            }
        });
        let outcome = tokio::time::timeout(self.timeout, exchange).await;
        let served = matches!(outcome, Ok(Ok(_)));
        if served {
            self.idle.borrow_mut()[server].push(connection);
        }
        if turn.measured {
            self.count(outcome.ok(), due);
        }
        served
    }

    fn count(&self, outcome: Option<Result<Exchange, Unanswered>>, due: Option<Instant>) {
        let mut tally = self.tally.borrow_mut();
        let exchange = match outcome {
            None => return tally.fails(Failure::Timeout),
            Some(Err(error)) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a request was not answered");
                return tally.fails(Failure::Connection);
            }
            Some(Ok(exchange)) => exchange,
        };
        *tally.statuses.entry(exchange.status).or_default() += 1;
        tally.reopened += u64::from(exchange.reopened);
        tally.last = tally.last.max(Some(exchange.done));
        if !self.ask.statuses.contains(&exchange.status) {
            return tally.fails(Failure::Status);
        }
        if let Some(body) = &exchange.body {
            if !self.ask.is_right(body) {
                return tally.fails(Failure::Body);
            }
            tally.checked += 1;
        }
        let due = due.unwrap_or(exchange.sent);
        tally.answered += 1;
        tally.latency.record(exchange.done.saturating_duration_since(due));
        tally.from_send.record(exchange.done.saturating_duration_since(exchange.sent));
        if let Some(streamed) = exchange.streamed {
            tally.first_byte.record(streamed.saturating_duration_since(due));
        }
    }

    /// What was counted, when nobody asks any more.
    pub(super) fn into_tally(self: Rc<Self>) -> Tally {
        Rc::try_unwrap(self).map_or_else(|shared| shared.tally.borrow().clone(), |own| own.tally.into_inner())
    }
}
