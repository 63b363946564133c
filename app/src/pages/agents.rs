//! All agents in one window, each with the way to its page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ops::agent_quality::Span;
use ops::telemetry::AgentFigures;

use super::agent::{AskedAgent, link, windows};
use crate::ui::figures::{count, duration_us, percent, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::Panel;
use crate::ui::twins::twins;

#[component]
pub fn Agents() -> impl IntoView {
    let asked = AskedAgent::from_query(&use_query_map().get_untracked());
    console_page(Place::Agents, "Agents", "requests", move |ops, _person| async move {
        let span = asked.span()?;
        let agents = ops.by_agent(span.window(ops.clock.now())).await?;
        Ok(view! {
            <h1>"Agents"</h1>
            {windows("/agents", span)}
            <Panel title=format!("Asked in the last {}", span.words()) id="agents" aside=twins("agents", "Agents")>
                {table(agents, span)}
            </Panel>
        })
    })
}

fn table(agents: Vec<AgentFigures>, span: Span) -> impl IntoView {
    let line = move |AgentFigures { agent, figures, engines }: AgentFigures| {
        let dash = || "–".to_owned();
        let engines: Vec<String> =
            engines.iter().map(|(engine, times)| format!("{} {}", engine.as_str(), count(*times))).collect();
        view! {
            <tr>
                <th scope="row"><a href=link(agent, span)>{agent.title()}</a></th>
                <td class="n">{count(figures.requests)}</td>
                <td class="n">{figures.error_rate.map_or_else(dash, percent)}</td>
                <td class="n">{figures.degraded_rate.map_or_else(dash, percent)}</td>
                <td class="n">{figures.p95_us.map_or_else(dash, |us| duration_us(us as f64))}</td>
                <td class="n">{usd(figures.cost.usd())}</td>
                <td><small>{if engines.is_empty() { dash() } else { engines.join(", ") }}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Agents">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Agent"</th>
                        <th scope="col" class="n">"Requests"</th>
                        <th scope="col" class="n">"Failed"</th>
                        <th scope="col" class="n">"Degraded"</th>
                        <th scope="col" class="n">"p95"</th>
                        <th scope="col" class="n">"Cost"</th>
                        <th scope="col">"Answered by"</th>
                    </tr>
                </thead>
                <tbody>{agents.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
