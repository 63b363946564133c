//! What a process says of itself, what is asked of it, and what everybody may read.

use domain::reason;

use super::{Aftermath, Begun, Build, Deployment, How, KEPT, Outcome, SEEN_EVERY, State, store};
use crate::access::{Actor, audit};
use crate::error::{Error, Result};
use crate::events::Topic;

/// Who writes about deployments.
const ACTOR: Actor = Actor::System("deployment");

/// What became of an upgrade that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upgraded {
    /// Not known yet.
    Waiting,
    To(Box<Deployment>),
    Failed(String),
}

impl crate::Ops {
    /// This process serves from now on. `upgrade`: its predecessor began this, else it was started by itself.
    pub async fn deployment_serves(&self, build: Build, upgrade: Option<Begun>) -> Result<()> {
        let now = self.clock.now_ms();
        let host = host();
        let (how, begun) = match upgrade {
            Some(begun) => (How::Upgrade, begun),
            None => {
                let by = self.config.server.deployed_by.trim();
                let asked_by = (!by.is_empty()).then(|| by.to_owned());
                (How::Start, Begun { id: self.clock.new_id(), asked_by })
            }
        };
        let mut tx = self.db.begin_write().await?;
        store::serves(&mut tx, &begun, how, &build, &host, i64::from(std::process::id()), now).await?;
        let by = begun.asked_by.as_deref().map(|by| format!(", asked for by {by}")).unwrap_or_default();
        let detail = match how {
            How::Start => format!("{build} serves on {host}, process {}{by}", std::process::id()),
            How::Upgrade => format!("{build} took over on {host}, process {}{by}", std::process::id()),
        };
        let action = if how == How::Start { "deployment.started" } else { "deployment.upgraded" };
        let entry = audit::Entry { actor: &ACTOR, action, subject: &begun.id, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        // Only the first time counts; nobody calls it twice.
        let _ = self.deployments.own.set((begun.id, build));
        self.events.publish(Topic::Deployments, None);
        let seen = |ops: crate::Ops| async move { ops.deployment_seen().await };
        self.jobs.every("deployment", SEEN_EVERY, self.clock.clone(), seen, self);
        Ok(())
    }

    pub(super) async fn deployment_seen(&self) -> Result<()> {
        let Some(id) = self.deployments.id() else { return Ok(()) };
        let now = self.clock.now();
        store::seen(&self.db, id, now.as_millisecond()).await?;
        store::delete_before(&self.db, (now - KEPT).as_millisecond()).await
    }

    /// This process ends. Does nothing where it never served.
    pub async fn deployment_ended(&self, outcome: Outcome, detail: &str) -> Result<()> {
        let Some(id) = self.deployments.id() else { return Ok(()) };
        let mut tx = self.db.begin_write().await?;
        store::ended(&mut tx, id, outcome.as_str(), detail, self.clock.now_ms()).await?;
        if outcome != Outcome::HandedOver {
            let entry = audit::Entry { actor: &ACTOR, action: "deployment.ended", subject: id, detail };
            audit::append(&mut tx, &self.clock, &entry).await?;
        }
        Ok(tx.commit().await?)
    }

    /// An upgrade of this process begins: a row for the one that is about to be started.
    pub async fn upgrade_begins(&self) -> Result<Begun> {
        let own = self.deployments.id().unwrap_or_default();
        let now = self.clock.now_ms();
        let mut tx = self.db.begin_write().await?;
        let asked_by = store::take_asked(&mut tx, own, now).await?;
        let begun = Begun { id: self.clock.new_id(), asked_by };
        store::begins(&mut tx, &begun, own, &host(), now).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// The one that was started is not in this one's place: everybody can read why, and how it is now.
    pub async fn upgrade_failed(&self, begun: &Begun, why: &str, after: Aftermath) -> Result<()> {
        let own = self.deployments.build().map(ToString::to_string).unwrap_or_default();
        let why = format!("{why}. {}", after.words(&own));
        let mut tx = self.db.begin_write().await?;
        store::ended(&mut tx, &begun.id, Outcome::Failed.as_str(), &why, self.clock.now_ms()).await?;
        let by =
            begun.asked_by.as_deref().map(|by| format!(". It was asked for by {by}")).unwrap_or_default();
        let detail = format!("the upgrade failed: {why}{by}");
        let entry =
            audit::Entry { actor: &ACTOR, action: "deployment.failed", subject: &begun.id, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.events.publish(Topic::Deployments, None);
        Ok(())
    }

    /// Every process that served or was to, the newest first; at most 500.
    pub async fn deployments(&self, limit: u32) -> Result<Vec<Deployment>> {
        store::list(&self.db, i64::from(limit.clamp(1, 500)), self.clock.now()).await
    }
}

/// The processes that serve this store on this machine, without those whose place another has taken, which only finish what they
/// have begun. For the command `upgrade`, which must not migrate.
///
/// # Errors
/// `Conflict` when the store is older than in-place upgrades.
pub async fn serving_here(db: &crate::Db, clock: &crate::Clock) -> Result<Vec<Deployment>> {
    let all = store::list(db, 500, clock.now()).await.map_err(|error| match error {
        Error::Store(sqlx::Error::Database(_)) => Error::Conflict(
            "this store knows no deployments: what serves it is older than upgrades in place. Restart it once".to_owned(),
        ),
        other => other,
    })?;
    let (host, serving) = (host(), |one: &&Deployment| one.state == State::Serving);
    let replaced: Vec<&String> =
        all.iter().filter(serving).filter_map(|one| one.predecessor.as_ref()).collect();
    let here = all.iter().filter(serving).filter(|one| one.host == host && !replaced.contains(&&one.id));
    Ok(here.cloned().collect())
}

/// Notes who asks for the upgrade of a process that is about to be signalled. `by`: 3–500 characters.
pub async fn ask_upgrade(db: &crate::Db, clock: &crate::Clock, target: &str, by: Option<&str>) -> Result<()> {
    let by = by.map(|by| reason::parse("by", by)).transpose()?.unwrap_or_else(|| Actor::CommandLine.label());
    store::ask(db, target, &by, clock.now_ms()).await
}

/// What became of the last upgrade of `target` that began at `since` or later, in milliseconds.
pub async fn upgrade_of(db: &crate::Db, clock: &crate::Clock, target: &str, since: i64) -> Result<Upgraded> {
    let all = store::list(db, 50, clock.now()).await?;
    let found = all
        .into_iter()
        .find(|one| one.predecessor.as_deref() == Some(target) && one.begun_at.as_millisecond() >= since);
    Ok(match found {
        Some(one) if one.state == State::Failed => Upgraded::Failed(one.detail),
        Some(one) if one.ready_at.is_some() => Upgraded::To(Box::new(one)),
        _ => Upgraded::Waiting,
    })
}

pub(super) fn host() -> String {
    sysinfo::System::host_name().unwrap_or_else(|_| "unknown".to_owned())
}

/// When a process of this machine was started, in seconds since 1970; `None`: there is none with this number.
pub fn process_started(pid: u32) -> Option<i64> {
    let pid = sysinfo::Pid::from_u32(pid);
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), true);
    i64::try_from(system.process(pid)?.start_time()).ok()
}
