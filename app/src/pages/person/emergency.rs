//! A section that is closed, and the way in that only an admin has, in an emergency.

use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::incidents::Incident;

use super::Asked;
use crate::actions::persons::OpenInEmergency;
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::panel::{Empty, Panel};

/// `incidents`: those that are open, for who may look without consent.
pub(super) fn closed(asked: &Asked, role_may: bool, incidents: Option<Vec<Incident>>) -> AnyView {
    let why = if role_may {
        "The person has not consented, or the consent has ended. An app asks for it: PUT /api/user/{id}/consents/support-access."
    } else {
        "This needs the role responder or higher, and the person's consent."
    };
    let title = asked.tab.title();
    view! {
        <Panel title=title><Empty title="Nothing is shown"><p>{why}</p></Empty></Panel>
        {incidents.map(|incidents| form(asked, incidents))}
    }
    .into_any()
}

fn form(asked: &Asked, incidents: Vec<Incident>) -> AnyView {
    let action = ServerAction::<OpenInEmergency>::new();
    let (tenant, user) = (asked.tenant.to_string(), asked.user.to_string());
    let body = if incidents.is_empty() {
        view! { <Empty title="No incident is open"><p>"An emergency is somebody's incident: "<a href="/incidents">"open one first"</a>", so that everybody on call knows."</p></Empty> }.into_any()
    } else {
        let option = |it: Incident| view! { <option value=it.id.clone()>{format!("{} {}", it.name(), it.title)}</option> };
        view! {
            <div class="body">
                <p>"When the person may come to harm and cannot be asked. It opens all sections to you alone, for one hour. The person reads that you did, and your reason; so do the audit log and the incident's timeline."</p>
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="tenant" value=tenant/>
                    <input type="hidden" name="user" value=user/>
                    <div class="field"><label for="incident">"Incident"</label><select id="incident" name="incident">{incidents.into_iter().map(option).collect_view()}</select></div>
                    <ReasonField hint="Read by the person and kept in the audit log for good: name nobody, and nothing of their health."/>
                    <TextField label="Your password" name="password" kind="password" autocomplete="current-password"/>
                    <div><button class="btn danger">"Look without consent for one hour"</button></div>
                </ActionForm>
            </div>
        }
        .into_any()
    };
    view! { <Panel title="In an emergency">{body}</Panel> }.into_any()
}
