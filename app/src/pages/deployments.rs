//! Which build serves, which did before, and how each came and went.

use leptos::prelude::*;
use ops::deployments::{Deployment, State as Now};

use crate::ui::panel::Empty;
use crate::ui::state::{State, Tone};
use crate::ui::time::At;

/// What ended in good order is neither good nor bad.
fn state(state: Now) -> AnyView {
    let tone = match state {
        Now::Serving => Tone::Ok,
        Now::Failed => Tone::Bad,
        Now::Silent | Now::Starting => Tone::Unknown,
        Now::Stopped | Now::HandedOver => return state.as_str().into_any(),
    };
    view! { <State tone=tone word=state.as_str()/> }.into_any()
}

/// `own`: the row of the process that draws this page.
pub(super) fn list(deployments: Vec<Deployment>, own: Option<&str>, now: jiff::Timestamp) -> AnyView {
    if deployments.is_empty() {
        return view! { <Empty title="None recorded">"A process records itself when it begins to serve."</Empty> }.into_any();
    }
    let line = |one: Deployment| {
        let this = own == Some(one.id.as_str());
        view! {
            <tr>
                <td>{state(one.state)}</td>
                <td class="mono">
                    {one.build.map_or_else(|| "unknown".to_owned(), |build| build.to_string())}
                    {this.then_some(" · this process")}
                </td>
                <td>{one.how.as_str()}</td>
                <td><At at=one.begun_at now=now/></td>
                <td>{one.ended_at.map(|at| view! { <At at=at now=now/> })}</td>
                <td>{one.asked_by.unwrap_or_else(|| "not known".to_owned())}</td>
                <td class="mono">{one.host}{one.pid.map(|pid| format!(" · {pid}"))}</td>
                <td class="wrap"><small>{one.detail}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Deployments">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"State"</th>
                        <th scope="col">"Build"</th>
                        <th scope="col">"How"</th>
                        <th scope="col">"Begun"</th>
                        <th scope="col">"Ended"</th>
                        <th scope="col">"Asked for by"</th>
                        <th scope="col">"Host and process"</th>
                        <th scope="col">"What happened"</th>
                    </tr>
                </thead>
                <tbody>{deployments.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
