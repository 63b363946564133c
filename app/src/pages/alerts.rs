//! Alerts: what fires, every rule with its last evaluation, what was sent, and a test button per channel.

use domain::access::Action;
use domain::alert::AlertState;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::alerts::AlertInfo;

use super::incident::Deliveries;
use crate::actions::incidents::SendTest;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

#[component]
pub fn Alerts() -> impl IntoView {
    console_page(Place::Alerts, "Alerts", "alerts,deliveries,incidents", |ops, person| async move {
        let rules = ops.alert_rules().await?;
        let deliveries = ops.deliveries(50).await?;
        let channels = ops.notify.channels();
        let now = ops.clock.now();
        let firing = rules.iter().filter(|rule| rule.state == AlertState::Firing).count();
        let (tone, headline) = match firing {
            0 if rules.is_empty() => ("unknown", "The rules have not been evaluated yet".to_owned()),
            0 => ("ok", "No alert fires".to_owned()),
            1 => ("bad", "One alert fires".to_owned()),
            n => ("bad", format!("{n} alerts fire")),
        };
        let may_test = person.role.may(Action::SendTestAlert);
        Ok(view! {
            <section class=format!("verdict {tone}") id="verdict" aria-label="Verdict" data-live="">
                <div>
                    <h1>{headline}</h1>
                    <p>{format!("Evaluated every {} s from stored rows; what cannot be measured freezes, it does not resolve.", ops.config.alerts.evaluate_seconds)}</p>
                </div>
            </section>
            <Panel title="Rules and their last evaluation" id="rules" aside=twins("rules", "Rules")><Rules rules=rules now=now/></Panel>
            <Panel title="Channels">
                {if channels.is_empty() {
                    view! {
                        <Empty title="No channel is configured">
                            <p>"Alerts show here and on the Incidents page only. For email set "<code>"[email] smtp_url"</code>" and "<code>"to"</code>"; for Slack "<code>"[slack] webhook_url"</code>", or "<code>"bot_token"</code>" and "<code>"channel"</code>"."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! {
                        <div class="body">
                            {channels
                                .into_iter()
                                .map(|(channel, target)| {
                                    let action = ServerAction::<SendTest>::new();
                                    view! {
                                        <ActionForm action=action attr:class="row">
                                            <input type="hidden" name="channel" value=channel/>
                                            <span>{format!("{channel} → {target}")}</span>
                                            {may_test.then(|| view! { <button class="btn">{format!("Test {channel}")}</button> })}
                                        </ActionForm>
                                    }
                                })
                                .collect_view()}
                        </div>
                    }
                    .into_any()
                }}
            </Panel>
            <Panel title="Deliveries, newest first" id="deliveries" aside=twins("deliveries", "Deliveries")>
                {if deliveries.is_empty() {
                    view! { <Empty title="Nothing was sent yet">"Every message with its attempts and receipts shows here."</Empty> }.into_any()
                } else {
                    view! { <Deliveries deliveries=deliveries now=now/> }.into_any()
                }}
            </Panel>
        })
    })
}

#[component]
fn Rules(rules: Vec<AlertInfo>, now: jiff::Timestamp) -> impl IntoView {
    if rules.is_empty() {
        return view! { <Empty title="No evaluation yet">"Error rate, p95, daily cost and failing checks are evaluated from the first seconds on."</Empty> }.into_any();
    }
    let line = |rule: AlertInfo| {
        let (tone, word) = match rule.state {
            AlertState::Firing => (Tone::Bad, "firing"),
            AlertState::Pending => (Tone::Warn, "pending"),
            AlertState::Inactive => (Tone::Ok, "inactive"),
        };
        view! {
            <tr>
                <td class="wrap">{rule.title}</td>
                <td><span class="tag">{rule.severity.as_str()}</span></td>
                <td><State tone=tone word=word/></td>
                <td><At at=rule.since now=now/></td>
                <td class="wrap"><small>{rule.facts}</small></td>
                <td>{rule.incident_id.map(|id| view! { <a href=format!("/incidents/{id}")>"incident"</a> })}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Rules">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Rule"</th>
                        <th scope="col">"Severity"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col">"Last evaluation"</th>
                        <th scope="col">"Incident"</th>
                    </tr>
                </thead>
                <tbody>{rules.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
