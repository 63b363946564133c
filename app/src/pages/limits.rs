//! Limits: every rule, where its quota is from, who is nearest to it, and how often it said no.

use domain::access::{Action, Tier};
use domain::agent::Agent;
use leptos::prelude::*;
use ops::gateway::{LimitRule, LimitSource, limit_page};

use crate::ui::figures::{count, percent};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::Panel;
use crate::ui::state::{State, Tone};
use crate::ui::twins::twins;

/// Of a quota, from where on it is worth a look.
const NEARLY_FULL: f64 = 0.8;

#[component]
pub fn Limits() -> impl IntoView {
    console_page(Place::Cost, "Limits", "requests,limits", |ops, person| async move {
        let people = person.role.may(Action::SeeAudit);
        let rules = ops.limit_rules(people).await?;
        let refused: u64 = rules.iter().map(|rule| rule.refused_last_hour).sum();
        let by = rules.iter().filter(|rule| rule.refused_last_hour > 0).count();
        let headline = match (ops.limits_enabled(), refused) {
            (false, _) => "Limits are turned off".to_owned(),
            (true, 0) => "No limit said no in the last hour".to_owned(),
            (true, 1) => "1 request or model call was refused in the last hour".to_owned(),
            (true, n) => format!(
                "{} requests and model calls were refused in the last hour, by {}",
                count(n),
                if by == 1 { "1 limit".to_owned() } else { format!("{by} limits") }
            ),
        };
        let tone = if refused > 0 || !ops.limits_enabled() { "warn" } else { "ok" };
        let off = (!ops.limits_enabled())
            .then_some("limits.enabled of the configuration is false: none of these is in force. ");
        Ok(view! {
            <section class=format!("verdict {tone}") aria-label="Verdict">
                <div>
                    <h1>{headline}</h1>
                    <p>
                        {off}
                        "How many requests, model tokens and requests at the same time. Of rules that count the same the most specific holds, lower or higher; others hold together. "
                        <code>"[limits]"</code> " of the configuration gives the defaults; a change here is in force for the next request and resets no use. "
                        <a href="/cost">"Cost"</a> " · " <a href="/cost/caps">"Caps"</a>
                    </p>
                </div>
            </section>
            <Panel title="Every limit, and who is nearest to it" id="limits" aside=twins("limits", "Limits")>{table(rules)}</Panel>
            <p>
                "Use is counted by the process that answers; refusals by all. "
                {(!people).then_some("Who is nearest is shown to managers and above where it is a person.")}
            </p>
            <Panel title="Another limit">{choose()}</Panel>
        })
    })
}

/// `default`, `set by ana@example.org on 2026-03-03`.
pub fn source(rule: &LimitRule) -> String {
    match (rule.source, &rule.set_by, rule.set_at) {
        (LimitSource::Set, Some(by), Some(at)) => format!("set by {by} on {}", at.strftime("%Y-%m-%d")),
        (LimitSource::None, ..) => "no rule".to_owned(),
        (other, ..) => other.as_str().to_owned(),
    }
}

/// `no limit` where there is none.
pub fn quota(quota: Option<u32>) -> String {
    quota.map_or_else(|| "no limit".to_owned(), |quota| count(u64::from(quota)))
}

/// `12 of them, the nearest used 3`.
fn nearest(rule: &LimitRule) -> String {
    if rule.subjects == 0 {
        return "nobody".to_owned();
    }
    let used = count(rule.nearest_used);
    match &rule.nearest {
        Some(name) => format!("{name}: {used}"),
        None => used,
    }
}

fn table(rules: Vec<LimitRule>) -> impl IntoView {
    let lines = rules.into_iter().map(|rule| {
        let state = rule.nearest_share.filter(|_| rule.subjects > 0).map(|share| match share {
            share if share >= 1.0 => (Tone::Bad, "full"),
            share if share >= NEARLY_FULL => (Tone::Warn, "nearly full"),
            _ => (Tone::Ok, "room"),
        });
        let share = rule.nearest_share.filter(|_| rule.subjects > 0).map(percent);
        let change = format!("Change the limit of {}", rule.of);
        view! {
            <tr>
                <td>{rule.of.clone()}</td>
                <td class="n">{quota(rule.quota)}</td>
                <td>{source(&rule)}</td>
                <td class="n">{count(rule.subjects)}</td>
                <td>{nearest(&rule)}</td>
                <td class="n">{share}</td>
                <td>{state.map(|(tone, word)| view! { <State tone=tone word=word/> })}</td>
                <td class="n">{count(rule.refused_last_hour)}</td>
                <td><a href=limit_page(&rule.rule) aria-label=change>"Change…"</a></td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Limits">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Limit of"</th><th scope="col" class="n">"Quota"</th><th scope="col">"From"</th>
                        <th scope="col" class="n">"Counted"</th><th scope="col">"Nearest used"</th><th scope="col" class="n">"Of it"</th>
                        <th scope="col">"State"</th><th scope="col" class="n">"Refused, 1 h"</th>
                        <th scope="col">"Act"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Goes to the page of a rule that nobody made yet.
fn choose() -> impl IntoView {
    let options = |all: Vec<&'static str>| {
        all.into_iter().map(|word| view! { <option value=word>{if word.is_empty() { "any" } else if word == "*" { "each" } else { word }}</option> }).collect_view()
    };
    let of = |all: Vec<&'static str>| options(["", "*"].into_iter().chain(all).collect());
    view! {
        <div class="body">
            <form method="get" action="/cost/limits/change" class="stack" aria-label="Choose a limit">
                <div class="fields">
                    <div class="field">
                        <label for="resource">"What is counted"</label>
                        <select id="resource" name="resource">
                            <option value="requests">"requests"</option>
                            <option value="tokens">"tokens"</option>
                            <option value="parallel">"at once"</option>
                        </select>
                    </div>
                    <div class="field">
                        <label for="window">"In a"</label>
                        <select id="window" name="window">{options(vec!["minute", "second", "hour", "day"])}</select>
                    </div>
                    <div class="field"><label for="tier">"Tier"</label><select id="tier" name="tier">{of(Tier::ALL.map(Tier::as_str).to_vec())}</select></div>
                    <div class="field"><label for="agent">"Agent"</label><select id="agent" name="agent">{of(Agent::BOOKED.map(Agent::as_str).to_vec())}</select></div>
                    <div class="field"><label for="person">"Person"</label><input id="person" name="person" maxlength="260" placeholder="tenant/user or *" autocomplete="off"/></div>
                    <div class="field"><label for="key">"Key"</label><input id="key" name="key" maxlength="128" placeholder="hk_… or *" autocomplete="off"/></div>
                    <div class="field"><label for="tenant">"Tenant"</label><input id="tenant" name="tenant" maxlength="128" placeholder="acme or *" autocomplete="off"/></div>
                    <div class="field"><label for="model">"Model, of tokens"</label><input id="model" name="model" maxlength="128" placeholder="a name or *" autocomplete="off"/></div>
                </div>
                <div><button class="btn">"Show this limit"</button></div>
            </form>
            <small>"* counts each by itself; an empty field is not asked about. A limit at the same time has no window."</small>
        </div>
    }
}
