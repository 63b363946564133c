//! Cutting cost and restoring it.

use domain::shutoff::ShutoffMode;
use leptos::prelude::*;

use super::outcome::finish;
use crate::visitor;

const PAGE: &str = "/cost/shutoff";

#[server(prefix = "/actions", endpoint = "cut-cost")]
pub async fn cut_cost(mode: String, reason: String, minutes: Option<String>) -> Result<(), ServerFnError> {
    let outcome = async {
        let minutes = match minutes.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => {
                Some(text.parse().map_err(|_| ops::Error::invalid("minutes", "must be a whole number"))?)
            }
            None => None,
        };
        let shutoff = visitor::ops()
            .set_shutoff(&visitor::actor()?, ShutoffMode::parse(&mode)?, &reason, minutes)
            .await?;
        Ok(format!("Done: {} is in force. The next requests below show it.", shutoff.mode.as_str()))
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "re-arm")]
pub async fn re_arm(password: String, reason: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().rearm(&visitor::actor()?, &password, &reason).await?;
        Ok("Re-armed: models may be called again, as far as the ceiling has room.".to_owned())
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "restore-spending")]
pub async fn restore_spending(reason: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().lift_shutoff(&visitor::actor()?, &reason).await?;
        Ok("Spending is restored. The next requests below show it.".to_owned())
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}
