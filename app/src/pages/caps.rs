//! Caps: every sum of the day and the month, how full it is, and where its cap is from.

use domain::access::Action;
use domain::agent::Agent;
use domain::cap::Rule;
use jiff::Timestamp;
use leptos::prelude::*;
use ops::cost::{CapNow, CapOverride, CapRule, CapSource, OverrideState};

use crate::ui::figures::{percent, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::twins::twins;

/// Of a cap, from where on it is worth a look; one call at a time passes a person's from here on.
const NEARLY_FULL: f64 = 0.8;

#[component]
pub fn Caps() -> impl IntoView {
    console_page(Place::Cost, "Caps", "requests,caps", |ops, person| async move {
        let people = person.role.may(Action::SeeAudit);
        let caps = ops.caps_now(people).await?;
        let rules = ops.cap_rules(people).await?;
        let mut waiting = ops.cap_overrides(None).await?;
        waiting.retain(|it| it.state == OverrideState::Waiting && (people || !of_a_person(&it.rule)));
        let full = caps.iter().filter(|cap| cap.share.is_some_and(|share| share >= NEARLY_FULL)).count();
        let nothing = caps.is_empty();
        let headline = match (nothing, full) {
            (true, _) => "Nothing was spent today or this month".to_owned(),
            (false, 0) => "No cap is near".to_owned(),
            (false, 1) => "1 cap is nearly full or full".to_owned(),
            (false, n) => format!("{n} caps are nearly full or full"),
        };
        let (persons, service): (Vec<_>, Vec<_>) = caps.into_iter().partition(|cap| cap.kind == "person");
        Ok(view! {
            <section class=format!("verdict {}", if full > 0 { "warn" } else { "ok" }) aria-label="Verdict">
                <div>
                    <h1>{headline}</h1>
                    <p>
                        "A call must fit into every sum it counts in, or the planner answers instead. " <code>"[cost]"</code> " and "
                        <code>"[caps]"</code> " of the configuration give the defaults; a change here is in force for the next call and resets no sum. "
                        <a href="/cost">"Cost"</a> " · " <a href="/cost/ledger">"Ledger"</a>
                    </p>
                </div>
            </section>
            {waits(waiting)}
            <Panel title="The service, today and this month" id="caps" aside=twins("caps", "Caps")>
                {if service.is_empty() {
                    view! { <Empty title="No sum yet"><p>"The first call of a model makes them."</p></Empty> }.into_any()
                } else {
                    table("Caps of the service", service).into_any()
                }}
            </Panel>
            {(!persons.is_empty()).then(|| view! {
                <Panel title="The people who used most, today and this month" id="people">{table("Caps of people", persons)}</Panel>
            })}
            {(!people).then(|| view! { <p>"People's sums are shown to managers and above."</p> })}
            <Panel title="Every cap, and where it is from" id="rules" aside=twins("rules", "Every cap")>{every(rules)}</Panel>
            <Panel title="A cap for one agent, model, key or person">{choose()}</Panel>
        })
    })
}

fn of_a_person(rule: &str) -> bool {
    Rule::parse(rule).is_ok_and(|rule| rule.is_of_a_person())
}

/// The page that changes a cap.
pub fn change_link(rule: &str) -> String {
    format!("/cost/caps/change?of={}", in_query(rule))
}

/// As a value in a link.
pub(super) fn in_query(text: &str) -> String {
    let mut link = String::with_capacity(text.len());
    for byte in text.bytes() {
        // What may stand in a query as it is; names of models may have anything else.
        if byte.is_ascii_alphanumeric() || b"-._~:/*@".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

/// `default`, `set by ana@example.org on 2026-03-03`, `override until 07:15 UTC`.
pub fn source(rule: &CapRule) -> String {
    match (rule.source, &rule.set_by, rule.set_at, rule.override_until) {
        (CapSource::Override, _, _, Some(end)) => {
            format!("override until {}", end.strftime("%Y-%m-%d %H:%M UTC"))
        }
        (CapSource::Default, ..) => "default".to_owned(),
        (_, Some(by), Some(at), _) => format!("set by {by} on {}", day(at)),
        (other, ..) => other.as_str().to_owned(),
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `no cap` where there is none.
pub fn amount(cap: Option<f64>) -> String {
    cap.map_or_else(|| "no cap".to_owned(), usd)
}

fn waits(waiting: Vec<CapOverride>) -> Option<impl IntoView> {
    let words = match waiting.len() {
        0 => return None,
        1 => "An override waits for somebody to approve it: ".to_owned(),
        n => format!("{n} overrides wait for somebody to approve them: "),
    };
    let links = waiting.into_iter().map(|it| {
        let words = Rule::parse(&it.rule).map_or_else(|_| it.rule.clone(), |rule| rule.words());
        view! { <a href=change_link(&it.rule)>{format!("{words}, {}", usd(it.amount_usd))}</a> " " }
    });
    Some(view! { <p class="notice">{words}{links.collect_view()}</p> })
}

fn table(title: &'static str, caps: Vec<CapNow>) -> impl IntoView {
    let lines = caps.into_iter().map(|cap| {
        let state = cap.share.map(|share| match share {
            share if share >= 1.0 => (Tone::Bad, "full"),
            share if share >= NEARLY_FULL => (Tone::Warn, "nearly full"),
            _ => (Tone::Ok, "room"),
        });
        let span = if cap.window.len() == 7 { "month" } else { "day" };
        let change = format!("Change the cap of {} {}, {span}", cap.kind, cap.name);
        view! {
            <tr>
                <td>{cap.kind}</td>
                <td class="mono">{cap.name}</td>
                <td>{format!("{span} {}", cap.window)}</td>
                <td class="n">{usd(cap.spent_usd)}</td>
                <td class="n">{usd(cap.held_usd)}</td>
                <td class="n">{amount(cap.cap_usd)}</td>
                <td class="n">{cap.share.map(percent)}</td>
                <td>{state.map(|(tone, word)| view! { <State tone=tone word=word/> })}</td>
                <td>{cap.source.as_str()}</td>
                <td>{cap.resets_at.strftime("%Y-%m-%d %H:%M UTC").to_string()}</td>
                <td><a href=change_link(&cap.rule) aria-label=change>"Change…"</a></td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=title>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Of"</th><th scope="col">"Which"</th><th scope="col">"Window"</th>
                        <th scope="col" class="n">"Spent"</th><th scope="col" class="n">"Held"</th><th scope="col" class="n">"Cap"</th>
                        <th scope="col" class="n">"Used"</th><th scope="col">"State"</th><th scope="col">"From"</th>
                        <th scope="col">"Begins anew"</th><th scope="col">"Act"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn every(rules: Vec<CapRule>) -> impl IntoView {
    let lines = rules.into_iter().map(|rule| {
        let change = format!("Change the cap of {}", rule.of);
        view! {
            <tr>
                <td>{rule.of.clone()}</td>
                <td class="n">{amount(rule.amount_usd)}</td>
                <td class="n">{amount(rule.default_usd)}</td>
                <td>{source(&rule)}</td>
                <td class="wrap">{rule.reason.clone()}</td>
                <td><a href=change_link(&rule.rule) aria-label=change>"Change…"</a></td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Every cap">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Cap of"</th><th scope="col" class="n">"Now"</th><th scope="col" class="n">"Default"</th>
                        <th scope="col">"From"</th><th scope="col">"Reason"</th><th scope="col">"Act"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Goes to the page of a cap that nothing else links to.
fn choose() -> impl IntoView {
    view! {
        <div class="body">
            <form method="get" action="/cost/caps/change" class="row" aria-label="Choose a cap">
                <label>
                    "Of "
                    <select name="kind">
                        <option value="agent">"agent"</option>
                        <option value="model">"model"</option>
                        <option value="key">"key"</option>
                        <option value="person">"person"</option>
                    </select>
                </label>
                <label>"Which " <input name="name" required maxlength="260" placeholder="routine" autocomplete="off"/></label>
                <label>
                    "Window "
                    <select name="window">
                        <option value="day">"day"</option>
                        <option value="month">"month, people only"</option>
                    </select>
                </label>
                <button class="btn">"Show this cap"</button>
            </form>
            <small>
                {format!("An agent of: {}. A model as the configuration names it. A key by its prefix, hk_…. A person as tenant/user.", Agent::BOOKED.map(Agent::as_str).join(", "))}
            </small>
        </div>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_link_keeps_a_rule_whole() {
        assert_eq!(super::change_link("agent:*:day"), "/cost/caps/change?of=agent:*:day");
        assert_eq!(super::change_link("model:a&b+c%:day"), "/cost/caps/change?of=model:a%26b%2Bc%25:day");
    }
}
