//! One cap: what it is and what was spent, what another amount would do to whom, the change, and more for a while.

mod effect;
mod forms;
mod overrides;

use domain::access::Action;
use domain::cap::{Amount, Rule};
use domain::money::MicroUsd;
use jiff::Timestamp;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;
use ops::cost::{CapChange, CapPreview, CapRule, CapSource, OverrideState};
use serde::Deserialize;

use self::effect::{effect, this};
use self::forms::{change, reset};
use self::overrides::{ask, past, running};
use super::caps::{amount, source};
use crate::ui::figures::{count, known, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::time::At;
use crate::ui::twins::twins;

/// Which cap the URL names; the page's tables as CSV and JSON take the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedCap {
    /// `agent:routine:day`.
    of: String,
    /// Or in the parts of the form on the page Caps.
    kind: String,
    name: String,
    window: String,
    /// To try: dollars.
    amount: String,
}

impl AskedCap {
    /// # Errors
    /// `Invalid`: no cap has this name.
    pub fn rule(&self) -> ops::Result<Rule> {
        if self.of.is_empty() {
            return Ok(Rule::parse(&format!("{}:{}:{}", self.kind, self.name.trim(), self.window))?);
        }
        Ok(Rule::parse(&self.of)?)
    }

    /// What is tried; the text as it was typed when it is no amount.
    fn tried(&self) -> Option<Result<Amount, ()>> {
        let text = self.amount.trim();
        let usd = text.strip_prefix('$').unwrap_or(text);
        let parsed = |usd: &str| Amount::parse("amount", usd.parse().map_err(|_| ())?).map_err(|_| ());
        (!usd.is_empty()).then(|| parsed(usd))
    }
}

#[component]
pub fn Cap() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let get = |name: &str| query.get(name).unwrap_or_default();
    let asked = AskedCap {
        of: get("of"),
        kind: get("kind"),
        name: get("name"),
        window: get("window"),
        amount: get("amount"),
    };
    let response = use_context::<ResponseOptions>();
    console_page(Place::Cost, "Change a cap", "requests,caps,shutoff", move |ops, person| async move {
        let Ok(rule) = asked.rule() else {
            if let Some(response) = response {
                response.set_status(http::StatusCode::NOT_FOUND);
            }
            return Ok(unknown().into_any());
        };
        if rule.is_of_a_person() {
            person.actor().require(Action::SeeAudit)?;
        }
        let cap = ops.cap_rule(&rule).await?;
        let current = Amount::of_micro(MicroUsd::from_usd(cap.base_usd.unwrap_or(0.0)).0);
        let now_preview = ops.cap_preview(&rule, current).await?;
        let tried = match asked.tried() {
            Some(Ok(amount)) => Some(Ok(ops.cap_preview(&rule, amount).await?)),
            Some(Err(())) => Some(Err(())),
            None => None,
        };
        let history = ops.cap_history(&rule).await?;
        let overrides = ops.cap_overrides(Some(&rule)).await?;
        let open = overrides
            .iter()
            .find(|it| matches!(it.state, OverrideState::Waiting | OverrideState::InForce))
            .cloned();
        let approvers = match &open {
            Some(open) => ops.approvers_beside(&open.requested_by).await?,
            None => ops.approvers_beside(&person.email).await?,
        };
        let now = ops.clock.now();
        let cut = ops.shutoff().map(|shutoff| {
            let words =
                format!("Cost is cut ({}): no model is called, whatever the caps. ", shutoff.mode.as_str());
            view! { <p class="notice">{words}<a href="/cost/shutoff">"Cut cost"</a></p> }
        });
        let may_cut = person.role.may(Action::CutCost);
        let set = cap.set_by.is_some() && cap.from == cap.rule;
        let typed = asked.amount.trim().to_owned();
        let facts = facts(&cap, &now_preview);
        let try_out = try_out(&cap, &typed, tried);
        let change = may_cut.then(|| change(&cap, &rule, typed));
        let reset = (may_cut && set).then(|| reset(&cap));
        let more = match open {
            Some(open) => running(open, &person, approvers).into_any(),
            None => ask(&cap, may_cut, &approvers).into_any(),
        };
        Ok(view! {
            <p><a href="/cost/caps">"All caps"</a></p>
            <h1>{format!("Cap of {}", cap.of)}</h1>
            {cut}
            <Panel title="In force now" id="now">{facts}</Panel>
            <Panel title="What another amount would do">{try_out}</Panel>
            {change}
            {reset}
            <Panel title="More for a while">{more}</Panel>
            <Panel title="Overrides of this cap" id="overrides" aside=twins("overrides", "Overrides")>{past(overrides, now)}</Panel>
            <Panel title="Changes of this cap, newest first" id="history" aside=twins("history", "Changes")>{changes(history, now)}</Panel>
        }
        .into_any())
    })
}

