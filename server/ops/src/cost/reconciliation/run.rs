//! The daily task, and the same by hand.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::access::Action;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;
use utoipa::ToSchema;

use super::client::Told;
use super::compare::{Source, utc_day};
use super::providers::{self, Provider};
use super::store;
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::error::{Error, Result};

/// How often the task looks whether somebody is due.
const LOOK: Duration = Duration::from_secs(15 * 60);
/// After an answer, and after none.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
const AGAIN_AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// What asking came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reconciled {
    /// Providers that told, of those asked.
    pub answered: u64,
    pub asked: u64,
    /// Days that they told.
    pub days: u64,
    /// One sentence per provider that did not.
    pub failures: Vec<String>,
}

impl Ops {
    pub(crate) fn start_reconciliation_jobs(&self) {
        let due = |ops: Ops| async move { ops.reconcile_due().await };
        self.jobs.every("reconciliation", LOOK, self.clock.clone(), due, self);
    }

    /// One activation of the task `reconciliation`: asks whoever was not asked for a day, or did not answer an hour ago. Of
    /// several processes one asks. A provider that does not answer is a row and an alert, not a failure of this task.
    pub async fn reconcile_due(&self) -> Result<()> {
        let now = self.clock.now();
        for provider in providers::configured(&self.config).iter().filter(|it| it.can_be_asked()) {
            let due = (now - AGAIN).as_millisecond();
            let due_after_failure = (now - AGAIN_AFTER_FAILURE).as_millisecond();
            let claim = (now.as_millisecond(), due, due_after_failure);
            if store::claim(self.db.write(), &provider.name, claim).await? {
                let mut outcome = Reconciled::default();
                self.reconcile(provider, &mut outcome).await?;
            }
        }
        let keep = i64::from(self.config.reconciliation.keep_days);
        let oldest = utc_day(now).checked_sub(keep.days()).unwrap_or(Date::MIN);
        store::delete_before(self.db.write(), &oldest.to_string()).await
    }

    /// Asks every provider now.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::Reconcile`]; `Conflict` when no provider can be asked.
    pub async fn reconcile_now(&self, actor: &Actor) -> Result<Reconciled> {
        self.allow(actor, Action::Reconcile).await?;
        let providers = providers::configured(&self.config);
        let mut asked: Vec<&Provider> = providers.iter().filter(|it| it.can_be_asked()).collect();
        asked.dedup_by_key(|provider| &provider.name);
        if asked.is_empty() {
            let why = "no provider can be asked: set admin_key in [model] of the configuration, or import an invoice \
                       with `holisticos cost reconcile --file FILE`";
            return Err(Error::Conflict(why.to_owned()));
        }
        let names: Vec<&str> = asked.iter().map(|provider| provider.name.as_str()).collect();
        let names = names.join(", ");
        self.audit_alone(actor, "reconciliation.asked", &names, "asked what was counted and billed").await?;
        let mut outcome = Reconciled::default();
        for provider in asked {
            store::asked(self.db.write(), &provider.name, self.clock.now_ms()).await?;
            self.reconcile(provider, &mut outcome).await?;
        }
        Ok(outcome)
    }

    async fn reconcile(&self, provider: &Provider, outcome: &mut Reconciled) -> Result<()> {
        let today = utc_day(self.clock.now());
        let back = i64::from(self.config.reconciliation.days) - 1;
        let from = today.checked_sub(back.days()).unwrap_or(today);
        outcome.asked += 1;
        let told = match crate::gateway::provider::http().build() {
            Ok(http) => provider.ask(&http, from, today).await,
            Err(_) => Err("cannot be asked: there is no HTTP client".to_owned()),
        };
        let now = self.clock.now_ms();
        let told = match told {
            Ok(told) => {
                outcome.answered += 1;
                outcome.days += told.len() as u64;
                store::answered(self.db.write(), &provider.name, now).await?;
                told
            }
            Err(why) => {
                tracing::warn!(provider = provider.name, why, "a provider did not tell what it billed");
                store::failed(self.db.write(), &provider.name, now, &why).await?;
                outcome.failures.push(format!("{} {why}", provider.name));
                Told::new()
            }
        };
        let own: BTreeSet<String> = provider.models().map(str::to_owned).collect();
        let mut tx = self.db.begin_write().await?;
        self.put_beside(&mut tx, &provider.name, &own, (from, today), &told, Source::Api).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes in an invoice, in place of what its days said before: all of it or nothing.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::Reconcile`]; `Invalid` names `file` and the line in it, or `provider`.
    pub async fn import_invoice(
        &self,
        actor: &Actor,
        provider: Option<&str>,
        format: super::InvoiceFormat,
        text: &str,
    ) -> Result<Reconciled> {
        self.allow(actor, Action::Reconcile).await?;
        let known = providers::configured(&self.config);
        let name = match provider.map(str::trim) {
            Some(name) if name.is_empty() || name.len() > 100 => {
                return Err(Error::invalid("provider", "must be 1 to 100 characters"));
            }
            Some(name) => name.to_owned(),
            None if known.len() == 1 => known[0].name.clone(),
            None => "invoice".to_owned(),
        };
        let known = known.iter().find(|provider| provider.name == name);
        let ours = |told: &str| known.map_or_else(|| told.to_owned(), |known| known.ours(told));
        let told = super::invoice::read(format, text, ours)?;
        let own: BTreeSet<String> = known.into_iter().flat_map(Provider::models).map(str::to_owned).collect();
        let mut tx = self.db.begin_write().await?;
        for day in told.keys() {
            // Day by day: days that the invoice leaves out were told by nobody.
            self.put_beside(&mut tx, &name, &own, (*day, *day), &told, Source::File).await?;
        }
        let (first, last) = (told.keys().next(), told.keys().next_back());
        let span = first.zip(last).map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
        let detail = format!("an invoice of {} days{span}", told.len());
        let entry = Entry { actor, action: "reconciliation.imported", subject: &name, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        Ok(Reconciled { answered: 1, asked: 1, days: told.len() as u64, failures: Vec::new() })
    }
}
