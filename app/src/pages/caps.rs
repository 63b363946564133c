//! Caps: every sum of the day and the month, and how full it is.

use domain::access::Action;
use leptos::prelude::*;
use ops::cost::CapNow;

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
    console_page(Place::Cost, "Caps", "requests", |ops, person| async move {
        let people = person.role.may(Action::SeeAudit);
        let caps = ops.caps_now(people).await?;
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
                        "A call must fit into every sum it counts in, or the planner answers instead. Caps are set in "
                        <code>"[cost]"</code> " and " <code>"[caps]"</code> " of the configuration; changing one resets no sum. "
                        <a href="/cost">"Cost"</a> " · " <a href="/cost/ledger">"Ledger"</a>
                    </p>
                </div>
            </section>
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
        })
    })
}

fn table(title: &'static str, caps: Vec<CapNow>) -> impl IntoView {
    let lines = caps.into_iter().map(|cap| {
        let state = cap.share.map(|share| match share {
            share if share >= 1.0 => (Tone::Bad, "full"),
            share if share >= NEARLY_FULL => (Tone::Warn, "nearly full"),
            _ => (Tone::Ok, "room"),
        });
        let span = if cap.window.len() == 7 { "month" } else { "day" };
        view! {
            <tr>
                <td>{cap.kind}</td>
                <td class="mono">{cap.name}</td>
                <td>{format!("{span} {}", cap.window)}</td>
                <td class="n">{usd(cap.spent_usd)}</td>
                <td class="n">{usd(cap.held_usd)}</td>
                <td class="n">{cap.cap_usd.map_or_else(|| "no cap".to_owned(), usd)}</td>
                <td class="n">{cap.share.map(percent)}</td>
                <td>{state.map(|(tone, word)| view! { <State tone=tone word=word/> })}</td>
                <td>{cap.resets_at.strftime("%Y-%m-%d %H:%M UTC").to_string()}</td>
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
                        <th scope="col" class="n">"Used"</th><th scope="col">"State"</th><th scope="col">"Begins anew"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}
