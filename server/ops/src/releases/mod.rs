//! Releases: immutable sets of agent settings, and which of them is served.
//!
//! The pointer is swapped in memory in the same call that commits it, so the very next admission takes the new one.
//! Rolling back goes to the release served before the current one; undoing it goes forward again.

mod diff;
pub(crate) mod store;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use domain::access::Action;
use domain::field_error::FieldError;
use domain::release::AgentSettings;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Actor, audit};
use crate::clock::at;
use crate::error::{Error, Result};
use crate::events::Topic;

pub use diff::SettingChange;

/// The release in force, in memory; the store is the truth.
#[derive(Default)]
pub struct Releases {
    current: ArcSwapOption<Release>,
}

/// What a permit carries: the name and the settings, shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    pub id: String,
    pub settings: AgentSettings,
}

/// One release for pages and the API.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReleaseInfo {
    /// `r-2026.03.2`: year, month, the how-manieth of the month.
    pub id: String,
    pub settings: AgentSettings,
    pub note: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: String,
    /// Whether requests are answered under it now.
    pub served: bool,
    /// What it changed against the release made before it.
    pub changes: Vec<SettingChange>,
}

/// One move of the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PointerMove {
    pub release: String,
    /// `served`, `rolled-back`, `restored`.
    pub kind: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub by: String,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RolledBack {
    pub from: String,
    pub to: String,
}

/// What the rollback page can do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackChoices {
    pub current: String,
    /// Where a rollback leads; `None`: nothing was served before.
    pub back_to: Option<String>,
    /// Where undoing the last rollback leads; `None`: the last move was not a rollback.
    pub undo_to: Option<String>,
}

impl crate::Ops {
    /// Reads the pointer from the store; makes the first release when there is none.
    pub async fn load_releases(&self) -> Result<()> {
        if let Some(release) = store::served(&self.db).await? {
            self.releases.current.store(Some(Arc::new(release)));
            return Ok(());
        }
        let first = NewRelease { settings: AgentSettings::default(), note: "the defaults".to_owned() };
        match self.create_release(&Actor::System("first-start"), first).await {
            Ok(_) => Ok(()),
            // Another process made it in the same moment.
            Err(error) => match store::served(&self.db).await? {
                Some(release) => {
                    self.releases.current.store(Some(Arc::new(release)));
                    Ok(())
                }
                None => Err(error),
            },
        }
    }

    /// The release that the next request is answered under.
    pub fn release(&self) -> Arc<Release> {
        self.releases.current.load_full().expect("Ops::open loads a release before anything can ask")
    }

    /// Makes a release and serves it. Needs `MakeRelease`.
    ///
    /// # Errors
    /// `Invalid` names every setting out of range; `Conflict` when the settings are those already served.
    pub async fn create_release(&self, actor: &Actor, new: NewRelease) -> Result<ReleaseInfo> {
        actor.require(Action::MakeRelease)?;
        let note = checked_reason("note", &new.note)?;
        new.settings.check()?;
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        let current = store::served_in(&mut tx).await?;
        if current.as_ref().is_some_and(|release| release.settings == new.settings) {
            return Err(Error::Conflict("these settings are already served".to_owned()));
        }
        let prefix = now.strftime("r-%Y.%m.").to_string();
        let id = format!("{prefix}{}", store::count_with_prefix(&mut tx, &prefix).await? + 1);
        let info = ReleaseInfo {
            id: id.clone(),
            changes: diff::changes(current.as_ref().map(|release| &release.settings), &new.settings),
            settings: new.settings.clone(),
            note: note.clone(),
            created_at: now,
            created_by: actor.label(),
            served: true,
        };
        store::insert(&mut tx, &info).await?;
        store::point(&mut tx, &id, "served", now.as_millisecond(), &actor.label(), &note).await?;
        let detail = format!("{id} created and served: {note}");
        audit::append(
            &mut tx,
            &self.clock,
            &audit::Entry { actor, action: "release.created", subject: &id, detail: &detail },
        )
        .await?;
        tx.commit().await?;
        self.serve(Release { id, settings: new.settings });
        Ok(info)
    }

    /// Serves the release that was served before this one. Needs `RollBack`. In force when this returns.
    ///
    /// # Errors
    /// `Conflict` when nothing was served before.
    pub async fn rollback(&self, actor: &Actor, reason: &str) -> Result<RolledBack> {
        actor.require(Action::RollBack)?;
        self.move_pointer(actor, reason, Move::Back).await
    }

