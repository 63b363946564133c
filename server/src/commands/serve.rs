//! `holisticos serve`: start, say where, run until asked to stop, then drain and write everything down.

use std::process::ExitCode;

use ops::access::Actor;
use ops::{Clock, Config, Ops, demo};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::cli::Global;
use crate::handover::{Inherited, Predecessor, Program};
use crate::signals::Signals;
use crate::simulator::{self, Books, Options, Prices, Used};
use crate::start::{self, Start};

/// About as slow as a small model of 2025.
const DEMO_LATENCY_MS: (u64, u64) = (900, 500);
/// A day on which the demo's provider billed more, by this share: told on the page, too old to page anybody.
const DEMO_DRIFT_DAYS_AGO: i64 = 5;
const DEMO_DRIFT: f64 = 0.06;

/// The demo's model: the provider simulator in this process, at the prices that the demo's past was charged.
async fn demo_model(config: &mut Config) -> anyhow::Result<TcpListener> {
    let listener = start::listen("127.0.0.1:0").await?;
    let model = &mut config.model;
    ops::demo::MODEL.clone_into(&mut model.name);
    model.base_url = format!("http://{}/v1", listener.local_addr()?);
    model.api_key = "demo".to_owned().into();
    (model.input_usd_per_mtok, model.cached_input_usd_per_mtok, model.output_usd_per_mtok) =
        demo::PRICE_USD_PER_MTOK;
    "demo".clone_into(&mut model.price_version);
    model.admin_key = "demo".to_owned().into();
    Ok(listener)
}

/// Ends with the service; calls that come after that are answered by the planner.
fn serve_demo_model(ops: &Ops, listener: TcpListener, books: Books) {
    let (latency_ms, jitter_ms) = DEMO_LATENCY_MS;
    let (input, cached, output) = demo::PRICE_USD_PER_MTOK;
    let prices = Prices { input, cached, output };
    let cached_share = demo::CACHED_SHARE;
    let options = Options { latency_ms, jitter_ms, prices, cached_share, ..Options::default() };
    let router = simulator::router_with(options, books);
    let stopping = ops.jobs.stopping();
    let serving = axum::serve(start::without_delay(listener), router)
        .with_graceful_shutdown(async move { stopping.cancelled().await });
    ops.jobs.spawn_aside(async move {
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

/// The demo's provider knows the demo's past as well, and bills one day of it otherwise, so that there is something to see.
fn tell_the_past(ops: &Ops, books: Books) {
    let (demo, began, stopping) = (ops.clone(), ops.clock.now(), ops.jobs.stopping());
    ops.jobs.spawn_aside(async move {
        tokio::select! {
            () = demo.demo_made() => {}
            () = stopping.cancelled() => return,
        }
        let told = async {
            for day in demo.used_by_day(began).await? {
                let more_usd = if day.days_ago == DEMO_DRIFT_DAYS_AGO { day.usd * DEMO_DRIFT } else { 0.0 };
                let used = Used {
                    requests: day.requests,
                    input_tokens: day.input_tokens,
                    cached_tokens: day.cached_input_tokens,
                    output_tokens: day.output_tokens,
                    more_usd,
                };
                books.add(day.began_at.as_second(), &day.model, used);
            }
            demo.reconcile_now(&Actor::System("demo")).await
        };
        if let Err(error) = told.await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the demo's provider could not be told its past"
            );
        }
    });
}

pub(super) async fn serve(
    global: &Global,
    demo: bool,
    addr: Option<String>,
    inherited: Inherited,
    console: Handle,
) -> anyhow::Result<ExitCode> {
    crate::open_files::allow_most();
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
    ops.jobs.run_aside_on(console);
    if let Some(provider) = provider {
        let books = Books::default();
        serve_demo_model(&ops, provider, books.clone());
        tell_the_past(&ops, books);
    }
    start::run(ops, Start { listener, predecessor, program, signals }).await?;
    Ok(ExitCode::SUCCESS)
}
