//! `holisticos cost reconcile`: asks the providers what they billed, or reads an invoice. Exit code 1 when one did not tell.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use ops::Ops;
use ops::access::Actor;
use ops::cost::InvoiceFormat;

use crate::cli::CostCommand;

pub(super) async fn run(ops: &Ops, command: CostCommand) -> anyhow::Result<ExitCode> {
    let CostCommand::Reconcile { file, provider } = command;
    let outcome = match &file {
        None => ops.reconcile_now(&Actor::CommandLine).await?,
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("--file {}", path.display()))?;
            ops.import_invoice(&Actor::CommandLine, provider.as_deref(), format_of(path), &text).await?
        }
    };
    let mut text = format!("{} of {} providers told {} days", outcome.answered, outcome.asked, outcome.days);
    for failure in &outcome.failures {
        text.push_str(&format!("\n{failure}"));
    }
    super::answer(&text)?;
    ops.close().await?;
    Ok(if outcome.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn format_of(path: &Path) -> InvoiceFormat {
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if json { InvoiceFormat::Json } else { InvoiceFormat::Csv }
}
