//! Starting and stopping: listen, announce, serve, drain.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use axum::serve::{ListenerExt, TapIo};
use ops::Ops;
use tokio::net::{TcpListener, TcpStream};

use crate::router;

/// Takes the address, or says which setting to change.
pub(crate) async fn listen(addr: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| {
        format!("cannot listen on {addr}: is another server running? Choose another with --addr HOST:PORT")
    })
}

/// Serves until `stop`, then finishes the requests in flight, ends the live streams, and flushes the store.
pub(crate) async fn run(
    ops: Ops,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let addr = listener.local_addr()?;
    ops.start_jobs();
    announce(&ops, addr).await?;
    if ops.config.demo {
        make_demo(&ops);
    }
    let app = router::router(&ops)?.into_make_service_with_connect_info::<SocketAddr>();
    let stopping = ops.jobs.stopping();
    axum::serve(without_delay(listener), app)
        .with_graceful_shutdown(async move {
            stop.await;
            tracing::info!("stopping: finishing the requests in flight");
            stopping.cancel();
        })
        .await?;
    ops.close().await?;
    Ok(())
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
    ops.jobs.spawn(async move {
        if let Err(error) = demo.start_demo().await {
            tracing::error!(error = &error as &dyn std::error::Error, "the demo could not be made");
        }
    });
}

/// Where the console is, and how the first person gets in: for the terminal, not for the log.
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
    std::io::stdout().write_all(text.as_bytes())?;
    std::io::stdout().flush()?;
    Ok(())
}

/// Ctrl-C, or SIGTERM as service managers send it.
pub(crate) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
