//! The cost shutoff: set by anybody who may cut cost, in force for the very next admission, ended by an operator
//! or by its own expiry. At most one is in force of each scope; every one there was stays in the history.

use domain::access::Action;
use domain::shutoff::{Scope, Shutoff, ShutoffMode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::store::{self, ShutoffRow};
use super::switch;
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;

/// A week: longer than that is a decision to be made again.
const MOST_MINUTES: u32 = 7 * 24 * 60;
/// Shown on the page; older ones stay in the store.
const HISTORY: i64 = 200;

/// A shutoff in force and its row.
#[derive(Clone)]
pub(crate) struct Open {
    pub(super) id: String,
    pub(crate) shutoff: Shutoff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ShutoffEnd {
    Lifted,
    Expired,
    /// Another shutoff took its place.
    Replaced,
}

/// How a person ends one.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// What is not latched.
    Lift,
    /// What is latched, after a fresh sign-in.
    Rearm,
}

impl End {
    fn action(self) -> &'static str {
        match self {
            Self::Lift => "shutoff.lifted",
            Self::Rearm => "shutoff.re-armed",
        }
    }
}

pub(super) fn nothing_latched() -> Error {
    Error::Conflict("nothing is latched".to_owned())
}

/// A shutoff there was, or is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ShutoffRecord {
    pub id: String,
    pub shutoff: Shutoff,
    /// Absent while it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<ShutoffEnd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_reason: Option<String>,
}

impl Ops {
    /// Reads the shutoffs in force from the store.
    pub async fn load_shutoffs(&self) -> Result<()> {
        let epoch = store::epoch(self.db.read(), switch::SHUTOFF).await?;
        let open = read_all(store::open(self.db.read()).await?)?;
        if self.gateway.shutoffs.set(epoch, open) {
            self.events.publish(Topic::Shutoff, None);
        }
        Ok(())
    }

    /// Those in force now, the widest first.
    pub fn shutoffs(&self) -> Vec<Shutoff> {
        let (open, now) = (self.gateway.shutoffs.get(), self.clock.now());
        open.iter().map(|open| &open.shutoff).filter(|shutoff| shutoff.in_force(now)).cloned().collect()
    }

    /// The one of everything.
    pub fn shutoff(&self) -> Option<Shutoff> {
        self.shutoff_of(&Scope::All)
    }

    /// The one of exactly this scope; a wider one may be in force as well.
    pub fn shutoff_of(&self, scope: &Scope) -> Option<Shutoff> {
        self.shutoffs().into_iter().find(|shutoff| shutoff.scope == *scope)
    }

    /// [`Ops::set_shutoff_of`] everything.
    pub async fn set_shutoff(
        &self,
        actor: &Actor,
        mode: ShutoffMode,
        reason: &str,
        expires_in: Option<u32>,
    ) -> Result<Shutoff> {
        self.set_shutoff_of(actor, &Scope::All, mode, reason, expires_in).await
    }

