//! The checks themselves: each asks one component one question and says in a sentence what it found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::agent::Agent;
use domain::health::Outcome;
use futures::future::{BoxFuture, join_all};

use super::{Finding, PROVIDER, store};

/// A synthetic run of one agent. `Err` says what went wrong, without health values.
pub type AgentProbe = Arc<dyn Fn(Agent) -> BoxFuture<'static, std::result::Result<(), String>> + Send + Sync>;

/// Nothing that works needs longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

type Checked = (Outcome, String);

impl crate::Ops {
    pub(super) async fn check_everything(&self) -> Vec<Finding> {
        let mut findings = vec![timed("store", self.check_store()).await];
        let probe = self.health.probe();
        let agents = Agent::ALL.map(|agent| {
            let probe = probe.clone();
            async move { timed(&format!("agent-{agent}"), check_agent(probe, agent)).await }
        });
        findings.extend(join_all(agents).await);
        if self.has_model() {
            findings.push(timed(PROVIDER, self.check_provider()).await);
        }
        let quick =
            [("memory", self.check_memory()), ("disk", self.check_disk()), ("tasks", self.check_tasks())];
        findings.extend(quick.map(|(name, (outcome, detail))| Finding {
            name: name.to_owned(),
            outcome,
            latency: None,
            detail,
        }));
        findings
    }

    /// Writes a moment and reads it back.
    async fn check_store(&self) -> Checked {
        let asked = store::probe_write(&self.db, self.clock.now_ms());
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(true)) => (Outcome::Ok, "wrote and read back".to_owned()),
            Ok(Ok(false)) => (Outcome::Failed, "what was written did not read back".to_owned()),
            Ok(Err(error)) => (Outcome::Failed, error.to_string()),
            Err(_) => (Outcome::Failed, format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    /// Asks for the list of models, which costs nothing, and looks at the breakers. One model of several that answers is
    /// enough to serve people; none is not an outage either, because the planners answer.
    async fn check_provider(&self) -> Checked {
        let found = self.probe_models(PATIENCE).await;
        let wrong: Vec<String> = found
            .iter()
            .filter_map(|(model, outcome)| outcome.as_ref().err().map(|why| format!("{model}: {why}")))
            .collect();
        match wrong.len() {
            0 => (Outcome::Ok, format!("{} reachable", found.len())),
            count if count < found.len() => (Outcome::Degraded, wrong.join("; ")),
            _ => (Outcome::Failed, format!("{}; planners answer", wrong.join("; "))),
        }
    }

    fn check_memory(&self) -> Checked {
        let limits = &self.config.health;
        let Some(now) = self.host_now() else { return (Outcome::Unknown, "not measured yet".to_owned()) };
        let used = now.memory_bytes / 1_000_000;
        let detail = format!("{used} MB of {} MB", limits.memory_alert_mb);
        match used {
            _ if used >= limits.memory_critical_mb => (Outcome::Failed, detail),
            _ if used >= limits.memory_alert_mb => (Outcome::Degraded, detail),
            _ => (Outcome::Ok, detail),
        }
    }

    fn check_disk(&self) -> Checked {
        let limits = &self.config.health;
        let Some((free, total)) = free_space(&self.config.store.data_dir) else {
            return (Outcome::Unknown, "the disk of the data could not be found".to_owned());
        };
        let detail = format!("{:.1} GB free of {:.0} GB", free as f64 / 1e9, total as f64 / 1e9);
        match free / 1_000_000 {
            free if free < limits.disk_free_critical_mb => (Outcome::Failed, detail),
            free if free < limits.disk_free_alert_mb => (Outcome::Degraded, detail),
            _ => (Outcome::Ok, detail),
        }
    }

    /// Background tasks that fell silent, or whose last activation failed.
    fn check_tasks(&self) -> Checked {
        let beats = self.jobs.heartbeats();
        let now = self.clock.now();
        let names = |which: &dyn Fn(&crate::jobs::Heartbeat) -> bool| {
            let names: Vec<&str> =
                beats.iter().filter(|(_, beat)| which(beat)).map(|(name, _)| *name).collect();
            names.join(", ")
        };
        let silent = names(&|beat| beat.silent(now));
        let failed = names(&|beat| beat.last_error.is_some());
        if beats.is_empty() {
            (Outcome::Unknown, "no background task was started".to_owned())
        } else if !silent.is_empty() {
            (Outcome::Failed, format!("silent: {silent}"))
        } else if !failed.is_empty() {
            (Outcome::Degraded, format!("failed the last time: {failed}"))
        } else {
            (Outcome::Ok, format!("{} tasks on time", beats.len()))
        }
    }
}

async fn check_agent(probe: Option<AgentProbe>, agent: Agent) -> Checked {
    let Some(probe) = probe else { return (Outcome::Unknown, "no synthetic run is set up".to_owned()) };
    match tokio::time::timeout(PATIENCE, probe(agent)).await {
        Ok(Ok(())) => (Outcome::Ok, "answered a synthetic run".to_owned()),
        Ok(Err(fault)) => (Outcome::Failed, fault),
        Err(_) => (Outcome::Failed, format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn timed(name: &str, check: impl Future<Output = Checked>) -> Finding {
    let began = Instant::now();
    let (outcome, detail) = check.await;
    let latency = (outcome != Outcome::Unknown).then(|| began.elapsed());
    Finding { name: name.to_owned(), outcome, latency, detail }
}

/// Free and total bytes of the disk that holds `folder`.
fn free_space(folder: &std::path::Path) -> Option<(u64, u64)> {
    let folder = std::path::absolute(folder).ok()?;
    let disks = sysinfo::Disks::new_with_refreshed_list().ok()?;
    let holding = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    let disk = holding.max_by_key(|disk| disk.mount_point().as_os_str().len())?;
    Some((disk.available_space(), disk.total_space())).filter(|(_, total)| *total > 0)
}
