//! Correcting a period: entries beside the booked ones, and the sums of their days, batch by batch.
//!
//! Each batch is one transaction that moves the run's place along with what it books, so a run that was interrupted goes on
//! where it stood. What a call is corrected by is the new cost less all that stands for it now: running twice books nothing.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::access::{Action, Tier};
use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use domain::price::Price;

use super::store::{self, Call, Correction, Place, RunRow};
use super::{PriceRun, Recompute};
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::access::step_up::StepUp;
use crate::clock::at;
use crate::cost::LedgerRow;
use crate::cost::scopes::Scope;
use crate::cost::store::{self as ledger, Amounts};
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::store::raise_epoch;
use crate::gateway::switch;

/// Calls of one transaction: few, because on SQLite nobody else writes meanwhile.
const BATCH: i64 = 200;

/// What a run does, from its beginning to its end.
pub(super) struct Run<'a> {
    pub(super) id: String,
    pub(super) ask: &'a Recompute,
    pub(super) prices: BTreeMap<String, Price>,
}

impl Ops {
    /// Books what a period would have cost at this version of the prices less what stands in the ledger. Takes up the same run
    /// where it was interrupted. Calls of the open day, calls under way and calls of unknown use are left as they are.
    /// `reason` 3–500 characters; `password` of the person.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CorrectLedger`] or by a key; `Invalid` names `reason`, `password`, `version` or `model`.
    pub async fn apply_prices(
        &self,
        actor: &Actor,
        ask: &Recompute,
        reason: &str,
        password: &str,
    ) -> Result<PriceRun> {
        let reason = domain::reason::parse("reason", reason)?;
        self.confirm_correction(actor, ask, password).await?;
        let prices = self.prices_for(ask).await?;
        let id = self.begin_run(actor, ask, &reason).await?;
        let run = Run { id, ask, prices };
        loop {
            let began = Instant::now();
            if self.correct_batch(actor, &run).await? {
                break;
            }
            // As long again for everybody else who writes: on SQLite whoever asks at once is served at once.
            tokio::time::sleep(began.elapsed()).await;
        }
        self.events.publish(Topic::Requests, None);
        self.compare_again(ask.from, ask.to).await?;
        let row = store::run(self.db.read(), &run.id).await?.ok_or(Error::NotFound { what: "run" })?;
        Ok(row.into())
    }

    /// It changes what was spent, and so what month sums still let through: a person's fresh sign-in, or a shell.
    async fn confirm_correction(&self, actor: &Actor, ask: &Recompute, password: &str) -> Result<()> {
        if matches!(actor, Actor::CommandLine | Actor::System(_)) {
            return Ok(());
        }
        let detail = format!("{}: correcting it was refused", in_words(ask));
        let step_up = StepUp {
            action: Action::CorrectLedger,
            without: "is needed to correct what was booked",
            because: "it changes what was spent: the console's page Prices",
            refused: ("prices.refused", &ask.version, &detail),
        };
        self.step_up(actor, &step_up, password).await
    }

