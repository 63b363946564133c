//! One exchange with the store at a time: what was spent is booked, slack that others may need is given back, and what is
//! asked for is taken, by one transaction for everybody who waits.
//!
//! The transaction that takes money is durable, so that no power cut forgets it. When its commit is answered by a broken
//! connection, the next exchange asks the store whether it happened.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};

use super::decide::Verdicts;
use super::plan::{Plan, Touched, split};
use super::{Answer, Ask, Candidate, Ended, Granted, store};
use crate::Ops;
use crate::clock::Clock;
use crate::cost::refusal::CostRefusal;
use crate::cost::scopes::{self, Scope};
use crate::cost::store as ledger;
use crate::cost::store::{Booking, Counter};
use crate::error::{Error, Result};
use crate::gateway::switch;

/// How often a process with nothing to tell says that it lives.
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(10);

/// What it is for, and so what slack leases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Somebody asks: who lacked room gets more than that, the others stay as they are.
    Asked,
    /// Four times a second: as much as use asks for.
    Cushion,
    Nothing,
}

/// Where this process stands with the store.
pub(super) struct Correspondence {
    instance: String,
    /// Exchanges committed; 0: the store does not know this process.
    exchanges: i64,
    seen_at: Timestamp,
    /// The highest number of a call at the last exchange: who is still in flight at the next one takes long.
    long_open: u64,
    doubtful: Option<Doubtful>,
}

/// An exchange of which nobody knows whether it was committed.
struct Doubtful {
    touched: Vec<Touched>,
    ended: Vec<Ended>,
}

/// Why an exchange failed.
enum Failed {
    /// Nothing happened, whatever it was.
    Before(Error),
    AtCommit(Error),
    /// Others gave this process up, and booked what it had taken.
    GivenUp,
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Before(error.into())
    }
}

impl Correspondence {
    pub(super) fn new(clock: &Clock) -> Self {
        Self { instance: clock.new_id(), exchanges: 0, seen_at: Timestamp::MIN, long_open: 0, doubtful: None }
    }

    pub(super) fn instance(&self) -> &str {
        &self.instance
    }
}

impl Ops {
    /// Serves all who wait; who finds nobody waiting was served by somebody else's exchange.
    pub(super) async fn answer_asks(&self) {
        let mut turn = self.gateway.leases.turn.lock().await;
        let mut asks =
            std::mem::take(&mut *self.gateway.leases.asks.lock().unwrap_or_else(PoisonError::into_inner));
        // Who no longer waits needs nothing.
        asks.retain(|ask| !ask.answer.is_closed());
        if !asks.is_empty() {
            // Whoever asked is told what failed.
            let _ = self.exchange(&mut turn, asks, Keep::Asked).await;
        }
    }

    pub(super) async fn exchange_with_store(&self, keep: Keep) -> Result<()> {
        let mut turn = self.gateway.leases.turn.lock().await;
        self.exchange(&mut turn, Vec::new(), keep).await
    }

    async fn exchange(&self, turn: &mut Correspondence, asks: Vec<Ask>, keep: Keep) -> Result<()> {
        let (mut candidates, answers) = split(asks);
        if let Err(error) = self.resolve_doubt(turn).await {
            return fail(answers, error);
        }
        let now = self.clock.now();
        for candidate in &mut candidates {
            // The caps may have changed while it waited for its turn.
            candidate.limits = self.limits_of(&candidate.row, &candidate.day);
        }
        let mut plan = self.plan(turn, candidates, keep, now);
        if plan.is_empty() {
            return self.say_that_we_live(turn, now).await;
        }
        let mut outcome = self.commit(turn, &mut plan, now).await;
        if matches!(outcome, Err(Failed::GivenUp)) {
            tracing::error!(
                instance = turn.instance,
                "other instances gave this one up: its leases are taken anew"
            );
            *turn = Correspondence { long_open: turn.long_open, ..Correspondence::new(&self.clock) };
            let candidates = {
                let mut book = self.gateway.leases.book();
                let candidates = book.take_back(plan);
                // All that was taken is booked as spent, and covers what is in flight or not booked yet.
                book.lose();
                candidates
            };
            plan = self.plan(turn, candidates, keep, now);
            outcome = self.commit(turn, &mut plan, now).await;
        }
        match outcome {
            Ok((verdicts, sums)) => {
                self.put_into_memory(plan, verdicts, answers, &sums);
                let today = self.gateway.today.day(now);
                if let Some(sum) = sums.get(&scopes::global(&today)) {
                    self.learn(today, *sum);
                }
                Ok(())
            }
            Err(Failed::AtCommit(error)) => {
                let mut book = self.gateway.leases.book();
                for candidate in &plan.candidates {
                    book.release(candidate);
                }
                drop(book);
                turn.doubtful = Some(Doubtful { touched: plan.touched, ended: plan.ended });
                fail(answers, error)
            }
            Err(failed) => {
                self.gateway.leases.book().take_back(plan);
                let twice =
                    || Error::internal("reserving money", "given up by other instances twice in a row");
                fail(answers, if let Failed::Before(error) = failed { error } else { twice() })
            }
        }
    }

