//! What was asked of an agent and how fast it answered; each figure opens the requests behind it.

use domain::agent::Agent;
use leptos::prelude::*;
use ops::agent_quality::EngineShare;
use ops::telemetry::{Summary, Window};

use super::requests;
use crate::ui::figures::{count, duration_us, percent, usd};
use crate::ui::panel::Panel;
use crate::ui::twins::twins;

pub(super) fn panel(
    agent: Agent,
    traffic: Summary,
    engines: Vec<EngineShare>,
    window: Window,
) -> impl IntoView {
    let opens = move |more: &str| requests(agent, window, more);
    let time =
        |us: Option<u64>| us.map_or_else(|| "not measured yet".to_owned(), |us| duration_us(us as f64));
    let errors = match traffic.error_rate {
        None => "not measured yet".to_owned(),
        Some(rate) => format!(
            "{} · {} of {}",
            percent(rate),
            count(traffic.errors),
            count(traffic.requests - traffic.refused)
        ),
    };
    let by = move |line: EngineShare| {
        let share = line.requests as f64 / line.of.max(1) as f64;
        let words = format!("{} · {} of {}", percent(share), count(line.requests), count(line.of));
        view! {
            <dt>{word(line.engine)}</dt>
            <dd><a href=requests(agent, window, &format!("&engine={}", line.engine))>{words}</a></dd>
        }
    };
    let nobody = engines.is_empty().then(|| view! { <dt>"Answered by"</dt><dd>"nothing measured yet"</dd> });
    view! {
        <Panel title="Traffic" id="traffic" aside=twins("traffic", "Traffic")>
            <dl class="facts">
                <dt>"Requests"</dt><dd><a href=opens("")>{count(traffic.requests)}</a></dd>
                <dt>"Refused"</dt><dd><a href=opens("&class=4")>{count(traffic.refused)}</a></dd>
                <dt>"Failed"</dt><dd><a href=opens("&class=5")>{errors}</a></dd>
                <dt>"p50"</dt><dd><a href=opens("")>{time(traffic.p50_us)}</a></dd>
                <dt>"p95"</dt><dd><a href=opens("")>{time(traffic.p95_us)}</a></dd>
                <dt>"p99"</dt><dd><a href=opens("")>{time(traffic.p99_us)}</a></dd>
                {nobody}
                {engines.into_iter().map(by).collect_view()}
                <dt>"Cost"</dt><dd><a href=opens("&engine=model")>{usd(traffic.cost.usd())}</a></dd>
            </dl>
        </Panel>
    }
}

fn word(engine: &str) -> &'static str {
    match engine {
        "planner" => "By the planner",
        "model" => "By a model",
        _ => "From memory",
    }
}
