//! Starting and stopping: listen, announce, serve; then drain, or let another process take over.

use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use axum::serve::{ListenerExt, TapIo};
use ops::Ops;
use ops::deployments::{Build, Outcome};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::handover::{Predecessor, Program, second_handle};
use crate::leaving::{self, Left};
use crate::serving::{Front, Timing};
use crate::signals::{Asked, Signals};
use crate::takeover::Takeover;
use crate::upgrading::{Upgrade, Upgraded};
use crate::{manager, router};

/// This binary.
pub(crate) fn build() -> Build {
    Build { version: env!("CARGO_PKG_VERSION").to_owned(), revision: env!("HOLISTICOS_REVISION").to_owned() }
}

/// Takes the address, or says which setting to change.
pub(crate) async fn listen(addr: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| {
        format!("cannot listen on {addr}: is another server running? Choose another with --addr HOST:PORT")
    })
}

/// What a process needs to serve and to be followed by another.
pub(crate) struct Start {
    pub(crate) listener: TcpListener,
    pub(crate) predecessor: Option<Predecessor>,
    pub(crate) program: Program,
    pub(crate) signals: Signals,
}

/// Serves until it is asked to stop or another process has taken over; then writes everything down.
pub(crate) async fn run(ops: Ops, start: Start) -> anyhow::Result<()> {
    let Start { listener, predecessor, program, mut signals } = start;
    let addr = listener.local_addr()?;
    let ours = second_handle(&listener)?;
    // Until the predecessor says so, duties are its own.
    ops.lifecycle.set_duty(predecessor.is_none());
    let front = Front::new(router::router(&ops)?, Timing::default());
    let begun = predecessor.as_ref().map(|predecessor| predecessor.begun.clone());
    announce(&ops, addr).await?;
    // Whoever asked for it reads in the store that it serves: nothing that can fail comes after this.
    ops.deployment_serves(build(), begun).await?;
    ops.start_jobs();
    front.open(listener);
    let alone = CancellationToken::new();
    match predecessor {
        Some(predecessor) => {
            predecessor.ready().await;
            ops.jobs.spawn(Takeover::new(&ops, &front, predecessor, &alone).follow());
        }
        None => {
            alone.cancel();
            manager::ready("serving");
        }
    }
    if ops.config.demo {
        make_demo(&ops);
    }
    loop {
        if signals.next().await == Asked::Stop {
            break;
        }
        let upgrade = Upgrade { ops: &ops, front: &front, program: &program, listener: &ours, alone: &alone };
        match upgrade.run(&mut signals).await {
            Upgraded::Not => {}
            Upgraded::Stop => break,
            Upgraded::To(successor, detail) => {
                drop(ours);
                let closed = close(&ops, Outcome::HandedOver, &detail).await;
                successor.farewell().await;
                return closed;
            }
        }
    }
    // It is for successors. As long as any handle is open, the kernel lets clients connect, whom nobody would answer.
    drop(ours);
    let (outcome, detail) = ended(&leaving::drain(&ops, &front, &mut signals).await);
    close(&ops, outcome, &detail).await
}

async fn close(ops: &Ops, outcome: Outcome, detail: &str) -> anyhow::Result<()> {
    // What it says about itself must not keep it from writing down what others said.
    if let Err(error) = ops.deployment_ended(outcome, detail).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the end of this process could not be recorded"
        );
    }
    ops.close().await?;
    tracing::info!("{detail}");
    Ok(())
}

fn ended(left: &Left) -> (Outcome, String) {
    let detail = match left {
        Left::Cut(1) => "stopped; 1 request was ended before it was answered".to_owned(),
        Left::Cut(count) if *count > 0 => {
            format!("stopped; {count} requests were ended before they were answered")
        }
        _ => "stopped; every request was answered".to_owned(),
    };
    (Outcome::Stopped, detail)
}

/// Small answers must not wait for more of them; a socket that refuses the option is still served.
pub(crate) fn without_delay(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    })
}

/// The console is there at once; the demo's month of history follows within seconds.
fn make_demo(ops: &Ops) {
    let demo = ops.clone();
    ops.jobs.spawn_aside(async move {
        if let Err(error) = demo.start_demo().await {
            tracing::error!(error = &error as &dyn std::error::Error, "the demo could not be made");
        }
    });
}

/// Where the console is, and how the first person gets in: for the terminal, not for the log. Nobody may be reading it.
async fn announce(ops: &Ops, addr: SocketAddr) -> anyhow::Result<()> {
    let url = &ops.config.server.public_url;
    let mut text = format!("\n  HolisticOS listens on http://{addr}\n");
    text.push_str(&format!("  console    {url}/\n  API docs   {url}/docs/api\n"));
    if ops.config.demo {
        text.push_str("  demo       everything shown is generated and labelled demo; a month of it is made at the first start\n");
    }
    if let Some(path) = ops.setup_link().await? {
        text.push_str(&format!("\n  Create the first admin with this one-time link:\n  {url}{path}\n"));
    }
    text.push('\n');
    let mut out = std::io::stdout();
    // A process whose terminal or pipe is gone serves all the same.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

/// Ctrl-C, or SIGTERM as service managers send it.
pub(crate) async fn stop_signal() {
    match Signals::new() {
        Ok(mut signals) => signals.stop().await,
        Err(_) => _ = tokio::signal::ctrl_c().await,
    }
}
