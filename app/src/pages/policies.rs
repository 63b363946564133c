//! Degrade: what each agent gives up while sums fill, which steps are in force since when and why, and those of before.

use domain::agent::Agent;
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use ops::cost::{ActiveStep, CapSource, DegradePeriod, DegradePolicy};

use crate::ui::figures::count;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::{At, span};
use crate::ui::twins::twins;

/// As long as periods are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Periods shown; the twins have more.
const SHOWN: u32 = 50;

#[component]
pub fn Policies() -> impl IntoView {
    console_page(Place::Cost, "Degrade", "requests,caps,shutoff", |ops, _person| async move {
        let now = ops.clock.now();
        let policies = ops.degrade_policies().await?;
        let periods = ops.degrade_periods(now - KEPT, SHOWN).await?;
        let under: Vec<&str> =
            policies.iter().filter(|it| !it.active.is_empty()).map(|it| it.title).collect();
        let headline = if under.is_empty() {
            "No agent gives up anything".to_owned()
        } else {
            format!("{} under a step: {}", count(under.len() as u64), under.join(", "))
        };
        let tone = if under.is_empty() { "ok" } else { "warn" };
        Ok(view! {
            <section class=format!("verdict {tone}") id="verdict" aria-label="Verdict" data-live="">
                <div>
                    <h1>{headline}</h1>
                    <p>
                        "While a sum fills, an agent first takes a cheaper model, then words paid before, then fewer calls; at 100 % the planner answers. Every answer says what it gave up and why. "
                        <code>"[degrade]"</code> " of the configuration gives the defaults; a change here is in force for the next call. "
                        <a href="/cost">"Cost"</a> " · " <a href="/cost/caps">"Caps"</a> " · " <a href="/cost/models">"Models"</a>
                    </p>
                </div>
            </section>
            <Panel title="Each agent's policy" id="policies" aside=twins("policies", "Policies")>{table(policies, now)}</Panel>
            <Panel title="When which step was in force, 90 days" id="periods" aside=twins("periods", "Steps in force")>
                {if periods.is_empty() {
                    view! {
                        <Empty title="No step was in force">
                            <p>"A step that a sum of everybody, of a tier, an agent or a key puts in force begins and ends here. Those of single people's sums are told by their answers."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    history(periods, now).into_any()
                }}
            </Panel>
        })
    })
}

/// The page that changes a policy.
pub fn change_link(agent: Agent) -> String {
    format!("/cost/policies/change?agent={agent}")
}

/// `since 07:12:03, because of tier:free (83 %): from 80 % of any sum: cheaper model`.
pub fn active_lines(active: Vec<ActiveStep>, now: Timestamp) -> impl IntoView {
    let line = move |step: ActiveStep| {
        view! {
            <li>
                <b>{step.agent.title()}</b> " " <State tone=Tone::Warn word=step.words/>
                " since " <At at=step.since now=now/>
                {format!(", because {} was at {} %", step.scope, step.percent)}
            </li>
        }
    };
    view! { <ul class="plain">{active.into_iter().map(line).collect_view()}</ul> }
}

/// Which agents are under which step since when and why, for the top of other pages: kept current, and nothing where none is.
pub fn in_force(active: Vec<ActiveStep>, now: Timestamp) -> impl IntoView {
    let some = !active.is_empty();
    view! {
        <div id="degrade-steps" data-live="">
            {some.then(|| view! {
                <div class="notice">
                    <p><b>"Agents give something up while a sum fills. "</b><a href="/cost/policies">"Degrade"</a></p>
                    {active_lines(active, now)}
                </div>
            })}
        </div>
    }
}

/// One step a line.
pub fn lines(texts: Vec<String>) -> impl IntoView {
    if texts.is_empty() {
        return view! { "nothing, until a cap refuses it" }.into_any();
    }
    view! { <ul class="plain">{texts.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul> }
        .into_any()
}

fn table(policies: Vec<DegradePolicy>, now: Timestamp) -> impl IntoView {
    let line = move |policy: DegradePolicy| {
        let change = format!("Change the policy of {}", policy.title);
        let from = match (policy.source, &policy.set_by, policy.set_at) {
            (CapSource::Default, ..) => "default".to_owned(),
            (_, Some(by), Some(at)) => format!("set by {by} on {}", at.strftime("%Y-%m-%d")),
            (other, ..) => other.as_str().to_owned(),
        };
        let essential = policy.essential.then_some("essential: keeps a model until the ceiling");
        let state = if policy.active.is_empty() {
            view! { <State tone=Tone::Ok word="nothing given up"/> }.into_any()
        } else {
            active_lines(policy.active, now).into_any()
        };
        view! {
            <tr>
                <th scope="row">{policy.title} <small>{essential}</small></th>
                <td class="wrap">{state}</td>
                <td class="wrap">{lines(policy.words)}</td>
                <td>{from}</td>
                <td class="wrap">{policy.reason}</td>
                <td><a href=change_link(policy.agent) aria-label=change>"Change…"</a></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Policies">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Agent"</th><th scope="col">"Now, by the service's sums"</th><th scope="col">"Gives up"</th>
                        <th scope="col">"From"</th><th scope="col">"Reason"</th><th scope="col">"Act"</th>
                    </tr>
                </thead>
                <tbody>{policies.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn history(periods: Vec<DegradePeriod>, now: Timestamp) -> impl IntoView {
    let line = move |period: DegradePeriod| {
        let lasted = match period.ended_at {
            Some(end) => span(period.began_at, end),
            None => format!("{} so far", span(period.began_at, now)),
        };
        view! {
            <tr>
                <td><At at=period.began_at now=now/></td>
                <td>{period.agent}</td>
                <td class="mono">{period.step}</td>
                <td class="mono">{period.scope}</td>
                <td class="n">{format!("{} %", period.percent)}</td>
                <td class="n">{lasted}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Steps in force">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Began"</th><th scope="col">"Agent"</th><th scope="col">"Step"</th>
                        <th scope="col">"Because of"</th><th scope="col" class="n">"It was at"</th><th scope="col" class="n">"For"</th>
                    </tr>
                </thead>
                <tbody>{periods.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
