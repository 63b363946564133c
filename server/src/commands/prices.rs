//! `holisticos prices recompute`: what a period costs at other prices, and with `--apply` the correction of the ledger.

use std::process::ExitCode;

use domain::money::MicroUsd;
use ops::Ops;
use ops::access::Actor;
use ops::cost::{PriceComparison, Recompute};

use crate::cli::PricesCommand;

pub(super) async fn run(ops: &Ops, command: PricesCommand) -> anyhow::Result<ExitCode> {
    let PricesCommand::Recompute { from, to, model, version, apply, reason } = command;
    let ask = Recompute::parse(&from, &to, &model, &version)?;
    if apply {
        let run = ops.apply_prices(&Actor::CommandLine, &ask, &reason, "").await?;
        super::answer(&format!(
            "run {}: {} of {} calls corrected, {} together",
            run.id,
            run.corrected,
            run.calls,
            usd(run.difference_usd)
        ))?;
    } else {
        super::answer(&in_words(&ops.compare_prices(&ask).await?))?;
    }
    ops.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn usd(usd: f64) -> String {
    MicroUsd::from_usd(usd).to_string()
}

/// A line per day and model, and what it comes to.
fn in_words(comparison: &PriceComparison) -> String {
    let mut lines: Vec<String> = comparison
        .days
        .iter()
        .map(|day| {
            let (booked, then, apart) =
                (usd(day.booked_usd), usd(day.at_version_usd), usd(day.difference_usd));
            let open = if day.open { "  (the day is not over)" } else { "" };
            format!(
                "{}  {:<24} {:>8} calls  {booked:>12}  {then:>12}  {apart:>12}{open}",
                day.day, day.model, day.calls
            )
        })
        .collect();
    lines.push(format!(
        "{} calls: {} booked, {} at version {}; --apply would correct {} calls by {}",
        comparison.calls,
        usd(comparison.booked_usd),
        usd(comparison.at_version_usd),
        comparison.version,
        comparison.correctable_calls,
        usd(comparison.correctable_usd),
    ));
    let left = &comparison.left_out;
    if left.unknown_calls > 0 {
        lines.push(format!(
            "left as they are: {} calls of unknown use, booked at their worst case, {}",
            left.unknown_calls,
            usd(left.unknown_usd)
        ));
    }
    if left.open_calls > 0 {
        lines.push(format!("left as they are: {} calls under way", left.open_calls));
    }
    if left.unpriced_calls > 0 {
        let models = left.unpriced_models.join(", ");
        lines.push(format!(
            "left as they are: {} calls of models without such a list: {models}",
            left.unpriced_calls
        ));
    }
    lines.join("\n")
}
