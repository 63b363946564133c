//! An answer on its way in parts: each is handed on as it comes, the call is booked when the last is there.
//!
//! Whoever drops it before its end has gone away, and so has who no longer asks for the next part: then what is known is booked, else
//! the worst case. It never outlives the model's deadline, nor a stop of the process by more than some seconds.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use domain::agent::TokenUse;
use domain::money::MicroUsd;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::asking::{Opened, in_words};
use super::call::Call;
use super::{ChatFacts, NoAnswer, Session};
use crate::Ops;
use crate::error::{Error, Result};
use crate::gateway::models::Model;
use crate::gateway::provider::{Failure, FailureKind};

/// How long the last parts may take to leave when the process stops. Before that the server has let answers under way finish.
const GRACE: Duration = Duration::from_millis(500);
/// After a deadline that whoever waits for a part keeps by itself.
const LATE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub enum ChatPart {
    /// The provider's `choices` of one chunk, JSON.
    Choices(Box<RawValue>),
    /// The answer is whole, and booked.
    End {
        /// The provider's `usage`, JSON; absent when it did not say, or said what cannot be.
        usage: Option<Box<RawValue>>,
        facts: ChatFacts,
    },
}

/// What an answer in parts came to.
#[derive(Clone, Debug)]
pub struct ChatOutcome {
    pub facts: ChatFacts,
    /// A stable word: why it broke off.
    pub error: Option<String>,
}

pub struct ChatParts {
    /// Held while a part is waited for: nobody else wants it then.
    live: Arc<Mutex<Option<Live>>>,
    /// Ends the watch over clients that stop reading.
    over: CancellationToken,
    outcome: Arc<OnceLock<ChatOutcome>>,
}

struct Live {
    ops: Ops,
    session: Session,
    opened: Opened,
    until: Instant,
    /// How long the part that is waited for may take.
    patience: Duration,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// How it ended.
#[derive(Clone, Copy)]
enum Ending {
    Whole,
    Broken(NoAnswer),
    /// Nobody reads it any more.
    ClientGone,
}

/// What an end leaves to do: to book it.
struct Closing {
    call: Call,
    cost: MicroUsd,
    tokens: TokenUse,
    usage: Option<Box<RawValue>>,
    facts: ChatFacts,
}

impl ChatParts {
    pub(super) fn new(ops: &Ops, session: Session, opened: Opened, until: Instant) -> Self {
        let stopping = ops.jobs.stopping();
        let stopped = Box::pin(async move {
            stopping.cancelled().await;
            tokio::time::sleep(GRACE).await;
        });
        let live = Live { ops: ops.clone(), session, opened, until, patience: Duration::ZERO, stopped };
        let parts = Self {
            live: Arc::new(Mutex::new(Some(live))),
            over: CancellationToken::new(),
            outcome: Arc::default(),
        };
        ops.jobs.spawn(parts.watch(until, ops.jobs.stopping()));
        parts
    }

    /// A client that stops reading is not asked for the next part by anybody: at the deadline it has gone away.
    fn watch(&self, until: Instant, stopping: CancellationToken) -> impl Future<Output = ()> + use<> {
        let (live, outcome, over) =
            (Arc::downgrade(&self.live), Arc::clone(&self.outcome), self.over.clone());
        async move {
            let late = tokio::time::sleep_until((until + LATE).into());
            tokio::select! {
                () = over.cancelled() => return,
                () = late => {}
                () = async { stopping.cancelled().await; tokio::time::sleep(GRACE + LATE).await } => {}
            }
            // Whoever holds it is waiting for a part, and gives up by itself.
            let left = live.upgrade().and_then(|live| live.try_lock().ok()?.take());
            if let Some(live) = left {
                let Closing { mut call, cost, tokens, .. } = live.close(Ending::ClientGone, &outcome);
                call.end(cost, tokens);
            }
        }
    }

    /// Filled when it has ended, or was dropped.
    pub fn outcome(&self) -> Arc<OnceLock<ChatOutcome>> {
        Arc::clone(&self.outcome)
    }

