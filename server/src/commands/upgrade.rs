//! `holisticos upgrade`: asks the process that serves to let the binary at its path take over, and says what became of it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ops::deployments::{self, Deployment, Upgraded};
use ops::{Clock, Db};
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::Global;

/// Beyond what the process itself waits.
const SLACK: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_millis(100);
/// The start of a process is told by the clock as it is now, which may have been put forward since.
const CLOCK_SECONDS: i64 = 10;

pub(super) async fn run(global: &Global, by: Option<&str>, pid: Option<i64>) -> anyhow::Result<ExitCode> {
    let config = super::configure(global)?;
    let clock = Clock::system();
    // Not `Ops::open`: migrating is the new process's.
    let db = Db::open(&config.store.url).await?;
    let serving = deployments::serving_here(&db, &clock).await?;
    let target = choose(serving, pid)?;
    let since = clock.now_ms();
    deployments::ask_upgrade(&db, &clock, &target.id, by).await?;
    signal(&target)?;
    let patience = Duration::from_secs(config.server.upgrade_seconds) + SLACK;
    let asked = Instant::now();
    while asked.elapsed() < patience {
        match deployments::upgrade_of(&db, &clock, &target.id, since).await? {
            Upgraded::Waiting => tokio::time::sleep(EVERY).await,
            Upgraded::Failed(why) => bail!("the upgrade failed: {why}"),
            Upgraded::To(new) => {
                let took = asked.elapsed().as_millis();
                super::answer(&format!("{} took over from {} after {took} ms", name(&new), name(&target)))?;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    bail!(
        "{} has not said within {} s what became of the upgrade; its log and the console's page Health will",
        name(&target),
        patience.as_secs()
    )
}

/// `0.1.0 (4ad0276) as process 4711`.
fn name(deployment: &Deployment) -> String {
    let build = deployment.build.as_ref().map_or_else(|| "a build unknown".to_owned(), ToString::to_string);
    match deployment.pid {
        Some(pid) => format!("{build} as process {pid}"),
        None => build,
    }
}

fn choose(serving: Vec<Deployment>, pid: Option<i64>) -> anyhow::Result<Deployment> {
    let mut alive: Vec<Deployment> =
        serving.into_iter().filter(|one| pid.is_none() || one.pid == pid).filter(runs).collect();
    match (alive.len(), pid) {
        (1, _) => alive.pop().context("one of one"),
        (0, Some(pid)) => bail!("process {pid} does not serve this store"),
        (0, None) => bail!("nothing serves this store on this machine: start it with `holisticos serve`"),
        (count, _) => {
            let pids: Vec<String> =
                alive.iter().filter_map(|one| one.pid.map(|pid| pid.to_string())).collect();
            bail!(
                "{count} processes serve this store on this machine: choose one with --pid, of {}",
                pids.join(", ")
            )
        }
    }
}

/// The number may be another process's by now, which the signal would end: it must be as old as its row says.
fn runs(one: &Deployment) -> bool {
    let Some(pid) = one.pid.and_then(|pid| u32::try_from(pid).ok()) else { return false };
    let started = ops::deployments::process_started(pid);
    // It was there when it said that it serves, however long it had migrated before; another with its number is younger.
    let served = one.ready_at.unwrap_or(one.begun_at).as_second();
    started.is_some_and(|started| started <= served + CLOCK_SECONDS)
}

fn signal(target: &Deployment) -> anyhow::Result<()> {
    let pid = target.pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let pid = pid.context("the process that serves has no number")?;
    kill_process(pid, Signal::USR2).with_context(|| {
        format!("process {} cannot be signalled: run this as the user it runs as", name(target))
    })
}
