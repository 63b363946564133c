//! `holisticos audit verify`: says whether the log is whole, and where not.

use std::process::ExitCode;

use ops::Ops;

use crate::cli::AuditCommand;

pub(super) async fn run(ops: &Ops, command: AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify = command;
    let verdict = ops.audit_verify().await?;
    ops.close().await?;
    match &verdict.first_broken {
        None => {
            super::answer(&format!(
                "audit log whole: {} entries, head {}",
                verdict.entries, verdict.head_hash
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(broken) => {
            super::answer(&format!("audit log BROKEN at entry {}: {}", broken.seq, broken.reason))?;
            Ok(ExitCode::FAILURE)
        }
    }
}
