//! People and keys: changed and ended. Keys are made by `POST /people`, whose answer shows the secret.

use domain::access::Role;
use leptos::prelude::*;

use super::outcome::finish;
use crate::visitor;

const PAGE: &str = "/people";

#[server(prefix = "/actions", endpoint = "create-user")]
pub async fn create_user(email: String, password: String, role: String) -> Result<(), ServerFnError> {
    let outcome = async {
        let account =
            visitor::ops().create_user(&visitor::actor()?, &email, Role::parse(&role)?, &password).await?;
        Ok(format!("{} can sign in as {}.", account.email, account.role))
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "change-user")]
pub async fn change_user(id: String, role: String, disabled: Option<String>) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().change_user(&visitor::actor()?, &id, Role::parse(&role)?, disabled.is_some()).await?;
        Ok("Changed; that person's sessions have ended.".to_owned())
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "revoke-key")]
pub async fn revoke_key(id: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().revoke_key(&visitor::actor()?, &id).await?;
        Ok("The key is revoked, in force at once.".to_owned())
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "end-session")]
pub async fn end_session(id: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().revoke_session(&visitor::actor()?, &id).await?;
        Ok("The session has ended.".to_owned())
    };
    finish(outcome.await, PAGE, PAGE);
    Ok(())
}