    /// The next part; `None` after the end and after an error.
    pub async fn next(&mut self) -> Option<Result<ChatPart>> {
        let mut live = self.live.lock().await;
        let arrived = live.as_mut()?.arriving().await;
        let ending = match arrived {
            Ok(Some(choices)) => return Some(Ok(ChatPart::Choices(choices))),
            Ok(None) => Ending::Whole,
            Err(why) => Ending::Broken(why),
        };
        let Closing { mut call, cost, tokens, usage, facts } = live.take()?.close(ending, &self.outcome);
        drop(live);
        self.over.cancel();
        call.end(cost, tokens);
        Some(match ending {
            Ending::Broken(why) => Err(Error::NoAnswer { why, retry_after_s: None }),
            _ => Ok(ChatPart::End { usage, facts }),
        })
    }
}

impl Drop for ChatParts {
    fn drop(&mut self) {
        self.over.cancel();
        let left = self.live.try_lock().ok().and_then(|mut live| live.take());
        if let Some(live) = left {
            let Closing { mut call, cost, tokens, .. } = live.close(Ending::ClientGone, &self.outcome);
            call.end(cost, tokens);
        }
    }
}

impl Live {
    fn model(&self) -> Option<&Model> {
        self.ops.gateway.models.all().get(self.opened.model)
    }

    async fn arriving(&mut self) -> std::result::Result<Option<Box<RawValue>>, NoAnswer> {
        let left = self.until.saturating_duration_since(Instant::now());
        let patience = self.model().map_or(left, |model| model.timeout.min(left));
        self.patience = patience;
        tokio::select! {
            biased;
            part = tokio::time::timeout(patience, self.opened.parts.next()) => {
                let part = part.unwrap_or(Err(Failure::new(FailureKind::Timeout)));
                part.map_err(|failure| NoAnswer::Failed(failure.kind))
            }
            () = &mut self.stopped => Err(NoAnswer::Stopping),
        }
    }

    /// Ends the request in everything but the ledger.
    fn close(mut self, ending: Ending, outcome: &OnceLock<ChatOutcome>) -> Closing {
        let known = self.opened.parts.tokens();
        let most = self.opened.most;
        let (cost, tokens) = match self.model() {
            Some(model) => most.charged(model, known, true),
            None => (most.cost(), TokenUse::default()),
        };
        let took = self.opened.sent.elapsed();
        if let Some(model) = self.model() {
            match ending {
                Ending::Broken(NoAnswer::Failed(kind)) => self.ops.failed(model, kind, self.patience, took),
                Ending::Whole => self.ops.answered(model, &self.opened.kind, cost, tokens, took),
                // It did answer; how long it would have taken, and what it would have cost, nobody knows.
                _ => model.succeeded(self.ops.clock.now()),
            }
        }
        let words = in_words(tokens, Some(self.opened.parts.first_after));
        let (status, detail) = match ending {
            Ending::Whole => ("ok", words),
            Ending::Broken(why) => ("failed", format!("{}: {words}", why.as_str())),
            Ending::ClientGone => ("failed", format!("the client went away: {words}")),
        };
        self.session.trace.end(&self.opened.step, self.opened.began, status, Some(detail));
        self.session.permit.close();
        let mut facts = self.session.facts();
        facts.used.cost += cost;
        facts.used.attempts += 1;
        facts.used.tokens += tokens;
        let error = match ending {
            Ending::Whole => None,
            Ending::Broken(why) => Some(format!("model-{}", why.as_str())),
            Ending::ClientGone => Some("client-gone".to_owned()),
        };
        // Only this fills it, once.
        let _ = outcome.set(ChatOutcome { facts: facts.clone(), error });
        let usage = self.opened.parts.usage.take().filter(|_| known.is_some());
        Closing { call: self.opened.call, cost, tokens, usage, facts }
    }
}

impl std::fmt::Debug for ChatParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatParts").field("ended", &self.outcome.get().is_some()).finish_non_exhaustive()
    }
}
