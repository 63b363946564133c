//! Opening, acknowledging, noting and resolving incidents; testing a channel.

use domain::incident::Severity;
use leptos::prelude::*;

use super::outcome::finish;
use crate::visitor;

#[server(prefix = "/actions", endpoint = "open-incident")]
pub async fn open_incident(severity: String, title: String) -> Result<(), ServerFnError> {
    let outcome = async {
        let severity = Severity::parse(&severity)
            .ok_or_else(|| ops::Error::invalid("severity", "must be P0, P1, P2 or P3"))?;
        let incident = visitor::ops().open_incident(&visitor::actor()?, severity, &title).await?;
        Ok(format!("{} is open.", incident.name()))
    };
    finish(outcome.await, "/incidents", "/incidents");
    Ok(())
}

#[server(prefix = "/actions", endpoint = "acknowledge-incident")]
pub async fn acknowledge_incident(id: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().acknowledge_incident(&visitor::actor()?, &id).await?;
        Ok("Acknowledged: you are on it.".to_owned())
    };
    let page = page_of(&id);
    finish(outcome.await, &page, &page);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "add-note")]
pub async fn add_note(id: String, note: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().add_incident_note(&visitor::actor()?, &id, &note).await?;
        Ok("Added to the timeline.".to_owned())
    };
    let page = page_of(&id);
    finish(outcome.await, &page, &page);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "resolve-incident")]
pub async fn resolve_incident(id: String, reason: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().resolve_incident(&visitor::actor()?, &id, &reason).await?;
        Ok("Resolved, and everybody who was told of it is told that.".to_owned())
    };
    let page = page_of(&id);
    finish(outcome.await, &page, &page);
    Ok(())
}

#[server(prefix = "/actions", endpoint = "send-test")]
pub async fn send_test(channel: String) -> Result<(), ServerFnError> {
    let outcome = async {
        visitor::ops().send_test(&visitor::actor()?, &channel).await?;
        Ok(format!("A test is on its way by {channel}; see the deliveries below."))
    };
    finish(outcome.await, "/alerts", "/alerts");
    Ok(())
}

/// Only what an id can hold gets into the address.
fn page_of(id: &str) -> String {
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("/incidents/{id}")
}