    /// In force for the next admission when this returns. Replaces the one in force of the same scope, if any; letting more
    /// be spent by that (stop to degrade, an earlier end) needs [`Action::RestoreSpending`].
    /// `reason` 3–500 characters; `expires_in` 1–10080 minutes, `None`: until lifted.
    ///
    /// # Errors
    /// Also `Invalid` for a model that is not configured, and for stopping one: it is skipped.
    pub async fn set_shutoff_of(
        &self,
        actor: &Actor,
        scope: &Scope,
        mode: ShutoffMode,
        reason: &str,
        expires_in: Option<u32>,
    ) -> Result<Shutoff> {
        self.allow(actor, Action::CutCost).await?;
        let reason = domain::reason::parse("reason", reason)?;
        scope.takes(mode)?;
        if !self.can_cut(scope) {
            return Err(Error::invalid("scope", "must name a model of the configuration"));
        }
        if expires_in.is_some_and(|minutes| !(1..=MOST_MINUTES).contains(&minutes)) {
            return Err(Error::invalid("expires_in", format!("must be 1 to {MOST_MINUTES} minutes")));
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = store::raise_epoch(&mut tx, switch::SHUTOFF).await?;
        let now = at(self.clock.now_ms());
        let expires_at = expires_in.map(|minutes| now + SignedDuration::from_mins(i64::from(minutes)));
        let (mut instead, mut latched) = (String::new(), false);
        if let Some(old) = open_of(&mut tx, scope).await? {
            if old.shutoff.in_force(now) {
                if old.shutoff.loosened_by(mode, expires_at)
                    && let Err(refused) = actor.require(Action::RestoreSpending)
                {
                    // The entry of a refusal has a transaction of its own.
                    drop(tx);
                    self.write_refused(actor, Action::RestoreSpending.as_str(), &refused).await;
                    return Err(refused);
                }
                latched = old.shutoff.latched;
                if latched && expires_at.is_some() {
                    let why = "the ceiling was reached: only re-arming ends it, so no end can be set";
                    return Err(Error::Conflict(why.to_owned()));
                }
                instead = format!(" (instead of {})", old.shutoff.mode.as_str());
                store::close(&mut tx, &old.id, now.as_millisecond(), &actor.label(), "replaced", &reason)
                    .await?;
            } else {
                self.expire(&mut tx, &old).await?;
            }
        }
        let (scope, by) = (scope.clone(), actor.label());
        let shutoff = Shutoff { scope, mode, reason, by, since: now, expires_at, latched };
        let open = self.put_in_force(&mut tx, actor, shutoff, &instead).await?;
        let all = read_all(store::open(&mut *tx).await?)?;
        tx.commit().await?;
        self.gateway.shutoffs.set(epoch, all);
        self.events.publish(Topic::Shutoff, Some(open.id));
        Ok(open.shutoff)
    }

    /// Whether there is such a thing: an agent and a tier always, a model when it is configured.
    pub fn can_cut(&self, scope: &Scope) -> bool {
        match scope {
            Scope::All | Scope::Tier(_) | Scope::Agent(_) => true,
            Scope::Model(name) => self.gateway.models.all().iter().any(|model| model.name == *name),
        }
    }

    /// Writes it down wherever people look: row, audit log, open incidents.
    pub(super) async fn put_in_force(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        shutoff: Shutoff,
        instead: &str,
    ) -> Result<Open> {
        let open = Open { id: self.clock.new_id(), shutoff };
        store::insert(tx, &write(&open)).await?;
        let end = open.shutoff.expires_at;
        let until = end.map_or_else(|| "until lifted".to_owned(), |end| format!("until {end}"));
        let what = of(&open.shutoff.scope);
        let detail =
            format!("{}{what}{instead} {until}: {}", open.shutoff.mode.as_str(), open.shutoff.reason);
        let entry = Entry { actor, action: "shutoff.set", subject: &open.id, detail: &detail };
        audit::append(tx, &self.clock, &entry).await?;
        crate::incidents::note_on_open(tx, self, &format!("cost cut: {detail}"), &open.shutoff.by).await?;
        Ok(open)
    }

    /// [`Ops::lift_shutoff_of`] everything.
    pub async fn lift_shutoff(&self, actor: &Actor, reason: &str) -> Result<()> {
        self.lift_shutoff_of(actor, &Scope::All, reason).await
    }

    /// Spending of this scope is possible again for the next admission, as far as no other shutoff covers it. Conflict when
    /// none of this scope is in force; a latched one is ended by [`Ops::rearm`].
    pub async fn lift_shutoff_of(&self, actor: &Actor, scope: &Scope, reason: &str) -> Result<()> {
        self.allow(actor, Action::RestoreSpending).await?;
        let reason = domain::reason::parse("reason", reason)?;
        self.end_shutoff(actor, scope, End::Lift, &reason).await
    }

    /// `how` is judged by the store: what is latched another instance may have latched a moment ago.
    pub(super) async fn end_shutoff(
        &self,
        actor: &Actor,
        scope: &Scope,
        how: End,
        reason: &str,
    ) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        let epoch = store::raise_epoch(&mut tx, switch::SHUTOFF).await?;
        let open = open_of(&mut tx, scope).await?;
        let Some(open) = open.filter(|open| open.shutoff.in_force(self.clock.now())) else {
            let what = of(scope);
            return Err(Error::Conflict(format!("no shutoff{what} is in force")));
        };
        match how {
            End::Lift if open.shutoff.latched => {
                let needs = "a person with a fresh sign-in, because the ceiling was reached: re-arm on the console's page Cut cost";
                return Err(Error::Forbidden { needs: needs.to_owned() });
            }
            End::Rearm if !open.shutoff.latched => return Err(nothing_latched()),
            End::Lift | End::Rearm => {}
        }
        store::close(&mut tx, &open.id, self.clock.now_ms(), &actor.label(), "lifted", reason).await?;
        let what = of(scope);
        let detail = if what.is_empty() { reason.to_owned() } else { format!("{}: {reason}", scope.words()) };
        let entry = Entry { actor, action: how.action(), subject: &open.id, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        let note = format!("spending{what} restored: {reason}");
        crate::incidents::note_on_open(&mut tx, self, &note, &actor.label()).await?;
        let all = read_all(store::open(&mut *tx).await?)?;
        tx.commit().await?;
        self.gateway.shutoffs.set(epoch, all);
        self.events.publish(Topic::Shutoff, Some(open.id));
        Ok(())
    }

    /// Admission needs no help to see an expiry; this closes the rows and writes it down, once over all instances.
    pub(crate) async fn end_expired_shutoffs(&self) -> Result<()> {
        let now = self.clock.now();
        let in_memory = self.gateway.shutoffs.get();
        let over: Vec<Open> = in_memory.iter().filter(|open| !open.shutoff.in_force(now)).cloned().collect();
        drop(in_memory);
        if over.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = store::raise_epoch(&mut tx, switch::SHUTOFF).await?;
        let mut ended = Vec::with_capacity(over.len());
        for open in over {
            if self.expire(&mut tx, &open).await? {
                ended.push(open.id);
            }
        }
        if ended.is_empty() {
            // Somebody was first: that change raised the epoch, the next poll reads it.
            return Ok(());
        }
        let all = read_all(store::open(&mut *tx).await?)?;
        tx.commit().await?;
        self.gateway.shutoffs.set(epoch, all);
        for id in ended {
            self.events.publish(Topic::Shutoff, Some(id));
        }
        Ok(())
    }

    /// False: it is closed already.
    async fn expire(&self, tx: &mut WriteTx, open: &Open) -> Result<bool> {
        let actor = Actor::System("switches");
        let ended_at = open.shutoff.expires_at.unwrap_or_else(|| self.clock.now()).as_millisecond();
        if !store::close(tx, &open.id, ended_at, &actor.label(), "expired", "its time was over").await? {
            return Ok(false);
        }
        let Shutoff { mode, scope, .. } = &open.shutoff;
        let detail = format!("{}{} expired by itself", mode.as_str(), of(scope));
        let entry = Entry { actor: &actor, action: "shutoff.expired", subject: &open.id, detail: &detail };
        audit::append(tx, &self.clock, &entry).await?;
        Ok(true)
    }

    /// The last 200, newest first.
    pub async fn shutoff_history(&self) -> Result<Vec<ShutoffRecord>> {
        store::history(self.db.read(), HISTORY).await?.into_iter().map(record).collect()
    }
}

/// Words after "shutoff" or "degrade": nothing where it is of everything.
fn of(scope: &Scope) -> String {
    if *scope == Scope::All { String::new() } else { format!(" of {}", scope.words()) }
}

pub(super) async fn open_of(tx: &mut WriteTx, scope: &Scope) -> Result<Option<Open>> {
    store::open_of(tx, &scope.to_string()).await?.map(read).transpose()
}

/// The widest first.
pub(super) fn read_all(rows: Vec<ShutoffRow>) -> Result<Vec<Open>> {
    let mut all = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    all.sort_by(|a, b| a.shutoff.scope.cmp(&b.shutoff.scope));
    Ok(all)
}

fn read(row: ShutoffRow) -> Result<Open> {
    let unreadable = |fault| Error::internal("reading a shutoff", fault);
    let mode = ShutoffMode::parse(&row.mode).map_err(unreadable)?;
    let shutoff = Shutoff {
        scope: Scope::parse(&row.scope).map_err(unreadable)?,
        mode,
        reason: row.reason,
        by: row.set_by,
        since: at(row.since),
        expires_at: row.expires_at.map(at),
        latched: row.latched != 0,
    };
    Ok(Open { id: row.id, shutoff })
}

fn record(row: ShutoffRow) -> Result<ShutoffRecord> {
    let ended = match row.ended_how.as_deref() {
        Some("lifted") => Some(ShutoffEnd::Lifted),
        Some("expired") => Some(ShutoffEnd::Expired),
        Some("replaced") => Some(ShutoffEnd::Replaced),
        _ => None,
    };
    let (ended_at, ended_by, ended_reason) =
        (row.ended_at.map(at), row.ended_by.clone(), row.ended_reason.clone());
    let Open { id, shutoff } = read(row)?;
    Ok(ShutoffRecord { id, shutoff, ended, ended_at, ended_by, ended_reason })
}

fn write(open: &Open) -> ShutoffRow {
    ShutoffRow {
        id: open.id.clone(),
        mode: open.shutoff.mode.as_str().to_owned(),
        reason: open.shutoff.reason.clone(),
        set_by: open.shutoff.by.clone(),
        since: open.shutoff.since.as_millisecond(),
        expires_at: open.shutoff.expires_at.map(Timestamp::as_millisecond),
        ended_at: None,
        ended_by: None,
        ended_how: None,
        ended_reason: None,
        latched: i64::from(open.shutoff.latched),
        scope: open.shutoff.scope.to_string(),
    }
}
