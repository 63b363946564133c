//! How an agent's answers were judged and taken: every share with what it is of, the rules that were broken, why answers were less.

use domain::agent::Agent;
use leptos::prelude::*;
use ops::agent_quality::{BrokenRule, Measure};
use ops::telemetry::{DegradedBy, LOOKED_AT, Window};

use super::requests;
use crate::ui::figures::{count, percent};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

pub(super) fn panels(
    agent: Agent,
    measures: Vec<Measure>,
    broken: Vec<BrokenRule>,
    reasons: Vec<DegradedBy>,
    (window, hours): (Window, Window),
) -> impl IntoView {
    let since = hours.from.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let none_broken = broken.is_empty();
    let none_degraded = reasons.is_empty();
    view! {
        <Panel title="Quality" id="quality" aside=twins("quality", "Quality")>
            {shares(agent, measures, window)}
            <p class="body"><small>
                {format!("Counted by whole hours, since {since}; degraded answers to the second. A part of a run of all agents counts here, and not as a request of its own.")}
            </small></p>
        </Panel>
        <div class="two">
        <Panel title="Rules that were broken" id="rules" aside=twins("rules", "Rules")>
            {if none_broken {
                view! {
                    <Empty title="No rule was broken that we know of">
                        <p>"A plan that breaks one is not given; a model is told which rules its words broke, and may correct them once. Rules are named here, values never. Weeks and changes on top of a plan are judged as well, and not counted here."</p>
                    </Empty>
                }
                .into_any()
            } else {
                rules(broken).into_any()
            }}
        </Panel>
        <Panel title="Why answers were less than normal" id="reasons" aside=twins("reasons", "Reasons")>
            {if none_degraded {
                view! {
                    <Empty title="No degraded answer with a reason">
                        <p>"Shutoffs, caps, failing models and refused words degrade an answer; each says why."</p>
                    </Empty>
                }
                .into_any()
            } else {
                degraded(reasons, requests(agent, window, "&degraded=1"), window.to).into_any()
            }}
        </Panel>
        </div>
    }
}

fn shares(agent: Agent, measures: Vec<Measure>, window: Window) -> impl IntoView {
    let line = |measure: Measure| {
        let share = match measure.share {
            None => view! { <State tone=Tone::Unknown word="nothing measured yet"/> }.into_any(),
            Some(share) => match opens(measure.name) {
                Some(more) => view! { <a href=requests(agent, window, more)>{percent(share)}</a> }.into_any(),
                None => percent(share).into_any(),
            },
        };
        let of = format!("{} of {} {}", count(measure.count), count(measure.of), measure.of_what);
        view! {
            <tr>
                <th scope="row" class="wrap">{measure.title}</th>
                <td class="n">{share}</td>
                <td class="wrap">{of} {measure.note.map(|note| format!("; {note}"))}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Quality">
            <table>
                <thead><tr><th scope="col">"What"</th><th scope="col" class="n">"Share"</th><th scope="col">"How many of what"</th></tr></thead>
                <tbody>{measures.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Behind which requests a measure stands; reactions and check-ins stand behind none.
fn opens(measure: &str) -> Option<&'static str> {
    match measure {
        "plans-refused" => Some("&class=5"),
        "words-at-once" | "words-repaired" => Some("&engine=model"),
        "words-refused" | "degraded" => Some("&degraded=1"),
        _ => None,
    }
}

fn rules(broken: Vec<BrokenRule>) -> impl IntoView {
    let line = |rule: BrokenRule| {
        let of = if rule.by == "planner" { "plans" } else { "replies" };
        view! {
            <tr>
                <th scope="row" class="mono">{rule.rule}</th>
                <td>{if rule.by == "planner" { "the planner" } else { "a model" }}</td>
                <td class="n">{format!("{} of {} {of}", count(rule.times), count(rule.of))}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Rules that were broken">
            <table>
                <thead><tr><th scope="col">"Rule"</th><th scope="col">"By"</th><th scope="col" class="n">"How often"</th></tr></thead>
                <tbody>{broken.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn degraded(reasons: Vec<DegradedBy>, href: String, now: jiff::Timestamp) -> impl IntoView {
    let all: u64 = reasons.iter().map(|reason| reason.answers).sum();
    let line = move |reason: DegradedBy| {
        view! {
            <tr>
                <td class="wrap">{reason.reason}</td>
                <td class="n"><a href=href.clone()>{format!("{} of {}", count(reason.answers), count(all))}</a></td>
                <td><At at=reason.last now=now/></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Why answers were less than normal">
            <table>
                <thead><tr><th scope="col">"Reason"</th><th scope="col" class="n">"Answers"</th><th scope="col">"Last"</th></tr></thead>
                <tbody>{reasons.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
        <p class="body"><small>{format!("Of the newest {} degraded answers of all agents.", count(LOOKED_AT.unsigned_abs()))}</small></p>
    }
}
