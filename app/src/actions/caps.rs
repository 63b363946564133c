//! Changing a cap, and allowing more than it for a while.

use domain::cap::{Amount, Rule};
use leptos::prelude::*;

use super::outcome::finish;
use crate::pages::caps::change_link;
use crate::visitor;

/// Back to the page of the cap, whatever came of it.
fn end(of: &str, outcome: ops::Result<String>) {
    let page = change_link(of);
    finish(outcome, &page, &page);
}

/// Dollars as somebody types them: `3`, `3.50`, `$3`.
fn dollars(text: &str) -> ops::Result<Amount> {
    let text = text.trim();
    let usd = text.strip_prefix('$').unwrap_or(text).parse::<f64>();
    let usd = usd.map_err(|_| ops::Error::invalid("amount", "must be dollars, such as 3.50"))?;
    Ok(Amount::parse("amount", usd)?)
}

#[server(prefix = "/actions", endpoint = "set-cap")]
pub async fn set_cap(
    of: String,
    amount: String,
    reason: String,
    password: Option<String>,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let (rule, amount) = (Rule::parse(&of)?, dollars(&amount)?);
        let password = password.unwrap_or_default();
        visitor::ops().set_cap(&visitor::actor()?, &rule, amount, &reason, &password).await?;
        Ok(format!("Changed: {amount} is in force for the next call. No sum was reset."))
    };
    end(&of, outcome.await);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "reset-cap")]
pub async fn reset_cap(
    of: String,
    reset_reason: String,
    reset_password: Option<String>,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let rule = Rule::parse(&of)?;
        let password = reset_password.unwrap_or_default();
        visitor::ops().reset_cap(&visitor::actor()?, &rule, &reset_reason, &password).await?;
        Ok("Back to the default, in force for the next call. No sum was reset.".to_owned())
    };
    end(&of, outcome.await);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "request-cap-override")]
pub async fn request_cap_override(
    of: String,
    override_amount: String,
    minutes: String,
    override_reason: String,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let (rule, amount) = (Rule::parse(&of)?, dollars(&override_amount)?);
        let minutes =
            minutes.trim().parse().map_err(|_| ops::Error::invalid("minutes", "must be a whole number"))?;
        visitor::ops()
            .request_cap_override(&visitor::actor()?, &rule, amount, minutes, &override_reason)
            .await?;
        Ok("Asked for. Nothing changes until somebody else approves it.".to_owned())
    };
    end(&of, outcome.await);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "approve-cap-override")]
pub async fn approve_cap_override(
    of: String,
    id: String,
    approval_password: String,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let running =
            visitor::ops().approve_cap_override(&visitor::actor()?, &id, &approval_password).await?;
        let end = running.expires_at.strftime("%Y-%m-%d %H:%M UTC");
        Ok(format!("Approved: in force for the next call. It ends by itself at {end}."))
    };
    end(&of, outcome.await);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "withdraw-cap-override")]
pub async fn withdraw_cap_override(
    of: String,
    id: String,
    withdraw_reason: String,
) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().withdraw_cap_override(&visitor::actor()?, &id, &withdraw_reason).await?;
        Ok("Withdrawn: the cap itself is in force for the next call.".to_owned())
    };
    end(&of, outcome.await);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::MicroUsd;

    #[test]
    fn dollars_are_read_as_people_type_them() {
        for text in ["3.5", " 3.50 ", "$3.5"] {
            assert_eq!(dollars(text).unwrap(), Amount::Most(MicroUsd(3_500_000)), "{text}");
        }
        for text in ["", "three", "3,50", "-1", "NaN", "inf"] {
            assert!(dollars(text).is_err(), "{text}");
        }
    }
}
