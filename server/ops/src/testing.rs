//! A store and a service of one's own for a test: a SQLite file, or a schema of `TEST_DATABASE_URL`.
//!
//! Compiled always (one feature set keeps builds shared) and hidden from the documentation.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use domain::access::{Scope, Tier};
use domain::id::TenantId;
use jiff::Timestamp;

use crate::access::Caller;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::handle::Ops;

/// No test runs longer.
const OLD: Duration = Duration::from_secs(3_600);

/// When every test begins: a Tuesday morning.
pub const START: &str = "2026-03-03T07:00:00Z";

/// The service on a new, empty, migrated store, its clock standing still, its background tasks not started.
pub async fn ops() -> Ops {
    ops_with(|_| {}).await
}

/// Likewise, after `change` was made to the default configuration.
pub async fn ops_with(change: impl FnOnce(&mut Config)) -> Ops {
    let mut config = Config::defaults();
    config.store.url = empty_store().await;
    config.server.environment = "test".to_owned();
    ignore_the_machine(&mut config);
    let runs = &mut config.run_limits;
    // A test of money reserves in one run what no run would.
    for run in [
        &mut runs.behavior,
        &mut runs.routine,
        &mut runs.nutrition,
        &mut runs.insights,
        &mut runs.orchestrator,
    ] {
        (run.calls, run.usd) = (0, 0.0);
    }
    change(&mut config);
    let start: Timestamp = START.parse().expect("START is a time");
    Ops::open(config, Clock::manual(start)).await.expect("a new store opens")
}

/// What a test sees must not depend on how full this machine's disk is, nor on what other tests of its process hold.
fn ignore_the_machine(config: &mut Config) {
    let health = &mut config.health;
    (health.disk_free_alert_mb, health.disk_free_critical_mb) = (0, 0);
    (health.memory_alert_mb, health.memory_critical_mb) = (1_000_000, 1_000_000);
}

/// Two processes on one store, as far as one process can show it.
pub async fn two_instances() -> (Ops, Ops) {
    two_instances_with(|_| {}).await
}

/// Likewise, after `change` was made to the default configuration.
pub async fn two_instances_with(change: impl FnOnce(&mut Config)) -> (Ops, Ops) {
    let first = ops_with(change).await;
    let second =
        Ops::open(first.config.clone(), first.clock.clone()).await.expect("the same store opens twice");
    (first, second)
}

/// An app of this tenant that may do everything.
pub fn caller(tenant: &str, tier: Tier) -> Caller {
    Caller {
        key_id: "k1".to_owned(),
        key_prefix: "hk_1".to_owned(),
        tenant: TenantId::parse(tenant).expect("a tenant's name"),
        tier,
        scopes: Scope::ALL.to_vec(),
    }
}

/// The URL of a store that nobody else uses.
#[expect(clippy::disallowed_methods, reason = "tests choose their engine by environment")]
pub async fn empty_store() -> String {
    let name = format!("t{}", Clock::system().new_id().replace('-', ""));
    match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => {
            let admin = Db::open(&url).await.expect("TEST_DATABASE_URL answers");
            let create = format!("create schema {name}");
            sqlx::query(sqlx::AssertSqlSafe(create))
                .execute(admin.write())
                .await
                .expect("a schema can be made");
            admin.close().await;
            let separator = if url.contains('?') { '&' } else { '?' };
            format!("{url}{separator}options=-c%20search_path%3D{name}")
        }
        Err(_) => {
            let folder: PathBuf = std::env::temp_dir().join("holisticos-tests");
            std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
            forget_old_stores(&folder);
            format!("sqlite:{}", folder.join(format!("{name}.db")).display())
        }
    }
}

/// Stores of earlier test runs: nobody looks at them after an hour, and hundreds of runs fill a disk.
fn forget_old_stores(folder: &Path) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|it| it.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > OLD) {
                let path = entry.path();
                // What another run removes at the same time is gone as well.
                let _ =
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            }
        }
    });
}

/// A double that serves a test until the test's runtime ends.
#[expect(clippy::disallowed_methods, reason = "a test's double has no shutdown to wait for")]
pub fn in_background(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
