//! The newest requests, filtered by the URL: a link to a filtered list is a link to an answer.

use domain::agent::{Agent, Engine};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use ops::telemetry::{RequestFilter, RequestRow};
use serde::Deserialize;

use super::person::address;
use crate::actions::persons::FindPerson;
use crate::ui::figures::{duration_us, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

const PAGE: u32 = 50;

#[component]
pub fn Requests() -> impl IntoView {
    let asked = Asked::from_query(&use_query_map().get_untracked());
    console_page(Place::Requests, "Requests", "requests", move |ops, _person| async move {
        let rows = ops.requests(&asked.filter(PAGE)).await?;
        let now = ops.clock.now();
        let older = (rows.len() == PAGE as usize).then(|| rows.last().map(|row| row.id.clone())).flatten();
        let older = older.map(|before| asked.link_before(&before));
        let filters = asked.clone();
        Ok(view! {
            <h1>"Requests"</h1>
            <Filters asked=filters/>
            <Finder/>
            <Panel title="Newest first" id="requests" aside=twins("requests", "Requests")>
                {if rows.is_empty() { nothing(&asked).into_any() } else { list(rows, now).into_any() }}
            </Panel>
            {older.map(|before| view! { <p><a class="btn" href=before>"Older"</a></p> })}
        })
    })
}

/// What the URL asks for, as text: shown again in the form, parsed once for the query. Its CSV and JSON take the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    agent: String,
    class: String,
    engine: String,
    user: String,
    release: String,
    text: String,
    /// `1`: pages and operations too, not agents only.
    all: Option<String>,
    /// `1`: only answers that were less than normal.
    degraded: Option<String>,
    /// When they began: from (inclusive) to (exclusive), as `2026-03-03T07:00:00Z`.
    from: String,
    to: String,
    before: Option<String>,
}

impl Asked {
    fn from_query(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        Self {
            agent: text("agent"),
            class: text("class"),
            engine: text("engine"),
            user: text("user"),
            release: text("release"),
            text: text("text"),
            all: query.get("all"),
            degraded: query.get("degraded"),
            from: text("from"),
            to: text("to"),
            before: query.get("before"),
        }
    }

    /// At most `limit` rows.
    pub fn filter(&self, limit: u32) -> RequestFilter {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        RequestFilter {
            agent: Agent::parse(&self.agent),
            status_class: self.class.parse().ok(),
            engine: Engine::parse(&self.engine),
            user: some(&self.user),
            release: some(&self.release),
            text: some(&self.text),
            agents_only: self.all.is_none(),
            degraded: self.degraded.as_ref().map(|_| true),
            from: self.from.parse().ok(),
            to: self.to.parse().ok(),
            before: self.before.clone(),
            limit,
            ..RequestFilter::default()
        }
    }

    /// The time that is asked for, in words; of a time that is none, nothing is asked.
    fn between(&self) -> Option<String> {
        let filter = self.filter(1);
        let shown = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        match (filter.from.map(shown), filter.to.map(shown)) {
            (None, None) => None,
            (Some(from), None) => Some(format!("Began from {from} on.")),
            (None, Some(to)) => Some(format!("Began before {to}.")),
            (Some(from), Some(to)) => Some(format!("Began between {from} and {to}.")),
        }
    }

    fn link_before(&self, id: &str) -> String {
        let all = if self.all.is_some() { "&all=1" } else { "" };
        let degraded = if self.degraded.is_some() { "&degraded=1" } else { "" };
        format!(
            "/requests?agent={}&class={}&engine={}&user={}&release={}{all}{degraded}&from={}&to={}&before={id}",
            self.agent, self.class, self.engine, self.user, self.release, self.from, self.to
        )
    }
}

#[component]
fn Filters(asked: Asked) -> impl IntoView {
    let option = |value: &str, label: &str, chosen: &str| {
        view! { <option value=value.to_owned() selected=value == chosen>{label.to_owned()}</option> }
    };
    let between = asked.between();
    let kept = |name: &'static str, value: &str| {
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value.to_owned()/> })
    };
    view! {
        {between.map(|between| view! {
            <p class="notice">{between} " " <a href="/requests">"Show requests of any time"</a></p>
        })}
        <form method="get" action="/requests" class="row" role="search" aria-label="Filter requests">
            {kept("from", &asked.from)} {kept("to", &asked.to)}
            <label>
                "Agent "
                <select name="agent">
                    {option("", "all agents", &asked.agent)}
                    {Agent::BOOKED.map(|agent| option(agent.as_str(), agent.title(), &asked.agent)).collect_view()}
                </select>
            </label>
            <label>
                "Outcome "
                <select name="class">
                    {option("", "any", &asked.class)} {option("2", "answered", &asked.class)}
                    {option("4", "refused", &asked.class)} {option("5", "failed", &asked.class)}
                </select>
            </label>
            <label>
                "Engine "
                <select name="engine">
                    {option("", "any", &asked.engine)} {option("planner", "planner", &asked.engine)}
                    {option("model", "model", &asked.engine)} {option("memory", "memory", &asked.engine)}
                </select>
            </label>
            <label>"Person " <input name="user" value=asked.user size="14" autocomplete="off"/></label>
            <label>"Request id or route " <input name="text" value=asked.text size="18" autocomplete="off"/></label>
            <label class="row"><input type="checkbox" name="degraded" value="1" checked=asked.degraded.is_some()/> " degraded only"</label>
            <label class="row"><input type="checkbox" name="all" value="1" checked=asked.all/> " also console and data"</label>
            <button class="btn">"Filter"</button>
        </form>
    }
}

