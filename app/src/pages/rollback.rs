//! Rolling back: from which release to which, a reason, one button; below it the proof, and the undo.

use domain::access::Action;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::telemetry::RequestFilter;

use super::requests::list;
use crate::actions::releases::{RollBack, UndoRollback};
use crate::ui::forms::ReasonField;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};

#[component]
pub fn Rollback() -> impl IntoView {
    console_page(Place::Releases, "Roll back", "requests,releases", |ops, person| async move {
        person.actor().require(Action::RollBack)?;
        let served = ops.releases.served();
        let (back, undo) = (ops.rollback_target(), ops.restore_target());
        let changes = match &back {
            Some(to) => ops.diff_releases(&served.id, to).await?,
            None => Vec::new(),
        };
        let rows =
            ops.requests(&RequestFilter { agents_only: true, limit: 8, ..RequestFilter::default() }).await?;
        let now = ops.clock.now();
        Ok(view! {
            <h1>"Roll back"</h1>
            {undo.map(|to| view! { <Undo from=served.id.clone() to=to/> })}
            {match back {
                Some(to) => {
                    let action = ServerAction::<RollBack>::new();
                    let reason_only_once = ops.restore_target().is_some();
                    view! {
                        <Panel title=format!("From {} to {to}", served.id)>
                            <div class="body">
                                <p>"Every person gets the other release with their next request; answers under way keep the one they began with. These settings change:"</p>
                                <ul>
                                    {changes
                                        .into_iter()
                                        .map(|change| view! { <li class="mono">{format!("{}: {} → {}", change.name, change.from, change.to)}</li> })
                                        .collect_view()}
                                </ul>
                                <ActionForm action=action attr:class="stack">
                                    {(!reason_only_once).then(|| view! { <ReasonField/> })}
                                    {reason_only_once.then(|| view! {
                                        <div class="field">
                                            <label for="further">"Reason to go further back"</label>
                                            <input id="further" name="reason" required minlength="3" maxlength="500" autocomplete="off"/>
                                        </div>
                                    })}
                                    <div><button class="btn danger">{format!("Roll back to {to}")}</button></div>
                                </ActionForm>
                            </div>
                        </Panel>
                    }
                    .into_any()
                }
                None => view! {
                    <Panel title=format!("{} is served", served.id)>
                        <Empty title="There is nothing further back">"No release was served before this one."</Empty>
                    </Panel>
                }
                .into_any(),
            }}
            <Panel title="The proof: the next requests" id="proof">
                {if rows.is_empty() {
                    view! { <Empty title="No request yet">"The next agent request shows here with its release."</Empty> }.into_any()
                } else {
                    list(rows, now).into_any()
                }}
            </Panel>
        })
    })
}

#[component]
fn Undo(from: String, to: String) -> impl IntoView {
    let action = ServerAction::<UndoRollback>::new();
    view! {
        <Panel title=format!("Undo the rollback: from {from} back to {to}")>
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <ReasonField/>
                    <div><button class="btn primary">{format!("Undo: serve {to} again")}</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
