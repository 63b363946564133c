//! The one way of changing a setting.

use domain::access::Action;

use super::store::{self, ChangeRow};
use super::{Judgement, Kind, Setting};
use crate::Ops;
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::access::step_up::StepUp;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::gateway::store::raise_epoch;

impl Ops {
    /// In force for the next call when this returns. `reason` 3–500 characters; `password` of the person, only to loosen.
    ///
    /// # Errors
    /// `Forbidden` without [`Action::CutCost`], to loosen without [`Action::RestoreSpending`] or by a key; `Invalid` names
    /// `reason`, `password` or what the setting finds wrong; `Conflict` when it is so already, or somebody was faster.
    pub(crate) async fn change_setting<S: Setting>(
        &self,
        actor: &Actor,
        setting: &S,
        reason: &str,
        password: &str,
    ) -> Result<()> {
        self.allow(actor, Action::CutCost).await?;
        let reason = domain::reason::parse("reason", reason)?;
        let loosens = setting.judge(self, &setting.known(self))?.loosens;
        if loosens {
            self.confirm_loosening(actor, S::KIND, &setting.subject(), &setting.words(), password).await?;
        }
        let mut tx = self.db.begin_write().await?;
        let epoch = raise_epoch(&mut tx, S::KIND.switch).await?;
        let change = setting.judge(self, &setting.stored(self, &mut tx).await?)?;
        // It was made stricter since the password was not asked for.
        if change.loosens && !loosens {
            let why = format!("somebody changed this {} a moment ago: look at it again", S::KIND.words);
            return Err(Error::Conflict(why));
        }
        self.write_setting(&mut tx, actor, setting, &change, &reason).await?;
        let in_force = setting.stored(self, &mut tx).await?;
        tx.commit().await?;
        setting.put(self, epoch, in_force);
        Ok(())
    }

    /// Writes it down wherever people look: row, audit log, open incidents.
    async fn write_setting<S: Setting>(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        setting: &S,
        change: &Judgement,
        reason: &str,
    ) -> Result<()> {
        let (by, at) = (actor.label(), self.clock.now_ms());
        let Judgement { value, before, moved, verb, .. } = change;
        let row = ChangeRow {
            id: self.clock.new_id(),
            subject: setting.subject(),
            value: value.clone(),
            before: before.clone(),
            at,
            made_by: by.clone(),
            reason: reason.to_owned(),
        };
        store::insert(tx, S::KIND.name, &row).await?;
        let ended = setting.ends(self, tx, &by, at).await?;
        let action = format!("{}.{}", S::KIND.name, if value.is_some() { "set" } else { "reset" });
        let detail = format!("{}: {moved}{ended}: {reason}", setting.words());
        let entry = Entry { actor, action: &action, subject: &row.subject, detail: &detail };
        audit::append(tx, &self.clock, &entry).await?;
        let note = format!("{} {verb}: {}, {moved}: {reason}", S::KIND.words, setting.told());
        crate::incidents::note_on_open(tx, self, &note, &by).await
    }

    /// Loosening asks for more than tightening.
    ///
    /// # Errors
    /// As [`Ops::step_up`].
    pub(crate) async fn confirm_loosening(
        &self,
        actor: &Actor,
        kind: &Kind,
        subject: &str,
        words: &str,
        password: &str,
    ) -> Result<()> {
        let action = format!("{}.refused", kind.name);
        let detail = format!("{words}: {} was refused", kind.loosening);
        let ask = StepUp {
            action: Action::RestoreSpending,
            without: kind.without_password,
            because: kind.because,
            refused: (&action, subject, &detail),
        };
        self.step_up(actor, &ask, password).await
    }
}
