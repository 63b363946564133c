//! Asking the providers what they billed, now.

use leptos::prelude::*;

use super::outcome::finish;
use crate::visitor;

const PAGE: &str = "/cost/reconciliation";

#[server(prefix = "/actions", endpoint = "reconcile")]
pub async fn reconcile() -> Result<(), ServerFnError> {
    let outcome = async {
        let told = visitor::ops().reconcile_now(&visitor::actor()?).await?;
        if told.failures.is_empty() {
            return Ok(format!(
                "Asked: {} of {} providers told {} days.",
                told.answered, told.asked, told.days
            ));
        }
        let what = "what they billed stays as it was told before, or unknown";
        Err(ops::Error::Conflict(format!("{}; {what}", told.failures.join("; "))))
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}
