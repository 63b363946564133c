//! Health: every component with its last check, since when, and its last 90 days.

use domain::health::Status;
use jiff::SignedDuration;
use leptos::prelude::*;
use ops::health::{ComponentHealth, DayUptime};
use ops::telemetry::Window;

use super::deployments;
use crate::ui::chart::figure;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::{At, span};
use crate::ui::twins::twins;

/// Of the newest deployments; all of them are in the table's CSV and JSON.
const SHOWN: u32 = 10;

#[component]
pub fn Health() -> impl IntoView {
    console_page(Place::Health, "Health", "health,deployments", |ops, _person| async move {
        let report = ops.health_now();
        let now = ops.clock.now();
        let memory = ops.memory_chart(Window::last(now, SignedDuration::from_hours(6))).await?;
        let drawn = if memory.series.iter().all(|line| line.points.is_empty()) {
            None
        } else {
            Some(figure(&memory)?)
        };
        let deployments = deployments::list(ops.deployments(SHOWN).await?, ops.deployments.id(), now);
        let failing = report.components.iter().filter(|component| component.status != Status::Ok).count();
        let headline = match (report.status, failing) {
            (Status::Ok, _) => "Everything that is checked is fine".to_owned(),
            (Status::Unknown, _) => "Not everything could be checked".to_owned(),
            (_, 1) => "One component is not well".to_owned(),
            (_, n) => format!("{n} components are not well"),
        };
        let checked = report.checked_at.map_or_else(
            || "The first round of checks is under way.".to_owned(),
            |at| format!("Checked {} ago, every {} s.", span(at, now), ops.config.health.interval_seconds),
        );
        Ok(view! {
            <section class=format!("verdict {}", tone(report.status).class()) id="verdict" aria-label="Verdict" data-live="">
                <div><h1>{headline}</h1><p>{checked}</p></div>
            </section>
            <Panel title="Components" id="components" aside=twins("components", "Components")>
                <div class="scroll" tabindex="0" role="region" aria-label="Components">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Component"</th>
                                <th scope="col">"State"</th>
                                <th scope="col">"Since"</th>
                                <th scope="col">"Last check"</th>
                                <th scope="col" class="n">"Took"</th>
                                <th scope="col">"Last 90 days"</th>
                                <th scope="col" class="n">"Good checks"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {report.components.into_iter().map(|component| view! { <Component component=component now=now/> }).collect_view()}
                        </tbody>
                    </table>
                </div>
            </Panel>
            <Panel title="Deployments" id="deployments" aside=twins("deployments", "Deployments")>
                {deployments}
            </Panel>
            <Panel title="Memory of this process, last 6 hours" id="memory">
                {match drawn {
                    Some(chart) => chart,
                    None => view! { <Empty title="Not measured yet">"The first sample is taken within a minute of the start."</Empty> }.into_any(),
                }}
            </Panel>
        })
    })
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Ok => Tone::Ok,
        Status::Degraded => Tone::Warn,
        Status::Failing => Tone::Bad,
        Status::Unknown => Tone::Unknown,
    }
}

#[component]
fn Component(#[prop(name = "component")] facts: ComponentHealth, now: jiff::Timestamp) -> impl IntoView {
    view! {
        <tr id=facts.name.clone()>
            <td>{facts.title}</td>
            <td><State tone=tone(facts.status) word=facts.status.as_str()/></td>
            <td>{facts.since.map(|since| view! { <At at=since now=now/> })}</td>
            <td class="wrap"><small>{facts.detail}</small></td>
            <td class="n">{facts.latency_ms.map(|ms| format!("{ms:.1} ms"))}</td>
            <td><Days days=facts.days/></td>
            <td class="n">{facts.uptime_90d.map_or_else(|| "–".to_owned(), |share| format!("{share:.2} %"))}</td>
        </tr>
    }
}

/// One bar a day: good, partly bad, bad, or nothing known.
#[component]
fn Days(days: Vec<DayUptime>) -> impl IntoView {
    let known = days.iter().filter(|day| day.ok + day.bad > 0).count();
    let bad = days.iter().filter(|day| day.bad > 0).count();
    let bars = days.iter().enumerate().map(|(i, day)| {
        let class = match (day.ok, day.bad) {
            (0, 0) => "unknown",
            (_, 0) => "ok",
            (ok, bad) if bad * 20 > ok => "bad",
            _ => "warn",
        };
        format!("<rect class=\"{class}\" x=\"{}\" width=\"2\" height=\"16\"/>", i * 3)
    });
    let label = format!("{known} days known, {bad} with failed checks");
    let svg = format!(
        "<svg class=\"days\" viewBox=\"0 0 {} 16\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{label}\">{}</svg>",
        days.len() * 3,
        bars.collect::<String>()
    );
    view! { <span inner_html=svg></span> }
}
