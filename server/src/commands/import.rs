//! `holisticos import fitbit`: prints what was read, kept and refused, and why.

use std::process::ExitCode;

use domain::id::TenantId;
use ops::Ops;

use crate::cli::ImportCommand;

pub(super) async fn run(ops: &Ops, command: ImportCommand) -> anyhow::Result<ExitCode> {
    let ImportCommand::Fitbit { dir, tenant } = command;
    let tenant = TenantId::parse(&tenant).map_err(ops::Error::from)?;
    let mut progress = |line: &str| {
        // Progress is a courtesy: a closed terminal does not stop an import.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
    };
    let report = ops.import_fitbit(&dir, tenant, &mut progress).await?;
    super::answer(&report.to_string())?;
    ops.close().await?;
    Ok(ExitCode::SUCCESS)
}
