//! `holisticos ledger verify`: says whether every sum of the ledger is what its calls say, and where not.

use std::process::ExitCode;

use ops::Ops;
use ops::cost::SpendCheck;

use crate::cli::LedgerCommand;

pub(super) async fn run(ops: &Ops, command: LedgerCommand) -> anyhow::Result<ExitCode> {
    let LedgerCommand::Verify { repair } = command;
    let check = ops.verify_spend(repair).await?;
    ops.close().await?;
    let SpendCheck { days, calls, settled_micro, cells, repaired, differences, token_days } = check;
    let cost = domain::money::MicroUsd(settled_micro);
    if differences.is_empty() && token_days.is_empty() {
        super::answer(&format!(
            "sums of the ledger whole: {calls} calls for {cost} in {cells} sums of {days} days"
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    for one in &differences {
        let cost = domain::money::MicroUsd(one.settled_micro);
        super::answer(&format!(
            "{} of {}, {} by {} ({}, {}): calls say {} calls and {cost} more",
            one.of, one.at, one.agent, one.model, one.tier, one.release, one.calls
        ))?;
    }
    for day in &token_days {
        super::answer(&format!("tokens of {day}: calls say other numbers"))?;
    }
    if repaired > 0 {
        super::answer(&format!("{repaired} days were made anew from their calls; verify again"))?;
    } else {
        super::answer(
            "sums of the ledger DIFFER from their calls; no call is lost: `ledger verify --repair` sums them anew",
        )?;
    }
    Ok(ExitCode::FAILURE)
}