    /// The run to go on with: the same one, if it was interrupted.
    pub(super) async fn begin_run(&self, actor: &Actor, ask: &Recompute, reason: &str) -> Result<String> {
        let mut tx = self.db.begin_write().await?;
        raise_epoch(&mut tx, switch::PRICES).await?;
        let now = self.clock.now_ms();
        let row = RunRow {
            id: self.clock.new_id(),
            from_day: ask.from.to_string(),
            to_day: ask.to.to_string(),
            model: ask.model.clone().unwrap_or_default(),
            version: ask.version.clone(),
            reason: reason.to_owned(),
            made_by: actor.label(),
            started_at: now,
            finished_at: None,
            day: ask.from.to_string(),
            at: i64::MIN,
            entry_id: String::new(),
            calls: 0,
            corrected: 0,
            delta_micro: 0,
        };
        let interrupted = store::interrupted(&mut tx, &row).await?;
        let (id, action) = match interrupted {
            Some(id) => (id, "prices.resumed"),
            None => {
                store::insert_run(&mut tx, &row).await?;
                (row.id, "prices.started")
            }
        };
        let detail = format!("{}: {reason}", in_words(ask));
        audit::append(&mut tx, &self.clock, &Entry { actor, action, subject: &id, detail: &detail }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// One transaction; true: the run has come to its end.
    pub(super) async fn correct_batch(&self, actor: &Actor, run: &Run<'_>) -> Result<bool> {
        let mut tx = self.db.begin_write().await?;
        // Runs take turns: what stands for a call must not change between reading it and booking its correction.
        raise_epoch(&mut tx, switch::PRICES).await?;
        let mut row = store::run(&mut *tx, &run.id).await?.ok_or(Error::NotFound { what: "run" })?;
        if row.finished_at.is_some() {
            return Ok(true);
        }
        if let Some(later) = store::overtaken(&mut tx, &row).await? {
            let why = format!(
                "the run {later} of the same days began since; what this one had corrected stands until the other comes \
                 to it. Apply this version again when that has finished"
            );
            return Err(Error::Conflict(why));
        }
        let open_day = self.open_cost_day();
        let mut corrections = Vec::new();
        let mut sums = BTreeMap::<Scope, Amounts>::new();
        let mut left = BATCH;
        while row.finished_at.is_none() && left > 0 {
            let place = Place { at: row.at, id: row.entry_id.clone() };
            let calls = if row.day < open_day {
                store::calls(&mut *tx, &row.day, &place, run.ask.model.as_deref(), left).await?
            } else {
                Vec::new()
            };
            for call in &calls {
                let Some(price) = run.prices.get(&call.model) else { continue };
                let delta = call.correction(price);
                if delta == MicroUsd::ZERO {
                    continue;
                }
                for scope in self.sums_of(&call.row()?, &call.day) {
                    sums.entry(scope).or_default().spent += delta.0;
                }
                corrections.push(Correction { id: self.clock.new_id(), call: call.clone(), delta });
                row.delta_micro += delta.0;
            }
            row.calls += calls.len() as i64;
            match calls.last() {
                Some(last) if calls.len() as i64 == left => {
                    (row.at, row.entry_id) = (last.at, last.id.clone());
                }
                _ => match store::next_day(&mut tx, &row.day, &row.to_day).await? {
                    Some(day) if day < open_day => {
                        (row.day, row.at, row.entry_id) = (day, i64::MIN, String::new());
                    }
                    _ => row.finished_at = Some(self.clock.now_ms()),
                },
            }
            left -= calls.len() as i64;
        }
        row.corrected += corrections.len() as i64;
        let open = |day: &str| day.get(..7) == open_day.get(..7);
        let dearer = corrections.iter().any(|one| one.delta > MicroUsd::ZERO && open(&one.call.day));
        ledger::add(&mut tx, &sums).await?;
        store::insert_corrections(&mut tx, &row, &corrections, self.clock.now_ms()).await?;
        store::move_run(&mut tx, &row).await?;
        if dearer {
            // The month has less left now: every process gives back what no call of its own holds.
            raise_epoch(&mut tx, switch::LEASES).await?;
        }
        if row.finished_at.is_some() {
            let detail = format!(
                "{}: {} of {} calls corrected by {} together",
                in_words(run.ask),
                row.corrected,
                row.calls,
                MicroUsd(row.delta_micro)
            );
            let entry = Entry { actor, action: "prices.applied", subject: &run.id, detail: &detail };
            audit::append(&mut tx, &self.clock, &entry).await?;
        }
        tx.commit().await?;
        Ok(row.finished_at.is_some())
    }
}

/// `2026-03-01 to 2026-03-31, model m, at version v2`.
fn in_words(ask: &Recompute) -> String {
    let model = ask.model.as_ref().map_or_else(|| "every model".to_owned(), |model| format!("model {model}"));
    format!("{} to {}, {model}, at version {}", ask.from, ask.to, ask.version)
}

impl Call {
    /// As far as it says which sums the call counts in.
    fn row(&self) -> Result<LedgerRow> {
        let unknown = |what: &'static str| {
            let why = format!("the ledger's entry {} names an unknown {what}", self.id);
            Error::internal("correcting the ledger", why)
        };
        Ok(LedgerRow {
            request_id: self.request_id.clone(),
            at: at(self.at),
            tenant: TenantId::parse(&self.tenant).map_err(|_| unknown("tenant"))?,
            user: self.user_id.as_deref().map(UserId::parse).transpose().map_err(|_| unknown("person"))?,
            agent: Agent::parse(&self.agent).ok_or_else(|| unknown("agent"))?,
            tier: Tier::parse(&self.tier).map_err(|_| unknown("tier"))?,
            key_prefix: self.key_prefix.clone(),
            release: self.release_id.clone(),
            model: Some(self.model.clone()),
            price_version: None,
            reserved: MicroUsd::ZERO,
            settled: MicroUsd(self.now_micro),
        })
    }
}
