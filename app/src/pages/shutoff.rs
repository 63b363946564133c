//! Cutting cost: of what, what will happen to whom, a reason, one button; below it the proof, and the way back.

use domain::access::{Action, Tier};
use domain::agent::Agent;
use domain::shutoff::{self, Scope};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use ops::gateway::ShutoffPreview;
use ops::telemetry::RequestFilter;
use ops::{Error, Ops};

use super::requests::list;
use super::shutoffs::{Before, InForce, of};
use crate::actions::shutoff::{CutCost, ReArm, RestoreSpending};
use crate::ui::figures::{known, usd};
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};

/// Shutoffs of the past.
const SHOWN: usize = 10;
const PAGE: &str = "/cost/shutoff";

#[component]
pub fn Shutoff() -> impl IntoView {
    let asked = use_query_map().get_untracked().get("scope");
    console_page(Place::Cost, "Cut cost", "requests,shutoff,caps", move |ops, person| async move {
        person.actor().require(Action::CutCost)?;
        let now = ops.clock.now();
        let scope = chosen(&ops, asked.as_deref())?;
        let preview = ops.shutoff_preview(&scope).await?;
        let agent = if let Scope::Agent(agent) = scope { Some(agent) } else { None };
        let rows = ops
            .requests(&RequestFilter { agent, agents_only: true, limit: 8, ..RequestFilter::default() })
            .await?;
        let mut history = Vec::new();
        for past in ops.shutoff_history().await?.into_iter().take(SHOWN) {
            history.push((ops.saved_by(&past).await?, past));
        }
        let current = ops.shutoff_of(&scope);
        let models: Vec<String> = ops.models().into_iter().map(|model| model.model).collect();
        let left = left_of(&ops, &scope, &models);
        let may_restore = person.role.may(Action::RestoreSpending);
        Ok(view! {
            <h1>"Cut cost"</h1>
            <InForce shutoffs=ops.shutoffs() now=now may_restore=may_restore/>
            <Chooser scope=scope.clone() models=models/>
            {current.map(|shutoff| view! {
                <Current shutoff=shutoff.clone()/>
                {may_restore.then(|| if shutoff.latched { re_arm().into_any() } else { restore(scope.clone()).into_any() })}
            })
            .map_or_else(|| form(scope.clone()).into_any(), IntoAny::into_any)}
            <Panel title=format!("What it does to whom: {}", scope.words())>{blast(preview, left)}</Panel>
            <Panel title="The proof: the next requests" id="proof">
                {if rows.is_empty() {
                    view! { <Empty title="No request yet">"The next agent request shows here, and whether it was degraded or stopped."</Empty> }.into_any()
                } else {
                    list(rows, now).into_any()
                }}
            </Panel>
            <Before history=history now=now/>
        })
    })
}

/// The page for a scope: a link to a cut of exactly that.
pub fn address(scope: &Scope) -> String {
    if *scope == Scope::All {
        return PAGE.to_owned();
    }
    let mut query = ParamsMap::new();
    query.insert("scope", scope.to_string());
    format!("{PAGE}{}", query.to_query_string())
}

/// What the address asks for. Nothing is everything; what does not exist is never taken for everything. One that is in force
/// can be ended, also where its model is no longer configured.
fn chosen(ops: &Ops, asked: Option<&str>) -> ops::Result<Scope> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(Scope::All) };
    let scope = Scope::parse(asked).ok();
    let scope = scope.filter(|scope| ops.can_cut(scope) || ops.shutoff_of(scope).is_some());
    scope.ok_or(Error::NotFound { what: "agent, tier or model" })
}

/// Of a model: which ones would be asked instead.
fn left_of(ops: &Ops, scope: &Scope, models: &[String]) -> Option<String> {
    let Scope::Model(cut) = scope else { return None };
    let left =
        models.iter().filter(|name| *name != cut && ops.shutoff_of(&Scope::Model((*name).clone())).is_none());
    let left: Vec<&str> = left.map(String::as_str).collect();
    let none = "no model: planners and memory answer".to_owned();
    Some(if left.is_empty() { none } else { left.join(", then ") })
}

/// What to cut: a plain form, so that choosing works without JavaScript and is a link.
#[component]
fn Chooser(scope: Scope, models: Vec<String>) -> impl IntoView {
    let option = |each: Scope, label: String| {
        let chosen = each == scope;
        view! { <option value=each.to_string() selected=chosen>{label}</option> }
    };
    view! {
        <form method="get" action=PAGE class="row" role="search" aria-label="Choose what to cut">
            <label>
                "Of what "
                <select name="scope">
                    {option(Scope::All, "everything".to_owned())}
                    <optgroup label="One agent">
                        {Agent::BOOKED.map(|agent| option(Scope::Agent(agent), agent.title().to_owned())).collect_view()}
                    </optgroup>
                    <optgroup label="One tier">
                        {Tier::ALL.map(|tier| option(Scope::Tier(tier), format!("tier {}", tier.as_str()))).collect_view()}
                    </optgroup>
                    {(!models.is_empty()).then(|| view! {
                        <optgroup label="One model">
                            {models
                                .into_iter()
                                .map(|name| {
                                    let label = format!("model {name}");
                                    option(Scope::Model(name), label)
                                })
                                .collect_view()}
                        </optgroup>
                    })}
                </select>
            </label>
            <button class="btn">"Show what it does"</button>
        </form>
    }
}

