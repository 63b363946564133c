//! `holisticos serve`: start, say where, run until asked to stop, then drain and write everything down.

use std::process::ExitCode;

use ops::{Clock, Ops};

use crate::cli::Global;
use crate::start;

pub(super) async fn serve(global: &Global, demo: bool, addr: Option<String>) -> anyhow::Result<ExitCode> {
    let mut config = super::configure(global)?;
    if let Some(addr) = addr {
        config.server.addr = addr;
    }
    config.demo = demo;
    let listener = start::listen(&config.server.addr).await?;
    config.settle_public_url(listener.local_addr()?);
    let ops = Ops::open(config, Clock::system()).await?;
    start::run(ops, listener, start::stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}
