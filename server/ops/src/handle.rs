//! The one handle of the service layer, and how it starts and stops.

use std::ops::Deref;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::events::Events;
use crate::jobs::Jobs;
use crate::lifecycle::Lifecycle;
use crate::{
    access, agent_quality, answers, deployments, gateway, health, idempotency, notify, privacy, releases,
    telemetry, workflows,
};

/// Cheap to clone; everything the service does is a method of it, added area by area.
#[derive(Clone)]
pub struct Ops(Arc<Parts>);

/// What the areas share. State that an area keeps in memory is a field of its own type.
pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub events: Events,
    pub jobs: Jobs,
    pub lifecycle: Lifecycle,
    pub deployments: deployments::Deployments,
    pub access: access::Access,
    pub telemetry: telemetry::Telemetry,
    pub gateway: gateway::Gateway,
    pub releases: releases::Releases,
    pub(crate) flights: answers::Flights,
    pub(crate) words: answers::Words,
    pub(crate) workflows: workflows::Running,
    pub(crate) agent_counts: agent_quality::Counts,
    pub health: health::Health,
    pub(crate) kept: idempotency::Kept,
    pub(crate) privacy: privacy::Privacy,
    pub notify: notify::Notifier,
    /// The demo's past was made.
    pub(crate) demo_made: tokio::sync::Notify,
}

impl Deref for Ops {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Ops {
    /// Opens the store, migrates it, and loads what admission needs. Starts no background task: see [`Ops::start_jobs`].
    pub async fn open(config: Config, clock: Clock) -> Result<Self> {
        // One TLS provider for the whole process; a second installation (tests) keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let db = Db::open(&config.store.url).await?;
        db.migrate().await?;
        let telemetry = telemetry::Telemetry::new(&config);
        let ops = Self(Arc::new(Parts {
            access: access::Access::new(&config),
            gateway: gateway::Gateway::new(&config, &clock, telemetry.metrics())?,
            telemetry,
            releases: releases::Releases::default(),
            flights: answers::Flights::default(),
            words: answers::Words::new(&config.agents),
            workflows: workflows::Running::new(config.workflows.at_once),
            agent_counts: agent_quality::Counts::default(),
            health: health::Health::default(),
            kept: idempotency::Kept::default(),
            privacy: privacy::Privacy::default(),
            notify: notify::Notifier::new(&config)?,
            demo_made: tokio::sync::Notify::new(),
            events: Events::new(),
            jobs: Jobs::new(),
            lifecycle: Lifecycle::new(),
            deployments: deployments::Deployments::default(),
            config,
            clock,
            db,
        }));
        ops.record_price_lists().await?;
        ops.load_releases().await?;
        ops.load_shutoffs().await?;
        ops.load_caps().await?;
        ops.load_limits().await?;
        ops.load_degrade_policies().await?;
        ops.load_sums().await?;
        ops.load_telemetry().await?;
        ops.load_likely().await?;
        Ok(ops)
    }

    /// Starts the background tasks. Each is idempotent, reports a heartbeat, and ends on [`Ops::close`].
    pub fn start_jobs(&self) {
        self.watch_agents();
        self.start_telemetry_jobs();
        self.start_agent_quality_jobs();
        self.start_health_jobs();
        self.start_alert_jobs();
        self.start_notify_jobs();
        self.start_access_jobs();
        self.start_idempotency_jobs();
        self.start_gateway_jobs();
        self.start_reconciliation_jobs();
        self.start_privacy_jobs();
        self.start_workflow_jobs();
        self.start_memory_jobs();
        self.start_insight_jobs();
    }

    /// Stops the background tasks, writes what is still in memory, closes the store.
    pub async fn close(&self) -> Result<()> {
        self.jobs.stop().await;
        let flushed = self.flush_telemetry().await;
        let returned = self.end_leases().await;
        let refusals = self.flush_limit_refusals().await;
        let counts = self.flush_agent_counts().await;
        self.db.close().await;
        flushed.and(returned).and(refusals).and(counts)
    }
}