    fn plan(
        &self,
        turn: &mut Correspondence,
        candidates: Vec<Candidate>,
        keep: Keep,
        now: Timestamp,
    ) -> Plan {
        let mut book = self.gateway.leases.book();
        let plan = Plan::make(&mut book, candidates, keep, turn.long_open, now);
        turn.long_open = book.calls;
        book.instance.clone_from(&turn.instance);
        plan
    }

    async fn commit(
        &self,
        turn: &mut Correspondence,
        plan: &mut Plan,
        now: Timestamp,
    ) -> std::result::Result<(Verdicts, BTreeMap<Scope, Counter>), Failed> {
        let mut tx =
            if plan.may_take() { self.db.begin_durable().await? } else { self.db.begin_write().await? };
        let exchange = turn.exchanges + 1;
        if turn.exchanges == 0 {
            store::register(&mut tx, &turn.instance, now.as_millisecond()).await?;
        } else {
            store::seen(&mut tx, &turn.instance, now.as_millisecond(), exchange)
                .await?
                .ok_or(Failed::GivenUp)?;
        }
        let mut sums = ledger::add(&mut tx, &plan.booked()).await?;
        let zone = &self.gateway.today.zone;
        let verdicts = plan.decide(&mut sums, |candidate, limit, counter| {
            CostRefusal::of(limit, counter, candidate.amount, &candidate.day, zone)
        });
        let taken = plan.taken();
        if !taken.is_empty() {
            ledger::add(&mut tx, &taken).await?;
        }
        store::put_leases(&mut tx, &turn.instance, &plan.touched).await?;
        let ended = plan.ended.iter().map(|ended| ended.booking(&turn.instance));
        let open = plan.open.iter().map(|call| call.booking(&turn.instance));
        ledger::put(&mut tx, &ended.chain(open).collect::<Vec<Booking<'_>>>()).await?;
        if verdicts.recall {
            crate::gateway::store::raise_epoch(&mut tx, switch::LEASES).await?;
        }
        tx.commit().await.map_err(|error| Failed::AtCommit(error.into()))?;
        (turn.exchanges, turn.seen_at) = (exchange, now);
        Ok((verdicts, sums))
    }

    fn put_into_memory(
        &self,
        plan: Plan,
        verdicts: Verdicts,
        answers: Vec<Answer>,
        sums: &BTreeMap<Scope, Counter>,
    ) {
        let mut book = self.gateway.leases.book();
        let mut told = Vec::with_capacity(answers.len());
        for (candidate, verdict) in plan.candidates.into_iter().zip(verdicts.each) {
            told.push(match verdict {
                Ok(()) => Ok(book.grant(candidate)),
                Err(refusal) => {
                    book.release(&candidate);
                    Err(refusal)
                }
            });
        }
        book.finish(&plan.touched);
        for (scope, sum) in sums {
            book.know(scope, MicroUsd(sum.spent_micro));
        }
        drop(book);
        for (answer, told) in answers.into_iter().zip(told) {
            let told = told.map(|call| Granted { call: Some(call), ops: self.clone() });
            // Who no longer waits gives it back by dropping it.
            let _ = answer.send(Ok(told));
        }
    }

    /// After a commit that was answered by a broken connection: did it happen?
    async fn resolve_doubt(&self, turn: &mut Correspondence) -> Result<()> {
        let Some(Doubtful { touched, ended }) = turn.doubtful.take() else { return Ok(()) };
        match store::exchanges(self.db.write(), &turn.instance).await {
            Ok(exchanges) if exchanges == Some(turn.exchanges + 1) => {
                turn.exchanges += 1;
                self.gateway.leases.book().finish(&touched);
            }
            Ok(found) => {
                self.gateway.leases.book().undo(&touched, ended);
                if found.is_none() {
                    // Should the first one arrive after all, it is a process of its own that was never heard of again.
                    turn.instance = self.clock.new_id();
                    turn.exchanges = 0;
                }
            }
            Err(error) => {
                turn.doubtful = Some(Doubtful { touched, ended });
                return Err(error);
            }
        }
        Ok(())
    }

    async fn say_that_we_live(&self, turn: &mut Correspondence, now: Timestamp) -> Result<()> {
        if turn.exchanges == 0 || now.duration_since(turn.seen_at).abs() < HEARTBEAT {
            return Ok(());
        }
        // Given up: the next exchange finds out and deals with it.
        store::beat(self.db.write(), &turn.instance, now.as_millisecond()).await?;
        turn.seen_at = now;
        Ok(())
    }
}

/// Tells everybody who waits.
fn fail(answers: Vec<Answer>, error: Error) -> Result<()> {
    for answer in answers {
        let _ = answer.send(Err(Error::internal("reserving money", error.to_string())));
    }
    Err(error)
}

impl Ended {
    fn booking<'a>(&'a self, instance: &'a str) -> Booking<'a> {
        Booking { settled: Some((self.cost, self.tokens, self.at)), ..self.call.booking(instance) }
    }
}

impl super::Call {
    fn booking<'a>(self: &'a Arc<Self>, instance: &'a str) -> Booking<'a> {
        Booking {
            row: &self.row,
            id: self.id.clone(),
            day: self.day.key(),
            likely: self.amount.likely.0,
            size_class: self.size_class,
            instance: Some(instance),
            settled: None,
        }
    }
}