    /// Undoes the last rollback. Needs `RollBack`.
    ///
    /// # Errors
    /// `Conflict` when the last move was not a rollback.
    pub async fn restore_release(&self, actor: &Actor, reason: &str) -> Result<RolledBack> {
        actor.require(Action::RollBack)?;
        self.move_pointer(actor, reason, Move::Undo).await
    }

    pub async fn rollback_choices(&self) -> Result<RollbackChoices> {
        let moves = store::moves(&self.db, store::HISTORY).await?;
        let current = moves.first().map(|newest| newest.release.clone()).unwrap_or_default();
        Ok(RollbackChoices { current, back_to: back_target(&moves), undo_to: undo_target(&moves) })
    }

    /// All releases, newest first.
    pub async fn releases(&self) -> Result<Vec<ReleaseInfo>> {
        let served = self.release();
        let mut releases = store::all(&self.db).await?;
        for i in 0..releases.len() {
            let older = releases.get(i + 1).map(|older| older.settings.clone());
            let release = &mut releases[i];
            release.served = release.id == served.id;
            release.changes = diff::changes(older.as_ref(), &release.settings);
        }
        Ok(releases)
    }

    /// The last moves of the pointer, newest first; at most 500.
    pub async fn release_history(&self) -> Result<Vec<PointerMove>> {
        store::moves(&self.db, store::HISTORY).await
    }

    async fn move_pointer(&self, actor: &Actor, reason: &str, how: Move) -> Result<RolledBack> {
        let reason = checked_reason("reason", reason)?;
        let now = self.clock.now_ms();
        let mut tx = self.db.begin_write().await?;
        let moves = store::moves_in(&mut tx, store::HISTORY).await?;
        let target = match how {
            Move::Back => back_target(&moves).ok_or("no release was served before this one"),
            Move::Undo => {
                undo_target(&moves).ok_or("the last move was not a rollback: there is nothing to undo")
            }
        };
        let to = target.map_err(|why| Error::Conflict(why.to_owned()))?;
        let from = moves.first().map(|newest| newest.release.clone()).unwrap_or_default();
        let (kind, action, words) = match how {
            Move::Back => ("rolled-back", "release.rolled-back", "rolled back"),
            Move::Undo => ("restored", "release.restored", "restored"),
        };
        store::point(&mut tx, &to, kind, now, &actor.label(), &reason).await?;
        let release = store::served_in(&mut tx).await?.ok_or(Error::NotFound { what: "release" })?;
        let detail = format!("{words} from {from} to {to}: {reason}");
        audit::append(&mut tx, &self.clock, &audit::Entry { actor, action, subject: &to, detail: &detail })
            .await?;
        crate::incidents::note_on_open(&mut tx, &self.clock, &format!("release {detail}"), &actor.label())
            .await?;
        tx.commit().await?;
        self.serve(release);
        Ok(RolledBack { from, to })
    }

    pub(crate) fn serve(&self, release: Release) {
        let id = release.id.clone();
        self.releases.current.store(Some(Arc::new(release)));
        self.events.publish(Topic::Releases, Some(id));
    }
}

/// What a new release is made from.
#[derive(Clone, Debug)]
pub struct NewRelease {
    pub settings: AgentSettings,
    /// Why it is made, 3–500 characters.
    pub note: String,
}

#[derive(Clone, Copy)]
enum Move {
    Back,
    Undo,
}

/// Plays the history: serving pushes, rolling back pops, restoring puts the popped one back. Newest first in.
fn stacks(moves: &[PointerMove]) -> (Vec<&str>, Vec<&str>) {
    let (mut served, mut undone): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for step in moves.iter().rev() {
        match step.kind.as_str() {
            "rolled-back" => undone.extend(served.pop()),
            "restored" => served.extend(undone.pop()),
            _ => {
                undone.clear();
                served.push(&step.release);
            }
        }
    }
    (served, undone)
}

fn back_target(moves: &[PointerMove]) -> Option<String> {
    let (served, _) = stacks(moves);
    served.len().checked_sub(2).map(|i| served[i].to_owned())
}

fn undo_target(moves: &[PointerMove]) -> Option<String> {
    stacks(moves).1.last().map(|release| (*release).to_owned())
}

/// A reason is asked for by every act that changes what people get: 3–500 characters.
pub(crate) fn checked_reason(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if (3..=500).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(FieldError::new(field, "must be 3 to 500 characters").into())
    }
}

pub(crate) fn moved(release: String, kind: String, ms: i64, by: String, reason: String) -> PointerMove {
    PointerMove { release, kind, at: at(ms), by, reason }
}

#[cfg(test)]
mod tests;
