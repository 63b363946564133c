//! Lists of shutoffs: those in force, each with its way back, and those before with what they saved.

use domain::shutoff::{Scope, Shutoff};
use jiff::Timestamp;
use leptos::prelude::*;
use ops::cost::Saved;
use ops::gateway::ShutoffRecord;

use super::shutoff::address;
use crate::ui::figures::{count, usd};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;

/// Everything in force. The way back is the same page for that scope; `may_restore`: the person may take it.
#[component]
pub fn InForce(shutoffs: Vec<Shutoff>, now: Timestamp, may_restore: bool) -> impl IntoView {
    let line = move |shutoff: Shutoff| {
        let word = if shutoff.latched { "Re-arm…" } else { "Restore…" };
        let named = format!("{} {}", word.trim_end_matches('…'), shutoff.scope.words());
        let href = address(&shutoff.scope);
        view! {
            <tr>
                <td>{capital(&shutoff.scope)}</td>
                {may_restore.then(|| view! { <td><a class="btn" href=href aria-label=named>{word}</a></td> })}
                <td><State tone=Tone::Warn word=strength(&shutoff)/></td>
                <td><At at=shutoff.since now=now/></td>
                <td class="wrap">{shutoff.by.clone()} ": " {shutoff.reason.clone()}</td>
                <td>{ends(&shutoff)}</td>
            </tr>
        }
    };
    (!shutoffs.is_empty()).then(|| {
        view! {
            <Panel title="In force now" id="in-force">
                <div class="scroll" tabindex="0" role="region" aria-label="Shutoffs in force">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Of"</th>
                                {may_restore.then(|| view! { <th scope="col">"Way back"</th> })}
                                <th scope="col">"Strength"</th><th scope="col">"Since"</th>
                                <th scope="col">"By and why"</th><th scope="col">"Ends"</th>
                            </tr>
                        </thead>
                        <tbody>{shutoffs.into_iter().map(line).collect_view()}</tbody>
                    </table>
                </div>
                <p class="body">"Where several cover a request, stop comes before degrade, and ending one leaves the others."</p>
            </Panel>
        }
    })
}

/// What was, newest first.
#[component]
pub fn Before(history: Vec<(Saved, ShutoffRecord)>, now: Timestamp) -> impl IntoView {
    view! {
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
                                    <span>{format!("{}{}: {}", past.shutoff.mode.as_str(), of(&past.shutoff.scope), past.shutoff.reason)}</span>
                                    <small>{past.shutoff.by} " · " {effect(saved)}</small>
                                </li>
                            })
                            .collect_view()}
                    </ul>
                }
                .into_any()
            }}
        </Panel>
    }
}

/// ` of the agent Routine`; nothing where it is of everything.
pub fn of(scope: &Scope) -> String {
    if *scope == Scope::All { String::new() } else { format!(" of {}", scope.words()) }
}

/// `Everything`, `The agent Routine`.
pub fn capital(scope: &Scope) -> String {
    let words = scope.words();
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

fn strength(shutoff: &Shutoff) -> String {
    match (&shutoff.scope, shutoff.latched) {
        (Scope::Model(_), _) => "not asked".to_owned(),
        (_, true) => format!("{}, latched", shutoff.mode.as_str()),
        (_, false) => shutoff.mode.as_str().to_owned(),
    }
}

fn ends(shutoff: &Shutoff) -> String {
    match (shutoff.expires_at, shutoff.latched) {
        (Some(end), _) => end.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        (None, true) => "when somebody re-arms".to_owned(),
        (None, false) => "when somebody restores".to_owned(),
    }
}

fn effect(saved: Saved) -> String {
    let requests = format!("{}{}", if saved.about { "about " } else { "" }, count(saved.requests));
    match saved.usd {
        Some(saved) => format!("saved about {} over {requests} requests", usd(saved)),
        None => format!("{requests} requests; the day before has none to compare with"),
    }
}
