//! `holisticos serve`: start, say where, run until asked to stop, then drain and write everything down.

use std::process::ExitCode;

use ops::{Clock, Config, Ops, demo};
use tokio::net::TcpListener;

use crate::cli::Global;
use crate::handover::{Inherited, Predecessor, Program};
use crate::signals::Signals;
use crate::simulator::{self, Options};
use crate::start::{self, Start};

/// About as slow as a small model of 2025.
const DEMO_LATENCY_MS: (u64, u64) = (900, 500);

/// The demo's model: the provider simulator in this process, at the prices that the demo's past was charged.
async fn demo_model(config: &mut Config) -> anyhow::Result<TcpListener> {
    let listener = start::listen("127.0.0.1:0").await?;
    let model = &mut config.model;
    ops::demo::MODEL.clone_into(&mut model.name);
    model.base_url = format!("http://{}/v1", listener.local_addr()?);
    model.api_key = "demo".to_owned().into();
    (model.input_usd_per_mtok, model.output_usd_per_mtok) = demo::PRICE_USD_PER_MTOK;
    "demo".clone_into(&mut model.price_version);
    Ok(listener)
}

/// Ends with the service; calls that come after that are answered by the planner.
fn serve_demo_model(ops: &Ops, listener: TcpListener) {
    let (latency_ms, jitter_ms) = DEMO_LATENCY_MS;
    let router = simulator::router(Options { latency_ms, jitter_ms, ..Options::default() });
    let stopping = ops.jobs.stopping();
    let serving = axum::serve(start::without_delay(listener), router)
        .with_graceful_shutdown(async move { stopping.cancelled().await });
    ops.jobs.spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(error = &error as &dyn std::error::Error, "the demo's model ended");
        }
    });
}

/// The socket that was passed, else the address that is configured.
async fn listener(passed: Option<std::net::TcpListener>, configured: &str) -> anyhow::Result<TcpListener> {
    let Some(passed) = passed else { return start::listen(configured).await };
    let listener = TcpListener::from_std(passed)?;
    let addr = listener.local_addr()?;
    let port = configured.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    if port.is_some_and(|port: u16| port != 0 && port != addr.port()) {
        tracing::warn!(
            "listens on {addr}, whose socket was passed to it; the configured {configured} needs a restart"
        );
    }
    Ok(listener)
}

pub(super) async fn serve(
    global: &Global,
    demo: bool,
    addr: Option<String>,
    inherited: Inherited,
) -> anyhow::Result<ExitCode> {
    let signals = Signals::new()?;
    let program = Program::this()?;
    let predecessor = match inherited.predecessor {
        Some(socket) => Some(Predecessor::meet(socket).await?),
        None => None,
    };
    let mut config = super::configure(global)?;
    if let Some(addr) = addr {
        config.server.addr = addr;
    }
    config.demo = demo;
    let provider =
        if demo && config.model.name.is_empty() { Some(demo_model(&mut config).await?) } else { None };
    let listener = listener(inherited.listener, &config.server.addr).await?;
    config.settle_public_url(listener.local_addr()?);
    let ops = Ops::open(config, Clock::system()).await?;
    if let Some(provider) = provider {
        serve_demo_model(&ops, provider);
    }
    start::run(ops, Start { listener, predecessor, program, signals }).await?;
    Ok(ExitCode::SUCCESS)
}
