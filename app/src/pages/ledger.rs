//! The ledger: every model call, what it held, what it cost, and the request that made it.

use domain::access::Action;
use domain::agent::Agent;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use ops::cost::{LedgerEntry, LedgerFilter};
use serde::Deserialize;

use crate::ui::figures::{count, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

const PAGE: u32 = 100;

#[component]
pub fn Ledger() -> impl IntoView {
    let asked = AskedLedger::from_query(&use_query_map().get_untracked());
    console_page(Place::Cost, "Ledger", "requests", move |ops, person| async move {
        let entries = ops.ledger(&asked.filter(PAGE)).await?;
        let now = ops.clock.now();
        let older = entries.last().filter(|_| entries.len() == PAGE as usize);
        let older = older.map(|entry| asked.link_before(&entry.id));
        let filtered = asked.filtered();
        let leases = ops.leases_now(person.role.may(Action::SeeAudit)).await?;
        Ok(view! {
            <h1>"Ledger"</h1>
            <p>
                "Every call of a model: its worst case is held before it leaves, and replaced by what it cost when it ends. A correction stands beside its call, at its time. "
                <a href="/cost">"Cost"</a> " · " <a href="/cost/caps">"Caps"</a> " · " <a href="/cost/prices">"Prices"</a> " · " <a href="#leases">"Leases"</a>
            </p>
            <Filters asked=asked/>
            <Panel title="Newest first" id="ledger" aside=twins("ledger", "Ledger")>
                {match (entries.is_empty(), filtered) {
                    (true, true) => view! {
                        <Empty title="No call fits this filter"><p>"Widen it, or " <a href="/cost/ledger">"show all calls"</a> "."</p></Empty>
                    }
                    .into_any(),
                    (true, false) => view! {
                        <Empty title="No model was called yet">
                            <p>"The planners answer for free. When a language model is configured, each of its calls is a line here."</p>
                        </Empty>
                    }
                    .into_any(),
                    (false, _) => list(entries, now).into_any(),
                }}
            </Panel>
            {older.map(|link| view! { <p><a class="btn" href=link>"Older"</a></p> })}
            <Panel title="Leases" id="leases" aside=twins("leases", "Leases")>
                {if leases.is_empty() {
                    view! { <Empty title="No money is leased"><p>"A process takes a part of each sum before its first call, so that the next ones need not wait for the store."</p></Empty> }.into_any()
                } else {
                    super::leases::list(leases, now).into_any()
                }}
            </Panel>
        })
    })
}

/// What the URL asks for, as text; the table's CSV and JSON take the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedLedger {
    agent: String,
    model: String,
    request: String,
    /// `1`: only calls under way.
    open: Option<String>,
    /// `1`: only corrections of booked calls.
    corrections: Option<String>,
    /// Only what this run of recomputing corrected.
    run: String,
    before: Option<String>,
}

impl AskedLedger {
    fn from_query(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        Self {
            agent: text("agent"),
            model: text("model"),
            request: text("request"),
            open: query.get("open"),
            corrections: query.get("corrections"),
            run: text("run"),
            before: query.get("before"),
        }
    }

    /// At most `limit` rows.
    pub fn filter(&self, limit: u32) -> LedgerFilter {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        LedgerFilter {
            agent: Agent::parse(&self.agent),
            model: some(&self.model),
            request: some(&self.request),
            open: self.open.is_some(),
            corrections: self.corrections.is_some(),
            run: some(&self.run),
            before: self.before.clone(),
            limit,
        }
    }

    fn filtered(&self) -> bool {
        let ticked = self.open.is_some() || self.corrections.is_some();
        ticked || [&self.agent, &self.model, &self.request, &self.run].iter().any(|text| !text.is_empty())
    }

    fn link_before(&self, id: &str) -> String {
        let open = if self.open.is_some() { "&open=1" } else { "" };
        let corrections = if self.corrections.is_some() { "&corrections=1" } else { "" };
        format!(
            "/cost/ledger?agent={}&model={}&request={}&run={}{open}{corrections}&before={id}",
            self.agent, self.model, self.request, self.run
        )
    }
}

#[component]
fn Filters(asked: AskedLedger) -> impl IntoView {
    let option = |value: &str, label: &str| {
        view! { <option value=value.to_owned() selected=value == asked.agent>{label.to_owned()}</option> }
    };
    view! {
        <form method="get" action="/cost/ledger" class="row" role="search" aria-label="Filter the ledger">
            <label>
                "Agent "
                <select name="agent">
                    {option("", "all agents")}
                    {Agent::BOOKED.map(|agent| option(agent.as_str(), agent.title())).collect_view()}
                </select>
            </label>
            <label>"Model " <input name="model" value=asked.model.clone() size="14" autocomplete="off"/></label>
            <label>"Request id " <input name="request" value=asked.request.clone() size="18" autocomplete="off"/></label>
            <label class="row"><input type="checkbox" name="open" value="1" checked=asked.open.is_some()/> " under way only"</label>
            <label class="row"><input type="checkbox" name="corrections" value="1" checked=asked.corrections.is_some()/> " corrections only"</label>
            <button class="btn">"Filter"</button>
        </form>
    }
}

fn list(entries: Vec<LedgerEntry>, now: jiff::Timestamp) -> impl IntoView {
    let lines = entries.into_iter().map(|entry| {
        let short = entry.request_id[entry.request_id.len().saturating_sub(12)..].to_owned();
        let ended = entry.settled_usd.is_some();
        let corrects = entry.corrects.is_some();
        let (tone, word) = match (ended, corrects) {
            (_, true) => (Tone::Ok, "correction"),
            (true, false) => (Tone::Ok, "settled"),
            (false, false) => (Tone::Warn, "held"),
        };
        let used = ended && !corrects;
        view! {
            <tr>
                <td><At at=entry.at now=now/></td>
                <td><a class="mono" href=format!("/requests/{}", entry.request_id)>{short}</a></td>
                <td>{entry.agent}</td>
                <td class="mono">{entry.model}</td>
                <td class="mono">{entry.price_version}</td>
                <td class="n">{used.then(|| count(entry.input_tokens))}</td>
                <td class="n">{used.then(|| count(entry.output_tokens))}</td>
                <td class="n">{(!corrects).then(|| usd(entry.reserved_usd))}</td>
                <td class="n">{entry.settled_usd.map(usd)}</td>
                <td><State tone=tone word=word/></td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Ledger">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th><th scope="col">"Request"</th><th scope="col">"Agent"</th>
                        <th scope="col">"Model"</th><th scope="col">"Prices"</th>
                        <th scope="col" class="n">"Tokens in"</th><th scope="col" class="n">"Tokens out"</th>
                        <th scope="col" class="n">"Held"</th><th scope="col" class="n">"Cost"</th><th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}
