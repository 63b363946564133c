//! One incident: how bad, since when, by when; what happened, who was told; and what to do now.

use domain::access::Action;
use domain::incident::{IncidentState, time_left};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ops::incidents::{Incident as Facts, IncidentDetail, IncidentEvent};
use ops::notify::Delivery;

use super::incidents::state;
use crate::actions::incidents::{AcknowledgeIncident, AddNote, ResolveIncident};
use crate::ui::chart::figure;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::{At, span};
use crate::ui::twins::twins;

#[component]
pub fn Incident() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    console_page(Place::Incidents, "Incident", "incidents,alerts,deliveries", move |ops, person| async move {
        let IncidentDetail { incident, timeline, deliveries } = ops.incident(&id).await?;
        let now = ops.clock.now();
        let (tone, word) = state(&incident);
        let may = person.role.may(Action::HandleIncident) && incident.state != IncidentState::Resolved;
        let channels = ops.notify.channels();
        let open = incident.state == IncidentState::Open;
        let id = incident.id.clone();
        let chart = ops.incident_chart(&incident, now).await?;
        let (title, chart) = (chart.title.clone(), figure(&chart)?);
        Ok(view! {
            <p><a href="/incidents">"All incidents"</a></p>
            <section class=format!("verdict {}", tone.class()) id="verdict" aria-label="Verdict" data-live="">
                <div>
                    <h1>{format!("{} · {} · {}", incident.name(), incident.severity, incident.title)}</h1>
                    <p>
                        <State tone=tone word=word/>
                        {format!(" · open since {} ({})", incident.opened_at.strftime("%Y-%m-%d %H:%M UTC"), span(incident.opened_at, incident.resolved_at.unwrap_or(now)))}
                        {clock_words(&incident, now)}
                    </p>
                </div>
                <div class="do">
                    <a class="btn danger" href="/releases/rollback">"Roll back…"</a>
                    <a class="btn danger" href="/cost/shutoff">"Cut cost…"</a>
                </div>
            </section>
            <div class="two">
                <div class="stack">
                <Panel title=title id="chart">{chart}</Panel>
                <Panel title="Timeline" id="timeline" aside=twins("timeline", "Timeline")><Timeline events=timeline now=now/></Panel>
                </div>
                <div class="stack">
                    {may.then(|| view! { <Act id=id open=open/> })}
                    <Panel title="Who was told" id="deliveries" aside=twins("deliveries", "Deliveries")><Told deliveries=deliveries channels=channels.len() now=now/></Panel>
                </div>
            </div>
        })
    })
}

/// By when people must feel it no longer, and whether that is kept.
fn clock_words(incident: &Facts, now: jiff::Timestamp) -> String {
    if incident.state == IncidentState::Resolved {
        return String::new();
    }
    let words = |what: &str, within| {
        let left = time_left(incident.opened_at, within, now);
        if left.is_negative() {
            format!("{what} {} late", span(now + left, now))
        } else {
            format!("{what} in {}", span(now, now + left))
        }
    };
    let severity = incident.severity;
    format!(
        " · {} · {}",
        words("mitigate", severity.mitigate_within()),
        words("resolve", severity.resolve_within())
    )
}

#[component]
fn Timeline(events: Vec<IncidentEvent>, now: jiff::Timestamp) -> impl IntoView {
    let line = |event: IncidentEvent| {
        view! {
            <li><At at=event.at now=now/><span>{event.text}</span><small>{event.by}</small></li>
        }
    };
    view! { <ul class="feed">{events.into_iter().map(line).collect_view()}</ul> }
}

#[component]
fn Act(id: String, open: bool) -> impl IntoView {
    let (acknowledge, note, resolve) = (
        ServerAction::<AcknowledgeIncident>::new(),
        ServerAction::<AddNote>::new(),
        ServerAction::<ResolveIncident>::new(),
    );
    let (acknowledged, noted, resolved) = (id.clone(), id.clone(), id);
    view! {
        <Panel title="What now">
            <div class="body">
                {open.then(|| view! {
                    <ActionForm action=acknowledge>
                        <input type="hidden" name="id" value=acknowledged/>
                        <button class="btn primary">"Acknowledge"</button>
                        <small>" I am on it: others see it and are told."</small>
                    </ActionForm>
                })}
                <ActionForm action=note attr:class="stack">
                    <input type="hidden" name="id" value=noted/>
                    <div class="field">
                        <label for="note">"Note"</label>
                        <input id="note" name="note" required minlength="3" maxlength="500" autocomplete="off"/>
                    </div>
                    <div><button class="btn">"Add to the timeline"</button></div>
                </ActionForm>
                <ActionForm action=resolve attr:class="stack">
                    <input type="hidden" name="id" value=resolved/>
                    <div class="field">
                        <label for="reason">"What ended it"</label>
                        <input id="reason" name="reason" required minlength="3" maxlength="500" autocomplete="off"/>
                    </div>
                    <div><button class="btn">"Resolve"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

#[component]
fn Told(deliveries: Vec<Delivery>, channels: usize, now: jiff::Timestamp) -> impl IntoView {
    if deliveries.is_empty() {
        return if channels == 0 {
            view! { <Empty title="Nobody was told: no channel is configured">"Set [email] or [slack] in the configuration; the Alerts page has a test button for each."</Empty> }.into_any()
        } else {
            view! { <Empty title="Nothing was sent yet">"Messages wait in the outbox and leave within a second."</Empty> }.into_any()
        };
    }
    view! { <Deliveries deliveries=deliveries now=now/> }.into_any()
}

/// Deliveries with their attempts. Also used by the Alerts page.
#[component]
pub(super) fn Deliveries(deliveries: Vec<Delivery>, now: jiff::Timestamp) -> impl IntoView {
    let line = |delivery: Delivery| {
        let tone = match delivery.state.as_str() {
            "delivered" => Tone::Ok,
            "failed" => Tone::Bad,
            _ => Tone::Warn,
        };
        let took = delivery.delivered_at.map(|at| format!("after {}", span(delivery.created_at, at)));
        view! {
            <tr>
                <td><At at=delivery.created_at now=now/></td>
                <td>{delivery.kind}</td>
                <td>{format!("{} {}", delivery.channel, delivery.target)}</td>
                <td><State tone=tone word=delivery.state/></td>
                <td class="wrap"><small>{delivery.last_error.or(took)}{(delivery.attempts > 1).then(|| format!(", attempt {}", delivery.attempts))}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Deliveries">
            <table>
                <thead><tr><th scope="col">"Made"</th><th scope="col">"What"</th><th scope="col">"To"</th><th scope="col">"State"</th><th scope="col">"Detail"</th></tr></thead>
                <tbody>{deliveries.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
