//! `holisticos evaluate`: prints how good the agents' answers to the people of an export are.

use std::process::ExitCode;

use crate::cli::EvaluateFlags;
use crate::evaluate::{Rounds, evaluate};

/// 1 when an answer was given that its validator refuses.
pub(super) async fn run(flags: EvaluateFlags) -> anyhow::Result<ExitCode> {
    let mut progress = |line: &str| {
        // Progress is a courtesy: a closed terminal does not stop it.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
    };
    let rounds = if flags.once { Rounds::Once } else { Rounds::Three };
    let report = Box::pin(evaluate(&flags.dir, flags.people, rounds, &mut progress)).await?;
    super::answer(&report.to_string())?;
    Ok(if report.all_valid() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
