//! One limit: what it is and who is near it, what another quota would do to whom, and the change.

mod effect;
mod forms;

use domain::access::Action;
use domain::limit::scope::ScopeTexts;
use domain::limit::{Quota, Resource, Rule, Scope, Window};
use jiff::Timestamp;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;
use ops::gateway::{LimitChange, LimitPreview, LimitRule, LimitSource};
use serde::Deserialize;

use self::effect::effect;
use self::forms::{change, reset};
use super::limits::{quota, source};
use crate::ui::figures::count;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::time::At;
use crate::ui::twins::twins;

/// Which limit the URL names; the page's table as CSV and JSON takes the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedLimit {
    /// `requests:minute:person=*`.
    of: String,
    /// Or in the parts of the form on the page Limits.
    resource: String,
    window: String,
    tenant: String,
    key: String,
    tier: String,
    agent: String,
    model: String,
    person: String,
    /// To try.
    quota: String,
}

impl AskedLimit {
    /// # Errors
    /// `Invalid`: no limit can be of this.
    pub fn rule(&self) -> ops::Result<Rule> {
        if !self.of.is_empty() {
            return Ok(Rule::parse(&self.of)?);
        }
        let word = self.resource.as_str();
        let resource = Resource::ALL.into_iter().find(|known| known.as_str() == word);
        let resource = resource
            .ok_or_else(|| ops::Error::invalid("resource", "must be requests, tokens or parallel"))?;
        let window = Window::ALL.into_iter().find(|known| known.as_str() == self.window);
        let scope = Scope::of_texts(&ScopeTexts {
            tenant: &self.tenant,
            key: &self.key,
            tier: &self.tier,
            agent: &self.agent,
            model: &self.model,
            person: &self.person,
        })?;
        // The form always names a window.
        Ok(Rule::new(resource, window.filter(|_| resource != Resource::Parallel), scope)?)
    }

    /// What is tried; an error when it is no quota.
    fn tried(&self) -> Option<Result<Quota, ()>> {
        let text = self.quota.trim();
        (!text.is_empty()).then(|| crate::actions::limits::number(text).map_err(|_| ()))
    }
}

#[component]
pub fn Limit() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let get = |name: &str| query.get(name).unwrap_or_default();
    let asked = AskedLimit {
        of: get("of"),
        resource: get("resource"),
        window: get("window"),
        tenant: get("tenant"),
        key: get("key"),
        tier: get("tier"),
        agent: get("agent"),
        model: get("model"),
        person: get("person"),
        quota: get("quota"),
    };
    let response = use_context::<ResponseOptions>();
    console_page(Place::Cost, "Change a limit", "requests,limits", move |ops, person| async move {
        let rule = match asked.rule() {
            Ok(rule) => rule,
            Err(fault) => {
                if let Some(response) = response {
                    response.set_status(http::StatusCode::NOT_FOUND);
                }
                return Ok(unknown(&fault).into_any());
            }
        };
        let people = person.role.may(Action::SeeAudit);
        if rule.is_of_a_person() {
            person.actor().require(Action::SeeAudit)?;
        }
        let limit = ops.limit_rule(&rule, people).await?;
        let as_is = ops.limit_preview(&rule, limit.quota.map_or(Quota::NoLimit, Quota::of)).await?;
        let tried = match asked.tried() {
            Some(Ok(quota)) => Some(Ok(ops.limit_preview(&rule, quota).await?)),
            Some(Err(())) => Some(Err(())),
            None => None,
        };
        let history = ops.limit_history(&rule).await?;
        let may_cut = person.role.may(Action::CutCost);
        let typed = asked.quota.trim().to_owned();
        let now = ops.clock.now();
        let off = (!ops.limits_enabled()).then(|| {
            view! { <p class="notice">"The configuration turns all limits off (limits.enabled): none is in force."</p> }
        });
        let facts = facts(&limit, &as_is);
        let try_out = try_out(&limit, &typed, tried);
        let change = may_cut.then(|| change(&limit, typed));
        let reset = (may_cut && limit.source == LimitSource::Set).then(|| reset(&limit));
        Ok(view! {
            <p><a href="/cost/limits">"All limits"</a></p>
            <h1>{format!("Limit of {}", limit.of)}</h1>
            {off}
            <Panel title="In force now" id="now">{facts}</Panel>
            <Panel title="What another quota would do">{try_out}</Panel>
            {change}
            {reset}
            <Panel title="Changes of this limit, newest first" id="history" aside=twins("history", "Changes")>{changes(history, now)}</Panel>
        }
        .into_any())
    })
}

