//! Today's tasks with what was reported on them, and the answers that are kept.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::page::Page;
use ops::people::history::PlanMade;
use ops::people::tasks::TasksOfDay;
use ops::support::Plans;

use super::{Asked, word};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::table::table;
use crate::ui::time::At;

pub(super) fn section(asked: &Asked, plans: Plans, now: Timestamp) -> AnyView {
    let Plans { today, made: Page { items, next } } = plans;
    let title = today
        .as_ref()
        .map_or_else(|| "Today".to_owned(), |day| format!("Today, {} ({})", day.date, day.time_zone));
    let history = if items.is_empty() {
        view! { <Empty title="Nothing was made yet">"Each fresh answer of an agent is kept here."</Empty> }
            .into_any()
    } else {
        let rows = items.into_iter().map(|made| row(made, now)).collect();
        table(
            "Answers",
            &["Made", "Agent", "For", "Archetype", "Engine", "Release", "Given up", "Request"],
            rows,
        )
    };
    view! {
        <Panel title=title>
            {match today {
                Some(day) => tasks(day),
                None => view! { <Empty title="There is no plan of today">"Routine or nutrition makes one when it is asked."</Empty> }.into_any(),
            }}
        </Panel>
        <Panel title="What agents made, newest first">{history}</Panel>
        {asked.next(next)}
    }
    .into_any()
}

fn tasks(day: TasksOfDay) -> AnyView {
    let reported = |status: Option<domain::check_in::CheckInStatus>| {
        status.map_or_else(|| "not reported".to_owned(), word)
    };
    let tasks = day.time_blocks.into_iter().flat_map(|block| {
        let name = block.name;
        block.tasks.into_iter().map(move |task| (name.clone(), task))
    });
    let tasks = tasks.map(|(block, task)| {
        view! {
            <td class="n">{format!("{}–{}", task.start, task.end)}</td>
            <td>{block}</td>
            <td class="wrap">{task.title}</td>
            <td>{reported(task.check_in.map(|report| report.status))}</td>
        }
        .into_any()
    });
    let meals = day.meals.into_iter().map(|meal| {
        view! {
            <td></td>
            <td>{meal.name}</td>
            <td class="wrap">{meal.title}</td>
            <td>{reported(meal.check_in.map(|report| report.status))}</td>
        }
        .into_any()
    });
    table(
        "Tasks and meals of today",
        &["#Local time", "Part of the day", "What", "Reported"],
        tasks.chain(meals).collect(),
    )
}

fn row(made: PlanMade, now: Timestamp) -> AnyView {
    let given_up = match (made.degraded_reason, made.request.is_some()) {
        (Some(reason), _) => view! { <State tone=Tone::Warn word=reason/> }.into_any(),
        (None, true) => "nothing".into_any(),
        (None, false) => view! { <State tone=Tone::Unknown word="unknown"/> }.into_any(),
    };
    let request = made.request.map(|id| {
        let short = id[id.len().saturating_sub(12)..].to_owned();
        view! { <a class="mono" href=format!("/requests/{id}")>{short}</a> }
    });
    view! {
        <td><At at=made.created_at now=now/></td>
        <td>{made.agent.title()}</td>
        <td>{made.day.to_string()}</td>
        <td>{made.archetype.name()}</td>
        <td>{made.engine.as_str()}</td>
        <td class="mono">{made.release}</td>
        <td class="wrap">{given_up}</td>
        <td>{request}</td>
    }
    .into_any()
}
