//! Releases: immutable sets of agent settings, and which of them is served.
//!
//! A change is one transaction (history row, audit entry), then a swap in memory: the very next admission gets it.
//! A request keeps the release of its admission. Gradual rollout and its judgement come on top of the same pointer.

mod diff;
mod model;
mod store;
#[cfg(test)]
mod tests;

pub use diff::{SettingChange, diff};
pub use model::{NewRelease, Release, ReleaseInfo, ReleaseMove, ReleaseStatus, Restored, RolledBack};

use std::sync::Arc;

use domain::access::Action;
use domain::release::AgentSettings;
use domain::release_line::{Move, ReleaseLine};

use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::store::{epoch, raise_epoch};
use crate::gateway::switch::{self, Switch};

/// Releases shown in the list; older ones stay in the store.
const LISTED: i64 = 200;

/// The release in force, in memory; the store is the truth.
pub struct Releases(Switch<ReleaseState>);

/// What admission takes along.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    pub id: String,
    pub settings: Arc<AgentSettings>,
}

#[derive(Clone)]
struct ReleaseState {
    current: Served,
    line: ReleaseLine,
}

impl Default for Releases {
    fn default() -> Self {
        let current = Served { id: "r-0".to_owned(), settings: Arc::default() };
        Self(Switch::new(ReleaseState { current, line: ReleaseLine::default() }))
    }
}

impl Releases {
    /// The release of the next admission.
    pub fn served(&self) -> Served {
        self.0.get().current.clone()
    }

    pub(crate) fn epoch(&self) -> i64 {
        self.0.epoch()
    }
}

impl Ops {
    /// Reads the pointer from the store; makes the first release, of default settings, when there is none.
    pub async fn load_releases(&self) -> Result<()> {
        let epoch = epoch(self.db.read(), switch::RELEASES).await?;
        let line = line_of(&store::moves(self.db.read()).await?);
        let Some(current) = line.current() else {
            return self.make_first_release().await;
        };
        let release = store::find(self.db.read(), current).await?;
        let release =
            release.ok_or_else(|| Error::internal("loading releases", "the served release is missing"))?;
        if self.releases.0.set(epoch, ReleaseState { current: served(&release), line }) {
            self.events.publish(Topic::Releases, None);
        }
        Ok(())
    }

