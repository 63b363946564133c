//! Changing, adding and removing a limit.

use domain::limit::{Quota, Rule};
use leptos::prelude::*;
use ops::gateway::limit_page;

use super::outcome::finish;
use crate::visitor;

/// Back to the page of the limit, whatever came of it.
fn end(of: &str, outcome: ops::Result<String>) {
    let page = limit_page(of);
    finish(outcome, &page, &page);
}

/// A whole number as somebody types it: `60000`, `60,000`.
///
/// # Errors
/// Names `quota`.
pub fn number(text: &str) -> ops::Result<Quota> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    let number = digits.parse::<u64>();
    let number = number.map_err(|_| ops::Error::invalid("quota", "must be a whole number, such as 60"))?;
    Ok(Quota::parse("quota", number)?)
}

#[server(prefix = "/actions", endpoint = "set-limit")]
pub async fn set_limit(
    of: String,
    quota: String,
    reason: String,
    password: Option<String>,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let (rule, quota) = (Rule::parse(&of)?, number(&quota)?);
        let password = password.unwrap_or_default();
        visitor::ops().set_limit(&visitor::actor()?, &rule, quota, &reason, &password).await?;
        Ok(format!("Changed: {quota} is in force for the next request. No use was reset."))
    };
    end(&of, outcome.await);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "reset-limit")]
pub async fn reset_limit(
    of: String,
    reset_reason: String,
    reset_password: Option<String>,
) -> Result<(), ServerFnError> {
    let outcome = async {
        let rule = Rule::parse(&of)?;
        let password = reset_password.unwrap_or_default();
        visitor::ops().reset_limit(&visitor::actor()?, &rule, &reset_reason, &password).await?;
        Ok("Back to the default, in force for the next request. No use was reset.".to_owned())
    };
    end(&of, outcome.await);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for text in ["60000", " 60,000 ", "60_000"] {
            assert_eq!(number(text).unwrap(), Quota::of(60_000), "{text}");
        }
        assert_eq!(number("0").unwrap(), Quota::NoLimit);
        for text in ["", "sixty", "6.5", "-1", "10000000000"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
