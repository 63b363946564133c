//! Why each answer was fresh or from memory: the threshold's decisions, newest first.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::page::Page;
use ops::telemetry::{DECIDE, RequestDetail};

use super::Asked;
use crate::ui::panel::{Empty, Panel};
use crate::ui::table::table;
use crate::ui::time::At;

pub(super) fn section(asked: &Asked, page: Page<RequestDetail>, now: Timestamp) -> AnyView {
    let Page { items, next } = page;
    let row = |request: RequestDetail| {
        let of =
            |step: &ops::telemetry::StepRow| (step.name == DECIDE).then(|| step.detail.clone()).flatten();
        let reasons: Vec<String> = request.steps.iter().filter_map(of).collect();
        let href = format!("/requests/{}", request.row.id);
        view! {
            <td><a href=href><At at=request.row.at now=now/></a></td>
            <td>{request.row.agent.map(domain::agent::Agent::title)}</td>
            <td>{request.row.engine.map(domain::agent::Engine::as_str)}</td>
            <td class="wrap">{reasons.into_iter().map(|reason| view! { <div>{reason}</div> }).collect_view()}</td>
        }
        .into_any()
    };
    let body = if items.is_empty() {
        view! { <Empty title="No decision is kept">"Each answer of an agent decides; single requests are kept for some weeks."</Empty> }.into_any()
    } else {
        table("Decisions", &["When", "Agent", "Answered by", "Why"], items.into_iter().map(row).collect())
    };
    view! { <Panel title="Fresh or from memory, and why">{body}</Panel> {asked.next(next)} }.into_any()
}