/// Also used where the next requests are the proof of an act.
pub(super) fn list(rows: Vec<RequestRow>, now: jiff::Timestamp) -> impl IntoView {
    let lines = rows.into_iter().map(|row| {
        let (tone, word) = outcome(&row);
        let what = row
            .agent
            .map_or_else(|| format!("{} {}", row.method, row.route), |agent| agent.title().to_owned());
        let whose = person(row.tenant.as_deref(), row.user.clone());
        let short = row.id[row.id.len().saturating_sub(12)..].to_owned();
        view! {
            <tr>
                <td><At at=row.at now=now/></td>
                <td><a class="mono" href=format!("/requests/{}", row.id)>{short}</a></td>
                <td>{what}</td>
                <td><State tone=tone word=word/></td>
                <td class="n">{duration_us(row.duration_us as f64)}</td>
                <td>{row.engine.map(Engine::as_str)}</td>
                <td class="mono">{row.release}</td>
                <td class="mono">{whose}</td>
                <td class="n">{usd(row.cost.usd())}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Requests">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Request"</th>
                        <th scope="col">"Agent"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="n">"Duration"</th>
                        <th scope="col">"Engine"</th>
                        <th scope="col">"Release"</th>
                        <th scope="col">"Person"</th>
                        <th scope="col" class="n">"Cost"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Whom it was for, with the way to their page. Also used by the page of one request.
pub(super) fn person(tenant: Option<&str>, user: Option<String>) -> Option<AnyView> {
    let user = user?;
    // Without a tenant nobody can be found.
    Some(match tenant {
        Some(tenant) => {
            let href = address(tenant, &user);
            view! { <a href=href>{user}</a> }.into_any()
        }
        None => user.into_any(),
    })
}

/// A person's page by their id.
#[component]
fn Finder() -> impl IntoView {
    let action = ServerAction::<FindPerson>::new();
    view! {
        <ActionForm action=action attr:class="row" attr:role="search" attr:aria-label="Find a person">
            <label>"Tenant " <input name="tenant" required size="10" autocomplete="off"/></label>
            <label>"Person's id " <input name="user" required size="18" autocomplete="off"/></label>
            <button class="btn">"Find the person"</button>
        </ActionForm>
    }
}

/// The outcome in a word. Also used by the page of one request.
pub(super) fn outcome(row: &RequestRow) -> (Tone, String) {
    match row.status {
        500.. if row.error_type.as_deref() == Some("stopped") => (Tone::Warn, "stopped".to_owned()),
        500.. => (Tone::Bad, format!("failed {}", row.status)),
        400..500 => (Tone::Warn, format!("refused {}", row.status)),
        _ if row.degraded => (Tone::Warn, "degraded".to_owned()),
        _ => (Tone::Ok, "answered".to_owned()),
    }
}

fn nothing(asked: &Asked) -> impl IntoView {
    let filtered = !asked.agent.is_empty()
        || !asked.class.is_empty()
        || !asked.engine.is_empty()
        || !asked.user.is_empty()
        || !asked.release.is_empty()
        || asked.degraded.is_some()
        || asked.between().is_some()
        || !asked.text.is_empty();
    if filtered {
        view! {
            <Empty title="No request fits this filter">
                <p>"Widen it, or " <a href="/requests">"show all agents' requests"</a> "."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty title="No agent has been asked yet">
                <p>"Every request of an app shows here the moment it is answered. Make a key under People & keys, create a person, and ask:"</p>
                <pre><code>"curl -X POST -H \"Authorization: Bearer $KEY\" …/api/user/u-1/routine/generate"</code></pre>
                <p><a href="/docs/api">"All endpoints, with examples that run"</a></p>
            </Empty>
        }
        .into_any()
    }
}
