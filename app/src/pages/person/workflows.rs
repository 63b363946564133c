//! Runs of all agents for the person, step by step.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::workflows::{Status, Workflow, WorkflowPage};

use super::Asked;
use crate::ui::figures::usd;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::table::table;
use crate::ui::time::{At, span};

pub(super) fn section(asked: &Asked, page: WorkflowPage, now: Timestamp) -> AnyView {
    let WorkflowPage { workflows, next } = page;
    let body = if workflows.is_empty() {
        view! { <Empty title="No run of all agents is kept">"POST /api/workflows and POST /api/analyze make them."</Empty> }.into_any()
    } else {
        let rows = workflows.into_iter().map(|workflow| row(workflow, now)).collect();
        table(
            "Workflows",
            &["Asked for", "State", "Took", "Release", "Steps", "Why less", "#Cost", "Request"],
            rows,
        )
    };
    view! { <Panel title="Workflows, newest first">{body}</Panel> {asked.next(next)} }.into_any()
}

fn row(workflow: Workflow, now: Timestamp) -> AnyView {
    let tone = match workflow.status {
        Status::Succeeded => Tone::Ok,
        Status::Degraded => Tone::Warn,
        Status::Failed => Tone::Bad,
        Status::Queued | Status::Running | Status::Cancelled => Tone::Unknown,
    };
    let took = workflow.started_at.map(|began| span(began, workflow.ended_at.unwrap_or(now)));
    let steps = workflow.steps.iter().map(|step| format!("{} {}", step.step.as_str(), step.status.as_str()));
    let steps = steps.collect::<Vec<_>>().join(", ");
    let short = workflow.request_id[workflow.request_id.len().saturating_sub(12)..].to_owned();
    view! {
        <td><At at=workflow.created_at now=now/></td>
        <td><State tone=tone word=workflow.status.as_str()/></td>
        <td>{took}</td>
        <td class="mono">{workflow.release}</td>
        <td class="wrap">{steps}</td>
        <td class="wrap">{workflow.error.or(workflow.degraded_reason)}</td>
        <td class="n">{usd(workflow.cost_usd)}</td>
        <td><a class="mono" href=format!("/requests/{}", workflow.request_id)>{short}</a></td>
    }
    .into_any()
}