fn unknown(fault: &ops::Error) -> impl IntoView + use<> {
    let why = match fault {
        ops::Error::Invalid(faults) => {
            let faults = faults.iter().map(|fault| format!("{} {}", fault.field, fault.detail));
            format!("{}. ", faults.collect::<Vec<_>>().join("; "))
        }
        other => format!("{other}. "),
    };
    view! {
        <h1>"There is no such limit"</h1>
        <p>{why} "Nothing was changed. " <a href="/cost/limits">"All limits"</a></p>
    }
}

fn facts(limit: &LimitRule, preview: &LimitPreview) -> impl IntoView + use<> {
    let default = match (limit.default_quota, limit.has_default) {
        (Some(default), _) => count(u64::from(default)),
        (None, true) => "no limit".to_owned(),
        (None, false) => "none: the configuration has no such rule".to_owned(),
    };
    let counted =
        preview.subjects.map_or_else(|| "not known: nobody is counted by this yet".to_owned(), count);
    let nearest = match (&limit.nearest, limit.subjects) {
        (_, 0) => "nobody".to_owned(),
        (Some(name), _) => format!("{name}, {} used", count(limit.nearest_used)),
        (None, _) => format!("{} used", count(limit.nearest_used)),
    };
    let refused = format!(
        "{} in the last hour, {} in the last 24 hours",
        count(preview.refused_last_hour),
        count(preview.refused_last_day)
    );
    view! {
        <dl class="facts">
            <dt>"Quota"</dt><dd><b>{quota(limit.quota)}</b></dd>
            <dt>"From"</dt><dd>{source(limit)}</dd>
            {limit.reason.clone().map(|reason| view! { <dt>"Reason"</dt><dd>{reason}</dd> })}
            <dt>"Default"</dt><dd>{default}</dd>
            {preview.instead_of.clone().map(|wider| view! { <dt>"Holds instead"</dt><dd>{wider}</dd> })}
            <dt>"Counted now"</dt><dd>{counted}</dd>
            <dt>"Nearest to it"</dt><dd>{nearest}</dd>
            <dt>"Refused"</dt><dd>{refused}</dd>
            <dt>"Rule"</dt><dd class="mono">{limit.rule.clone()}</dd>
        </dl>
    }
}

fn try_out(limit: &LimitRule, typed: &str, tried: Option<Result<LimitPreview, ()>>) -> impl IntoView + use<> {
    let words = match tried {
        Some(Ok(preview)) => effect(limit, &preview),
        Some(Err(())) => "That is no quota: write a whole number, such as 60, or 0 for no limit.".to_owned(),
        None => "Counted from what is used and was refused. It changes nothing.".to_owned(),
    };
    view! {
        <div class="body">
            <form method="get" action="/cost/limits/change" class="row" aria-label="Try a quota">
                <input type="hidden" name="of" value=limit.rule.clone()/>
                <label>"Try, how many " <input name="quota" value=typed.to_owned() inputmode="numeric" required maxlength="13" autocomplete="off"/></label>
                <button class="btn">"Show what it would do"</button>
            </form>
            <p id="effect">{words}</p>
        </div>
    }
}

fn changes(history: Vec<LimitChange>, now: Timestamp) -> impl IntoView {
    if history.is_empty() {
        let words = "Every change stays here, with who, when and why.";
        return view! { <Empty title="Nobody changed it">{words}</Empty> }.into_any();
    }
    let number = |n: Option<u32>, none: &'static str| match n {
        None => none.to_owned(),
        Some(0) => "no limit".to_owned(),
        Some(n) => count(u64::from(n)),
    };
    let lines = history.into_iter().map(|it| {
        view! {
            <tr>
                <td><At at=it.at now=now/></td>
                <td class="n">{number(it.before, "no rule")}</td>
                <td class="n">{number(it.quota, "the default")}</td>
                <td>{it.by}</td>
                <td class="wrap">{it.reason}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Changes of this limit">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"When"</th><th scope="col" class="n">"Before"</th><th scope="col" class="n">"After"</th>
                        <th scope="col">"By"</th><th scope="col">"Reason"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
