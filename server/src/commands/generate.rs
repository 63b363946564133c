//! `holisticos generate`: fills an empty store with a past; says how far it is, and what it made.

use std::process::ExitCode;
use std::time::Instant;

use ops::demo::Generate;
use ops::{Clock, Ops};

use crate::cli::{GenerateFlags, Global};

pub(super) async fn run(global: &Global, flags: GenerateFlags) -> anyhow::Result<ExitCode> {
    let mut config = super::configure(global)?;
    // Its tenant is labelled as the demo's.
    config.demo = true;
    let ops = Ops::open(config, Clock::system()).await?;
    let GenerateFlags { requests, days, seed, people } = flags;
    let begun = Instant::now();
    let mut progress = |line: &str| {
        // Progress is a courtesy: a closed terminal does not stop it.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
    };
    let made = ops.generate(&Generate { requests, days, seed, people }, &mut progress).await?;
    ops.close().await?;
    let seconds = begun.elapsed().as_secs_f64();
    let rate = (made.requests + made.calls) as f64 / seconds;
    super::answer(&format!("{made}; {seconds:.1} s, {rate:.0} requests and calls a second"))?;
    Ok(ExitCode::SUCCESS)
}
