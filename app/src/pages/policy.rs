//! One agent's policy: what is in force, what other steps would have done in the last 24 hours, and the change.

mod effect;

use domain::access::Action;
use jiff::Timestamp;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;
use ops::cost::{CapSource, DegradeChange, DegradePolicy, DegradePreview};
use serde::Deserialize;

use self::effect::effect;
use super::policies::{active_lines, lines};
use crate::actions::policies::{ResetDegradePolicy, SetDegradePolicy};
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::time::At;
use crate::ui::twins::twins;

/// Which policy the URL names; the page's tables as CSV and JSON take the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedPolicy {
    pub agent: String,
    /// To try: one step a line. Absent: nothing is tried.
    pub steps: Option<String>,
}

#[component]
pub fn Policy() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let asked = AskedPolicy { agent: query.get("agent").unwrap_or_default(), steps: query.get("steps") };
    let response = use_context::<ResponseOptions>();
    console_page(Place::Cost, "Change a policy", "caps,shutoff", move |ops, person| async move {
        let Ok(agent) = ops.degrade_agent(&asked.agent) else {
            if let Some(response) = response {
                response.set_status(http::StatusCode::NOT_FOUND);
            }
            return Ok(unknown().into_any());
        };
        let policy = ops.degrade_policy(agent).await?;
        let tried = match asked.steps.as_deref() {
            None => None,
            Some(steps) => match ops.degrade_preview(agent, Some(steps)).await {
                Ok(preview) => Some(Ok(preview)),
                Err(ops::Error::Invalid(faults)) => Some(Err(faults
                    .iter()
                    .map(|it| format!("{} {}", it.field, it.detail))
                    .collect::<Vec<_>>()
                    .join("; "))),
                Err(error) => return Err(error),
            },
        };
        let history = ops.degrade_history(agent).await?;
        let now = ops.clock.now();
        let may_cut = person.role.may(Action::CutCost);
        let set = policy.source == CapSource::Set;
        let typed = asked.steps.clone().unwrap_or_else(|| policy.steps.join("\n"));
        let models: Vec<String> = ops.chat_models().map(str::to_owned).collect();
        let facts = facts(&policy, now);
        let try_out = try_out(&policy, &typed, tried, &models);
        let change = may_cut.then(|| change(&policy, typed));
        let reset = (may_cut && set).then(|| reset(&policy));
        Ok(view! {
            <p><a href="/cost/policies">"All policies"</a></p>
            <h1>{format!("Degrade policy of {}", policy.title)}</h1>
            <Panel title="In force now" id="now">{facts}</Panel>
            <Panel title="What other steps would have done">{try_out}</Panel>
            {change}
            {reset}
            <Panel title="Changes of this policy, newest first" id="history" aside=twins("history", "Changes")>{changes(history, now)}</Panel>
        }
        .into_any())
    })
}

fn unknown() -> impl IntoView {
    view! {
        <h1>"There is no such policy"</h1>
        <p>"Agents that ask models have one, and apps' chats. Nothing was changed. " <a href="/cost/policies">"All policies"</a></p>
    }
}

fn facts(policy: &DegradePolicy, now: Timestamp) -> impl IntoView + use<> {
    let from = match (&policy.set_by, policy.set_at) {
        (Some(by), Some(at)) => format!("set by {by} on {}", at.strftime("%Y-%m-%d %H:%M UTC")),
        _ => "the configuration".to_owned(),
    };
    let essential =
        policy.essential.then(|| view! { <dt>"Essential"</dt><dd>"keeps a model until the ceiling"</dd> });
    let active = if policy.active.is_empty() {
        view! { "no step, by the service's sums" }.into_any()
    } else {
        active_lines(policy.active.clone(), now).into_any()
    };
    view! {
        <dl class="facts">
            <dt>"Gives up"</dt><dd>{lines(policy.words.clone())}</dd>
            <dt>"In force"</dt><dd>{active}</dd>
            {essential}
            <dt>"From"</dt><dd>{from}</dd>
            {policy.reason.clone().map(|reason| view! { <dt>"Reason"</dt><dd>{reason}</dd> })}
            <dt>"Default"</dt><dd class="mono">{lines(policy.default_steps.clone())}</dd>
        </dl>
    }
}