    async fn make_first_release(&self) -> Result<()> {
        let first = NewRelease { settings: AgentSettings::default(), note: "Default settings".to_owned() };
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::RELEASES).await?;
        if !store::moves(&mut *tx).await?.is_empty() {
            drop(tx);
            // Another instance, starting at the same time, was first.
            return Box::pin(self.load_releases()).await;
        }
        self.serve_new(tx, epoch, ReleaseLine::default(), &Actor::System("start"), first).await?;
        Ok(())
    }

    /// Stores the settings as a release and serves it: the next admission gets it.
    /// Every fault of the settings is named as `settings.…`; `note` says why, 3–500 characters.
    pub async fn create_release(&self, actor: &Actor, new: NewRelease) -> Result<Release> {
        self.allow(actor, Action::MakeRelease).await?;
        let mut faults = Vec::new();
        if let Err(found) = new.settings.check() {
            faults.extend(found.into_iter().map(|fault| fault.within("settings")));
        }
        let note =
            domain::reason::parse("note", &new.note).map_err(|fault| faults.push(fault)).unwrap_or_default();
        if !faults.is_empty() {
            return Err(faults.into());
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::RELEASES).await?;
        let line = line_of(&store::moves(&mut *tx).await?);
        self.serve_new(tx, epoch, line, actor, NewRelease { note, ..new }).await
    }

    async fn serve_new(
        &self,
        mut tx: WriteTx,
        epoch: i64,
        mut line: ReleaseLine,
        actor: &Actor,
        new: NewRelease,
    ) -> Result<Release> {
        let now = at(self.clock.now_ms());
        let month = format!("r-{}.", now.strftime("%Y.%m"));
        let number = store::count_named(&mut tx, &month).await? + 1;
        let release = Release::new(format!("{month}{number}"), new, now, actor.label())?;
        let from = line.current().map(str::to_owned);
        line.serve(&release.id);
        store::insert(&mut tx, &release).await?;
        let step = ReleaseMove {
            action: Move::Served,
            release_id: release.id.clone(),
            from_id: from,
            at: now,
            by: actor.label(),
            reason: release.note.clone(),
        };
        store::insert_move(&mut tx, epoch, &step).await?;
        let entry = Entry { actor, action: "release.created", subject: &release.id, detail: &release.note };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.releases.0.set(epoch, ReleaseState { current: served(&release), line });
        self.events.publish(Topic::Releases, Some(release.id.clone()));
        Ok(release)
    }

    /// Serves the release that was served before the current one; again and again, further back.
    /// Conflict when there is none.
    pub async fn rollback(&self, actor: &Actor, reason: &str) -> Result<RolledBack> {
        let (from, to) = self.move_pointer(actor, reason, Move::RolledBack).await?;
        Ok(RolledBack { from, to })
    }

    /// Takes the last rollback back. For whoever may roll back: undo is as near as the act.
    /// Conflict when nothing is rolled back.
    pub async fn restore_release(&self, actor: &Actor, reason: &str) -> Result<Restored> {
        let (from, to) = self.move_pointer(actor, reason, Move::Restored).await?;
        Ok(Restored { from, to })
    }

    async fn move_pointer(&self, actor: &Actor, reason: &str, action: Move) -> Result<(String, String)> {
        self.allow(actor, Action::RollBack).await?;
        let reason = domain::reason::parse("reason", reason)?;
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, switch::RELEASES).await?;
        let mut line = line_of(&store::moves(&mut *tx).await?);
        let (moved, verb, none) = match action {
            Move::Restored => (line.restore(), "release.restored", "nothing is rolled back"),
            _ => (line.roll_back(), "release.rolled-back", "no release was served before this one"),
        };
        let (from, to) = moved.ok_or_else(|| Error::Conflict(none.to_owned()))?;
        let release = store::find(&mut *tx, &to).await?;
        let release =
            release.ok_or_else(|| Error::internal("moving the release pointer", "the release is missing"))?;
        let detail = format!("from {from}: {reason}");
        let step = ReleaseMove {
            action,
            release_id: to.clone(),
            from_id: Some(from.clone()),
            at: at(self.clock.now_ms()),
            by: actor.label(),
            reason,
        };
        store::insert_move(&mut tx, epoch, &step).await?;
        audit::append(&mut tx, &self.clock, &Entry { actor, action: verb, subject: &to, detail: &detail })
            .await?;
        let note = format!("release {to} served, {detail}");
        crate::incidents::note_on_open(&mut tx, self, &note, &actor.label()).await?;
        tx.commit().await?;
        self.releases.0.set(epoch, ReleaseState { current: served(&release), line });
        self.events.publish(Topic::Releases, Some(to.clone()));
        Ok((from, to))
    }

    /// The last 200 releases, newest first, and what each is at this moment.
    pub async fn releases(&self) -> Result<Vec<ReleaseInfo>> {
        let line = self.releases.0.get().line.clone();
        let releases = store::list(self.db.read(), LISTED).await?;
        Ok(releases.into_iter().map(|release| ReleaseInfo::new(release, &line)).collect())
    }

    pub async fn release(&self, id: &str) -> Result<ReleaseInfo> {
        let line = self.releases.0.get().line.clone();
        let release = store::find(self.db.read(), id).await?.ok_or(Error::NotFound { what: "release" })?;
        Ok(ReleaseInfo::new(release, &line))
    }

    /// The last 200 moves of the pointer, newest first.
    pub async fn release_history(&self) -> Result<Vec<ReleaseMove>> {
        store::latest_moves(self.db.read(), LISTED).await
    }

    /// Where a rollback would go now; `None`: it would be refused.
    pub fn rollback_target(&self) -> Option<String> {
        self.releases.0.get().line.previous().map(str::to_owned)
    }

    /// What restoring would bring back; `None`: nothing is rolled back.
    pub fn restore_target(&self) -> Option<String> {
        self.releases.0.get().line.restorable().map(str::to_owned)
    }

    /// What changes when `to` is served instead of `from`.
    pub async fn diff_releases(&self, from: &str, to: &str) -> Result<Vec<SettingChange>> {
        let (from, to) = (self.release(from).await?, self.release(to).await?);
        Ok(diff(&from.release.settings, &to.release.settings))
    }
}

fn line_of(moves: &[(Move, String)]) -> ReleaseLine {
    ReleaseLine::follow(moves.iter().map(|(action, id)| (*action, id.as_str())))
}

fn served(release: &Release) -> Served {
    Served { id: release.id.clone(), settings: Arc::new(release.settings.clone()) }
}
