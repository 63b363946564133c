//! Correcting a period of the ledger to other prices.

use domain::money::MicroUsd;
use leptos::prelude::*;
use ops::cost::Recompute;

use super::outcome::finish;
use crate::visitor;

#[server(prefix = "/actions", endpoint = "apply-prices")]
pub async fn apply_prices(
    from: String,
    to: String,
    model: Option<String>,
    version: String,
    reason: String,
    password: Option<String>,
) -> Result<(), ServerFnError> {
    let model = model.unwrap_or_default();
    let page = crate::pages::prices::comparison_link(&from, &to, &model, &version);
    let outcome = async {
        let ask = Recompute::parse(&from, &to, &model, &version)?;
        let password = password.unwrap_or_default();
        let run = visitor::ops().apply_prices(&visitor::actor()?, &ask, &reason, &password).await?;
        let (corrected, calls) = (run.corrected, run.calls);
        let booked = MicroUsd::from_usd(run.difference_usd);
        Ok(format!(
            "Corrected: {corrected} of {calls} calls, {booked} together. Each has an entry of its own in the ledger."
        ))
    };
    finish(outcome.await, &page, &page);
    Ok(())
}
