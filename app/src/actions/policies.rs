//! Changing what an agent gives up while sums fill.

use leptos::prelude::*;

use super::outcome::finish;
use crate::pages::policies::change_link;
use crate::visitor;

/// Back to the page of the policy, whatever came of it.
fn end(agent: &str, outcome: ops::Result<String>) {
    let page = match visitor::ops().degrade_agent(agent) {
        Ok(agent) => change_link(agent),
        // Whatever was sent does not become a part of an address.
        Err(_) => "/cost/policies".to_owned(),
    };
    finish(outcome, &page, &page);
}

#[server(prefix = "/actions", endpoint = "set-degrade-policy")]
pub async fn set_degrade_policy(
    agent: String,
    steps: Option<String>,
    reason: String,
    password: Option<String>,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let ops = visitor::ops();
        let (of, steps) = (ops.degrade_agent(&agent)?, steps.unwrap_or_default());
        let password = password.unwrap_or_default();
        ops.set_degrade_policy(&visitor::actor()?, of, &steps, &reason, &password).await?;
        Ok("Changed: in force for the next call.".to_owned())
    };
    end(&agent, outcome.await);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "reset-degrade-policy")]
pub async fn reset_degrade_policy(
    agent: String,
    reset_reason: String,
    reset_password: Option<String>,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let ops = visitor::ops();
        let of = ops.degrade_agent(&agent)?;
        let password = reset_password.unwrap_or_default();
        ops.reset_degrade_policy(&visitor::actor()?, of, &reset_reason, &password).await?;
        Ok("Back to what the configuration says, in force for the next call.".to_owned())
    };
    end(&agent, outcome.await);
    Ok(())
}
