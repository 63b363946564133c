//! Releases: which agent settings are served, what each changed, and how to make another.

use domain::access::Action;
use domain::release::AgentSettings;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::releases::{ReleaseInfo, ReleaseStatus, diff};

use crate::actions::releases::CreateRelease;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::Panel;
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

#[component]
pub fn Releases() -> impl IntoView {
    console_page(Place::Releases, "Releases", "releases", |ops, person| async move {
        let releases = ops.releases().await?;
        let history = ops.release_history().await?;
        let now = ops.clock.now();
        let served = releases
            .iter()
            .find(|info| info.served)
            .map(|info| info.release.settings.clone())
            .unwrap_or_default();
        let may = person.role.may(Action::MakeRelease);
        Ok(view! {
            <h1>"Releases"</h1>
            <Panel title="All releases, newest first" id="releases" aside=twins("releases", "Releases")><List releases=releases now=now/></Panel>
            {may.then(|| view! { <NewRelease settings=served/> })}
            <Panel title="What was served when" id="moves" aside=twins("moves", "Moves")>
                <ul class="feed">
                    {history
                        .into_iter()
                        .take(50)
                        .map(|step| {
                            let words = serde_json::to_value(step.action).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
                            view! {
                                <li>
                                    <At at=step.at now=now/>
                                    <span><b class="mono">{step.release_id}</b>{format!(" {}: {}", words.replace('-', " "), step.reason)}</span>
                                    <small>{step.by}</small>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </Panel>
        })
    })
}

#[component]
fn List(releases: Vec<ReleaseInfo>, now: jiff::Timestamp) -> impl IntoView {
    let older: Vec<Option<AgentSettings>> =
        releases.iter().skip(1).map(|info| Some(info.release.settings.clone())).chain([None]).collect();
    let line = |(info, before): (ReleaseInfo, Option<AgentSettings>)| {
        let (tone, word) = match info.status {
            ReleaseStatus::Served => (Tone::Ok, "served"),
            ReleaseStatus::Previous => (Tone::Unknown, "previous"),
            ReleaseStatus::RolledBack => (Tone::Warn, "rolled back"),
            ReleaseStatus::Retired => (Tone::Unknown, "retired"),
        };
        let changes = before.map(|before| diff(&before, &info.release.settings)).unwrap_or_default();
        let changes: Vec<String> = changes
            .into_iter()
            .map(|change| format!("{} {} → {}", change.name, change.from, change.to))
            .collect();
        view! {
            <tr>
                <td class="mono">{info.release.id.clone()}</td>
                <td><State tone=tone word=word/></td>
                <td class="wrap">{info.release.note.clone()}</td>
                <td class="wrap"><small class="mono">{if changes.is_empty() { "–".to_owned() } else { changes.join(", ") }}</small></td>
                <td><At at=info.release.created_at now=now/></td>
                <td><small>{info.release.created_by.clone()}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Releases">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Release"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Note"</th>
                        <th scope="col">"Changes"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"By"</th>
                    </tr>
                </thead>
                <tbody>{releases.into_iter().zip(older).map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn NewRelease(settings: AgentSettings) -> impl IntoView {
    let action = ServerAction::<CreateRelease>::new();
    let number = |label: &'static str,
                  name: &'static str,
                  value: String,
                  least: &'static str,
                  most: &'static str,
                  step: &'static str| {
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <input id=name name=name type="number" value=value min=least max=most step=step required/>
            </div>
        }
    };
    view! {
        <Panel title="New release, from the one served">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <div class="fields">
                        {number("Threshold base, data points", "threshold_base", settings.threshold_base.to_string(), "10", "200", "1")}
                        {number("Routine load", "routine_load", settings.routine_load.to_string(), "0.5", "1.5", "0.05")}
                        {number("New tasks a routine", "routine_new_tasks", settings.routine_new_tasks.to_string(), "1", "6", "1")}
                        {number("Meals a day", "meals_per_day", settings.meals_per_day.to_string(), "3", "5", "1")}
                        {number("Protein, g per kg", "protein_g_per_kg", settings.protein_g_per_kg.to_string(), "0.8", "2.2", "0.1")}
                        {number("Insights a run", "insights_per_run", settings.insights_per_run.to_string(), "1", "5", "1")}
                        {number("Least confidence of an insight", "insight_confidence", settings.insight_confidence.to_string(), "0.5", "0.95", "0.05")}
                    </div>
                    <div class="field">
                        <label for="note">"Note"</label>
                        <input id="note" name="note" required minlength="3" maxlength="500" autocomplete="off"/>
                        <small>"What changes and why. A release is immutable; rolling back serves the one before."</small>
                    </div>
                    <div><button class="btn primary">"Create and serve"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