fn unknown() -> impl IntoView {
    view! {
        <h1>"There is no such cap"</h1>
        <p>"An agent, tier or window that does not exist, or a name with blanks. Nothing was changed. " <a href="/cost/caps">"All caps"</a></p>
    }
}

fn facts(cap: &CapRule, preview: &CapPreview) -> impl IntoView + use<> {
    let from = match (cap.from == cap.rule, Rule::parse(&cap.from)) {
        (false, Ok(broader)) => format!("{}, of {}", source(cap), broader.words()),
        _ => source(cap),
    };
    let several = preview.sums > 1;
    let spent = if several { "Spent by the dearest of them" } else { "Spent" };
    let lower = (cap.source == CapSource::Override).then(|| {
        view! { <dt>"Without the override"</dt><dd>{amount(cap.base_usd)}</dd> }
    });
    view! {
        <dl class="facts">
            <dt>"Cap"</dt><dd><b>{amount(cap.amount_usd)}</b></dd>
            {lower}
            <dt>"From"</dt><dd>{from}</dd>
            {cap.reason.clone().map(|reason| view! { <dt>"Reason"</dt><dd>{reason}</dd> })}
            <dt>"Default"</dt><dd>{amount(cap.default_usd)}</dd>
            <dt>{spent}</dt><dd>{format!("{} {}, {}", usd(preview.spent_usd), this(cap.window), preview.window)}</dd>
            <dt>"Held for calls under way"</dt><dd>{usd(preview.held_usd)}</dd>
            <dt>"People a model wrote for"</dt>
            <dd>{format!(
                "{} {}, {} in the last hour",
                known(preview.people, preview.people_at_least),
                this(cap.window),
                known(preview.people_last_hour, preview.last_hour_at_least),
            )}</dd>
            <dt>"In the last hour"</dt><dd>{format!("{} calls, {}", count(preview.calls_last_hour), usd(preview.last_hour_usd))}</dd>
            <dt>"Begins anew"</dt><dd>{preview.resets_at.strftime("%Y-%m-%d %H:%M UTC").to_string()}</dd>
        </dl>
    }
}

fn try_out(cap: &CapRule, typed: &str, tried: Option<Result<CapPreview, ()>>) -> impl IntoView + use<> {
    let words = match tried {
        Some(Ok(preview)) => effect(cap, &preview),
        Some(Err(())) => "That is no amount: write dollars, such as 3.50, or 0 for no cap.".to_owned(),
        None => "Counted from the sums and calls there are. It changes nothing.".to_owned(),
    };
    view! {
        <div class="body">
            <form method="get" action="/cost/caps/change" class="row" aria-label="Try an amount">
                <input type="hidden" name="of" value=cap.rule.clone()/>
                <label>"Try, dollars " <input name="amount" value=typed.to_owned() inputmode="decimal" required maxlength="20" autocomplete="off"/></label>
                <button class="btn">"Show what it would do"</button>
            </form>
            <p id="effect">{words}</p>
        </div>
    }
}

fn changes(history: Vec<CapChange>, now: Timestamp) -> impl IntoView {
    if history.is_empty() {
        let words = "Every change stays here, with who, when and why.";
        return view! { <Empty title="Nobody changed it">{words}</Empty> }.into_any();
    }
    let lines = history.into_iter().map(|it| {
        let to = if it.back_to_default { "the default".to_owned() } else { amount(it.amount_usd) };
        view! {
            <li>
                <At at=it.at now=now/>
                <span>{format!("{} to {to}: {}", amount(it.before_usd), it.reason)}</span>
                <small>{it.by}</small>
            </li>
        }
    });
    view! { <ul class="feed">{lines.collect_view()}</ul> }.into_any()
}
