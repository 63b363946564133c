//! Incidents: open ones first, and a way to open one by hand.

use domain::access::Action;
use domain::incident::{IncidentState, Severity};
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::incidents::Incident;

use crate::actions::incidents::OpenIncident;
use crate::ui::forms::TextField;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::{At, span};
use crate::ui::twins::twins;

#[component]
pub fn Incidents() -> impl IntoView {
    console_page(Place::Incidents, "Incidents", "incidents,alerts", |ops, person| async move {
        let incidents = ops.incidents(100).await?;
        let now = ops.clock.now();
        let may = person.role.may(Action::HandleIncident);
        Ok(view! {
            <h1>"Incidents"</h1>
            <Panel title="Open first" id="incidents" aside=twins("incidents", "Incidents")>
                {if incidents.is_empty() {
                    view! {
                        <Empty title="There was no incident yet">
                            <p>"An alert that fires opens one: errors, slow answers, cost, failing checks. You can open one by hand too. Each has a clock, a timeline that fills itself, and an end that is told."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <List incidents=incidents now=now/> }.into_any()
                }}
            </Panel>
            {may.then(by_hand)}
        })
    })
}

/// State word of an incident. Also used by the page of one.
pub(super) fn state(incident: &Incident) -> (Tone, &'static str) {
    match incident.state {
        IncidentState::Open => (Tone::Bad, "open"),
        IncidentState::Acknowledged => (Tone::Warn, "acknowledged"),
        IncidentState::Resolved => (Tone::Ok, "resolved"),
    }
}

#[component]
fn List(incidents: Vec<Incident>, now: jiff::Timestamp) -> impl IntoView {
    let line = |incident: Incident| {
        let (tone, word) = state(&incident);
        let lasted = span(incident.opened_at, incident.resolved_at.unwrap_or(now));
        view! {
            <tr>
                <td><a href=format!("/incidents/{}", incident.id)>{incident.name()}</a></td>
                <td><span class="tag">{incident.severity.as_str()}</span></td>
                <td class="wrap">{incident.title}</td>
                <td><State tone=tone word=word/></td>
                <td><At at=incident.opened_at now=now/></td>
                <td class="n">{lasted}</td>
                <td><small>{incident.acknowledged_by.unwrap_or_else(|| "–".to_owned())}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Incidents">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Incident"</th>
                        <th scope="col">"Severity"</th>
                        <th scope="col">"Title"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Opened"</th>
                        <th scope="col" class="n">"Lasted"</th>
                        <th scope="col">"On it"</th>
                    </tr>
                </thead>
                <tbody>{incidents.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn by_hand() -> impl IntoView {
    let action = ServerAction::<OpenIncident>::new();
    view! {
        <Panel title="Open one by hand">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <div class="field">
                        <label for="severity">"Severity"</label>
                        <select id="severity" name="severity">
                            {Severity::ALL
                                .map(|severity| view! { <option value=severity.as_str() selected=severity == Severity::P2>{severity.as_str()}</option> })
                                .collect_view()}
                        </select>
                    </div>
                    <TextField label="Title" name="title" least=3 most=120 hint="What is broken, without names of people or health values."/>
                    <div><button class="btn">"Open incident"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