fn try_out(
    policy: &DegradePolicy,
    typed: &str,
    tried: Option<Result<DegradePreview, String>>,
    models: &[String],
) -> impl IntoView + use<> {
    let words = match tried {
        Some(Ok(preview)) => effect(&preview),
        Some(Err(fault)) => format!("That is no policy: {fault}."),
        None => "Counted from the calls of the last 24 hours against the caps of now. It changes nothing."
            .to_owned(),
    };
    let models = if models.is_empty() { "none is configured".to_owned() } else { models.join(", ") };
    let hint = format!(
        "One step a line, the lowest percentage first: 80% any cheaper-model · 85% global cheaper-model NAME · \
         90% any kept-words-first 720min · 90% agent throttle 30/min · 100% any planner. \
         Sums: any, global, month, tier, agent, key, person, person-month. Models: {models}."
    );
    view! {
        <div class="body">
            <form method="get" action="/cost/policies/change" class="stack" aria-label="Try steps">
                <input type="hidden" name="agent" value=policy.agent.as_str()/>
                <div class="field">
                    <label for="try-steps">"Try these steps"</label>
                    <textarea id="try-steps" name="steps" rows="5" maxlength="2000" autocomplete="off" aria-describedby="try-steps-hint">{typed.to_owned()}</textarea>
                    <small id="try-steps-hint">{hint}</small>
                </div>
                <div><button class="btn">"Show what they would have done"</button></div>
            </form>
            <p id="effect">{words}</p>
        </div>
    }
}

fn change(policy: &DegradePolicy, typed: String) -> impl IntoView + use<> {
    let agent = policy.agent.as_str();
    let action = ServerAction::<SetDegradePolicy>::new();
    view! {
        <Panel title="Change the policy: in force for the next call">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="agent" value=agent/>
                    <div class="field">
                        <label for="steps">"New steps"</label>
                        <textarea id="steps" name="steps" rows="5" maxlength="2000" autocomplete="off">{typed.clone()}</textarea>
                    </div>
                    <ReasonField/>
                    <TextField label="Your password, again" name="password" kind="password" optional=true autocomplete="current-password"
                        hint="Only where it gives up less, or later, than the policy in force, which an operator may. Stricter needs none."/>
                    <div><button class="btn danger">"Change the policy"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

fn reset(policy: &DegradePolicy) -> impl IntoView + use<> {
    let agent = policy.agent.as_str();
    let action = ServerAction::<ResetDegradePolicy>::new();
    view! {
        <Panel title="Back to what the configuration says">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="agent" value=agent/>
                    <TextField label="Reason to go back" name="reset_reason" least=3 most=500 autocomplete="off"/>
                    <TextField label="Your password to go back" name="reset_password" kind="password" optional=true autocomplete="current-password"
                        hint="Only where the configuration gives up less."/>
                    <div><button class="btn">"Back to the configuration"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

fn changes(history: Vec<DegradeChange>, now: Timestamp) -> impl IntoView {
    if history.is_empty() {
        let words = "Every change stays here, with who, when and why.";
        return view! { <Empty title="Nobody changed it">{words}</Empty> }.into_any();
    }
    let told = |steps: &[String]| if steps.is_empty() { "no steps".to_owned() } else { steps.join(", ") };
    let lines = history.into_iter().map(|it| {
        let to = it.steps.as_deref().map_or_else(|| "the configuration".to_owned(), told);
        view! {
            <li>
                <At at=it.at now=now/>
                <span>{format!("{} to {to}: {}", told(&it.before), it.reason)}</span>
                <small>{it.by}</small>
            </li>
        }
    });
    view! { <ul class="feed">{lines.collect_view()}</ul> }.into_any()
}