/// The one of this scope.
#[component]
fn Current(shutoff: shutoff::Shutoff) -> impl IntoView {
    let mode = format!("{}{}", shutoff.mode.as_str(), of(&shutoff.scope));
    let ends = match (shutoff.expires_at, shutoff.latched) {
        (Some(end), _) => format!("It ends by itself at {}.", end.strftime("%H:%M UTC")),
        (None, true) => "It ends when somebody re-arms.".to_owned(),
        (None, false) => "It ends when somebody restores spending.".to_owned(),
    };
    view! {
        <section class="verdict warn" aria-label="In force">
            <div>
                <h2>{if shutoff.latched {
                    format!("The ceiling was reached: {mode} is in force")
                } else {
                    format!("{mode} is in force")
                }}</h2>
                <p>
                    {format!("Since {} by {}: {}. ", shutoff.since.strftime("%Y-%m-%d %H:%M UTC"), shutoff.by, shutoff.reason)}
                    {ends}
                </p>
            </div>
        </section>
    }
}

/// From rows of the store and from what is under way in this process.
fn blast(preview: ShutoffPreview, left: Option<String>) -> impl IntoView {
    let (runs, running, in_flight) = match &preview.scope {
        Scope::All | Scope::Tier(_) => (
            Some("Of these, runs of the orchestrator"),
            Some("each finishes, without a further model call"),
            "they are finished, without a further model call",
        ),
        Scope::Agent(Agent::Orchestrator) => (None, None, "they are finished, without a further model call"),
        Scope::Agent(_) => (
            Some("Runs of the orchestrator with a part of it, last hour"),
            Some("degraded, its part has no model; stopped, it is left out unless it has begun"),
            "they are finished, without a further model call",
        ),
        Scope::Model(_) => {
            (Some("Of these, runs of the orchestrator"), None, "calls of this model; they are finished")
        }
    };
    let (at_least_people, at_least) = (preview.people_at_least, preview.requests_at_least);
    view! {
        <dl class="facts">
            <dt>"People who asked in the last hour"</dt><dd>{known(preview.people_last_hour, at_least_people)}</dd>
            <dt>"Requests in the last hour"</dt><dd>{known(preview.requests_last_hour, at_least)}</dd>
            {runs.map(|title| view! { <dt>{title}</dt><dd>{known(preview.runs_last_hour, at_least)}</dd> })}
            <dt>"Being answered right now"</dt><dd>{format!("{}: {in_flight}", preview.in_flight)}</dd>
            {running.map(|what| view! {
                <dt>"Runs right now"</dt><dd>{format!("{}: {what}", preview.runs_in_flight)}</dd>
            })}
            {left.map(|names| view! { <dt>"Asked instead"</dt><dd>{names}</dd> })}
            <dt>"Saves per hour, about"</dt><dd>{usd(preview.cost_per_hour_usd)}</dd>
        </dl>
    }
}

fn form(scope: Scope) -> impl IntoView {
    let action = ServerAction::<CutCost>::new();
    let (degrade, stop) = match &scope {
        Scope::All => (
            "planners and memory answer, no model is called; every answer says so",
            Some("agents refuse with a clear problem; data is still taken in"),
        ),
        Scope::Tier(_) => (
            "planners and memory answer this tier, no model is called for it; every answer says so",
            Some("agents refuse this tier with a clear problem; data is still taken in"),
        ),
        Scope::Agent(_) => (
            "its planner and memory answer, no model is called for it; every answer says so",
            Some("it refuses with a clear problem, and runs of the orchestrator go on without its part"),
        ),
        Scope::Model(_) => {
            ("it is not called: the next model is asked, and without one the planners answer", None)
        }
    };
    view! {
        <Panel title=format!("Cut {}: in force for the very next request", scope.words())>
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="scope" value=scope.to_string()/>
                    <fieldset>
                        <legend>"How strong"</legend>
                        <label class="row"><input type="radio" name="mode" value="degrade" checked required/>
                            <span><b>"Degrade"</b>" — " {degrade}</span></label>
                        {stop.map(|words| view! {
                            <label class="row"><input type="radio" name="mode" value="stop"/>
                                <span><b>"Stop"</b>" — " {words}</span></label>
                        })}
                    </fieldset>
                    <ReasonField/>
                    <TextField label="Ends by itself after minutes" name="minutes" kind="number" optional=true hint="Empty: until somebody restores spending."/>
                    <div><button class="btn danger">"Cut cost now"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

/// After the ceiling: with a fresh sign-in.
fn re_arm() -> impl IntoView {
    let action = ServerAction::<ReArm>::new();
    view! {
        <Panel title="Re-arm: the ceiling was reached">
            <div class="body">
                <p>"No model is called until somebody re-arms, also on the next day. While today's ceiling is full, the next call that does not fit latches again."</p>
                <ActionForm action=action attr:class="stack">
                    <ReasonField/>
                    <TextField label="Your password, again" name="password" kind="password" autocomplete="current-password"/>
                    <div><button class="btn primary">"Re-arm"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

fn restore(scope: Scope) -> impl IntoView {
    let action = ServerAction::<RestoreSpending>::new();
    view! {
        <Panel title=format!("Restore spending{}", of(&scope))>
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="scope" value=scope.to_string()/>
                    <ReasonField/>
                    <div><button class="btn primary">"Restore spending"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
