//! `holisticos simulate-provider`: a language model's provider that invents its answers, until asked to stop.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::SimulatorFlags;
use crate::simulator::{self, Fault, Options, Prices, Script};
use crate::start;

pub(super) async fn run(flags: SimulatorFlags) -> anyhow::Result<ExitCode> {
    let script = flags.script.as_deref().map(Script::read).transpose().context("--script")?;
    let usage_fault = flags.usage_fault.map(Fault::try_from).transpose();
    let usage_fault = usage_fault.map_err(|why| anyhow::anyhow!("--usage-fault: {why}"))?;
    let prices: Vec<f64> = flags.prices.split(',').filter_map(|price| price.trim().parse().ok()).collect();
    let [input, cached, output] = prices[..] else {
        anyhow::bail!("--prices: write three numbers, such as 3,0.3,15")
    };
    let options = Options {
        latency_ms: flags.latency_ms,
        jitter_ms: flags.jitter_ms,
        error_rate: flags.error_rate,
        rate_limit_rps: flags.rate_limit_rps,
        seed: flags.seed,
        script,
        prices: Prices { input, cached, output },
        cached_share: flags.cached_share,
        usage_drift: flags.usage_drift,
        usage_fault,
        ..Options::default()
    };
    let listener = start::listen(&flags.addr).await?;
    let addr = listener.local_addr()?;
    writeln!(std::io::stdout(), "The provider simulator listens on http://{addr}/v1")?;
    std::io::stdout().flush()?;
    axum::serve(start::without_delay(listener), simulator::exact_router(options))
        .with_graceful_shutdown(start::stop_signal())
        .await?;
    Ok(ExitCode::SUCCESS)
}
