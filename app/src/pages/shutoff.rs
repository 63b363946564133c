//! Cutting cost: what will happen to whom, a reason, one button; below it the proof, and the way back.

use domain::access::Action;
use jiff::SignedDuration;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::cost::Saved;
use ops::telemetry::{Filter, RequestFilter, Window};

use super::requests::list;
use crate::actions::shutoff::{CutCost, ReArm, RestoreSpending};
use crate::ui::figures::{count, usd};
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::time::At;

/// Shutoffs of the past.
const SHOWN: usize = 10;

#[component]
pub fn Shutoff() -> impl IntoView {
    console_page(Place::Cost, "Cut cost", "requests,shutoff,caps", |ops, person| async move {
        person.actor().require(Action::CutCost)?;
        let now = ops.clock.now();
        let hour = Window::last(now, SignedDuration::from_hours(1));
        let requests = ops.summary(hour, &Filter::default()).await?.requests;
        let rows =
            ops.requests(&RequestFilter { agents_only: true, limit: 8, ..RequestFilter::default() }).await?;
        let people = ops.people_asking(hour).await?;
        let preview = ops.shutoff_preview(people, requests).await?;
        let mut history = Vec::new();
        for past in ops.shutoff_history().await?.into_iter().take(SHOWN) {
            history.push((ops.saved_by(&past).await?, past));
        }
        let current = ops.shutoff();
        let may_restore = person.role.may(Action::RestoreSpending);
        Ok(view! {
            <h1>"Cut cost"</h1>
            {current.map(|shutoff| view! {
                <section class="verdict warn" aria-label="In force">
                    <div>
                        <h2>{if shutoff.latched {
                            format!("The ceiling was reached: {} is in force", shutoff.mode.as_str())
                        } else {
                            format!("{} is in force", shutoff.mode.as_str())
                        }}</h2>
                        <p>
                            {format!("Since {} by {}: {}. ", shutoff.since.strftime("%Y-%m-%d %H:%M UTC"), shutoff.by, shutoff.reason)}
                            {shutoff.expires_at.map_or_else(|| if shutoff.latched { "It ends when somebody re-arms.".to_owned() } else { "It ends when somebody restores spending.".to_owned() }, |end| format!("It ends by itself at {}.", end.strftime("%H:%M UTC")))}
                        </p>
                    </div>
                </section>
                {may_restore.then(|| if shutoff.latched { re_arm().into_any() } else { restore().into_any() })}
            })
            .map_or_else(|| form().into_any(), IntoAny::into_any)}
            <Panel title="What it does to whom">
                <dl class="facts">
                    <dt>"People who asked in the last hour"</dt><dd>{count(preview.people_last_hour)}</dd>
                    <dt>"Requests in the last hour"</dt><dd>{count(preview.requests_last_hour)}</dd>
                    <dt>"Being answered right now"</dt><dd>{format!("{}: they are finished, without a further model call", preview.in_flight)}</dd>
                    <dt>"Saves per hour, about"</dt><dd>{usd(preview.cost_per_hour_usd)}</dd>
                </dl>
            </Panel>
            <Panel title="The proof: the next requests" id="proof">
                {if rows.is_empty() {
                    view! { <Empty title="No request yet">"The next agent request shows here, and whether it was degraded or stopped."</Empty> }.into_any()
                } else {
                    list(rows, now).into_any()
                }}
            </Panel>
            <Panel title="Before">
                {if history.is_empty() {
                    view! { <Empty title="Cost was never cut">"Every shutoff stays here, with who, why and until when."</Empty> }.into_any()
                } else {
                    view! {
                        <ul class="feed">
                            {history
                                .into_iter()
                                .map(|(saved, past)| view! {
                                    <li>
                                        <At at=past.shutoff.since now=now/>
                                        <span>{format!("{}: {}", past.shutoff.mode.as_str(), past.shutoff.reason)}</span>
                                        <small>{past.shutoff.by} " · " {effect(saved)}</small>
                                    </li>
                                })
                                .collect_view()}
                        </ul>
                    }
                    .into_any()
                }}
            </Panel>
        })
    })
}

fn effect(saved: Saved) -> String {
    let requests = count(saved.requests);
    match saved.usd {
        Some(saved) => format!("saved about {} over {requests} requests", usd(saved)),
        None => format!("{requests} requests; the day before has none to compare with"),
    }
}

fn form() -> impl IntoView {
    let action = ServerAction::<CutCost>::new();
    view! {
        <Panel title="In force for the very next request">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <fieldset>
                        <legend>"How strong"</legend>
                        <label class="row"><input type="radio" name="mode" value="degrade" checked required/>
                            <span><b>"Degrade"</b>" — planners and memory answer, no model is called; every answer says so"</span></label>
                        <label class="row"><input type="radio" name="mode" value="stop"/>
                            <span><b>"Stop"</b>" — agents refuse with a clear problem; data is still taken in"</span></label>
                    </fieldset>
                    <ReasonField/>
                    <TextField label="Ends by itself after minutes" name="minutes" kind="number" optional=true hint="Empty: until somebody restores spending."/>
                    <div><button class="btn danger">"Cut cost now"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

/// After the ceiling: with a fresh sign-in.
fn re_arm() -> impl IntoView {
    let action = ServerAction::<ReArm>::new();
    view! {
        <Panel title="Re-arm: the ceiling was reached">
            <div class="body">
                <p>"No model is called until somebody re-arms, also on the next day. While today's ceiling is full, the next call that does not fit latches again."</p>
                <ActionForm action=action attr:class="stack">
                    <ReasonField/>
                    <TextField label="Your password, again" name="password" kind="password" autocomplete="current-password"/>
                    <div><button class="btn primary">"Re-arm"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

fn restore() -> impl IntoView {
    let action = ServerAction::<RestoreSpending>::new();
    view! {
        <Panel title="Restore spending">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <ReasonField/>
                    <div><button class="btn primary">"Restore spending"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
