//! Cutting cost and restoring it.

use domain::shutoff::{Scope, ShutoffMode};
use leptos::prelude::*;

use super::outcome::finish;
use crate::pages::shutoff::address;
use crate::pages::shutoffs::of;
use crate::visitor;

#[server(prefix = "/actions", endpoint = "cut-cost")]
pub async fn cut_cost(
    scope: String,
    mode: String,
    reason: String,
    minutes: Option<String>,
) -> Result<(), ServerFnError> {
    let page = page(&scope);
    let outcome = async {
        let scope = Scope::parse(&scope)?;
        let minutes = match minutes.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => {
                Some(text.parse().map_err(|_| ops::Error::invalid("minutes", "must be a whole number"))?)
            }
            None => None,
        };
        let shutoff = visitor::ops()
            .set_shutoff_of(&visitor::actor()?, &scope, ShutoffMode::parse(&mode)?, &reason, minutes)
            .await?;
        let what = of(&scope);
        Ok(format!("Done: {}{what} is in force. The next requests below show it.", shutoff.mode.as_str()))
    };
    finish(outcome.await, &page, &page);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "re-arm")]
pub async fn re_arm(password: String, reason: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().rearm(&visitor::actor()?, &password, &reason).await?;
        Ok("Re-armed: models may be called again, as far as the ceiling has room.".to_owned())
    };
    let page = address(&Scope::All);
    finish(outcome.await, &page, &page);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "restore-spending")]
pub async fn restore_spending(scope: String, reason: String) -> Result<(), ServerFnError> {
    let page = page(&scope);
    let outcome = async {
        let scope = Scope::parse(&scope)?;
        visitor::ops().lift_shutoff_of(&visitor::actor()?, &scope, &reason).await?;
        Ok(format!("Spending{} is restored. The next requests below show it.", of(&scope)))
    };
    finish(outcome.await, &page, &page);
    Ok(())
}

/// Where the form came from; a scope that is none leads to the page of everything, which does nothing by itself.
fn page(scope: &str) -> String {
    address(&Scope::parse(scope).unwrap_or_default())
}
