//! Finding a person by id, and looking without consent in an emergency.

use domain::id::{TenantId, UserId};
use leptos::prelude::*;

use super::outcome::finish;
use crate::pages::person::address;
use crate::visitor;

/// By POST, so that what is typed stands in no address until it is known to be somebody.
#[server(prefix = "/actions", endpoint = "find-person")]
pub async fn find_person(tenant: String, user: String) -> Result<(), ServerFnError> {
    let found = async {
        let (tenant, user) = (TenantId::parse(tenant.trim())?, UserId::parse(user.trim())?);
        visitor::person()?;
        visitor::ops().profile(&tenant, &user).await?;
        Ok::<_, ops::Error>(address(tenant.as_str(), user.as_str()))
    };
    match found.await {
        Ok(page) => leptos_axum::redirect(&page),
        Err(error) => finish(Err(error), "/requests", "/requests"),
    }
    Ok(())
}

#[server(prefix = "/actions", endpoint = "open-in-emergency")]
pub async fn open_in_emergency(
    tenant: String,
    user: String,
    incident: String,
    reason: String,
    password: String,
) -> Result<(), ServerFnError> {
    let ids = TenantId::parse(&tenant).and_then(|tenant| Ok((tenant, UserId::parse(&user)?)));
    let (tenant, user) = match ids {
        Ok(ids) => ids,
        Err(fault) => {
            finish(Err(fault.into()), "/requests", "/requests");
            return Ok(());
        }
    };
    let page = format!("{}?section=plans", address(tenant.as_str(), user.as_str()));
    let outcome = async {
        let staff = visitor::person()?;
        let ops = visitor::ops();
        let opened = ops.open_in_emergency(&staff, (&tenant, &user), &incident, &reason, &password);
        let until = opened.await?.expires_at.strftime("%H:%M UTC").to_string();
        Ok(format!("Open to you until {until}. The person, the audit log and the incident are told."))
    };
    finish(outcome.await, &page, &page);
    Ok(())
}
