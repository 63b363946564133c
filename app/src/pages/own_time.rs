//! Where the time of an answer goes: ours beside the models', and what a request waits before anybody looks at it.

use leptos::prelude::*;
use ops::telemetry::{AgentFigures, QueueWait};

use crate::ui::figures::{count, duration_us};
use crate::ui::panel::{Empty, Panel};
use crate::ui::twins::twins;

/// Of agents that were asked, in the last hour.
pub(super) fn own_time(agents: Vec<AgentFigures>, wait: Option<QueueWait>) -> impl IntoView {
    let asked: Vec<_> =
        agents.into_iter().filter(|agent| agent.figures.requests > agent.figures.refused).collect();
    let body = if asked.is_empty() {
        view! {
            <Empty title="No agent was asked in the last hour">
                <p>"Each answer's time is told apart: while a model was being asked, and the rest, which is ours."</p>
            </Empty>
        }
        .into_any()
    } else {
        table(asked).into_any()
    };
    view! {
        <Panel title="Where the time of an answer goes, last hour" id="time" aside=twins("time", "Where the time goes")>
            {body}
            <p class="body">{waited(wait)}</p>
        </Panel>
    }
}

fn table(agents: Vec<AgentFigures>) -> impl IntoView {
    let shown = |us: Option<u64>| us.map_or_else(|| "–".to_owned(), |us| duration_us(us as f64));
    let line = |agent: AgentFigures| {
        let (name, it) = (agent.agent.title(), agent.figures);
        view! {
            <tr>
                <td><a href=format!("/requests?agent={}", agent.agent.as_str())>{name}</a></td>
                <td class="n">{count(it.requests - it.refused)}</td>
                <td class="n">{shown(it.own_p50_us)}</td>
                <td class="n">{shown(it.own_p99_us)}</td>
                <td class="n">{shown(it.provider_p50_us)}</td>
                <td class="n">{shown(it.provider_p99_us)}</td>
                <td class="n">{shown(it.p50_us)}</td>
                <td class="n">{shown(it.p99_us)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Where the time of an answer goes">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Agent"</th><th scope="col" class="n">"Answers"</th>
                        <th scope="col" class="n">"Ours p50"</th><th scope="col" class="n">"Ours p99"</th>
                        <th scope="col" class="n">"Model p50"</th><th scope="col" class="n">"Model p99"</th>
                        <th scope="col" class="n">"Whole p50"</th><th scope="col" class="n">"Whole p99"</th>
                    </tr>
                </thead>
                <tbody>{agents.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn waited(wait: Option<QueueWait>) -> String {
    match wait {
        None => "What a request waits for a processor before that is not known yet: it is measured four times a second, \
                 and five seconds are needed."
            .to_owned(),
        Some(wait) => format!(
            "Before that, a request waited for a processor: p50 {}, p99 {}, at most {} in the last five minutes ({} samples).",
            duration_us(wait.p50_us as f64),
            duration_us(wait.p99_us as f64),
            duration_us(wait.longest_us as f64),
            count(wait.samples)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_not_told_as_nothing() {
        assert!(waited(None).contains("not known yet"));
        let wait = QueueWait { p50_us: 7, p99_us: 250, longest_us: 12_000, samples: 1_200 };
        assert!(
            waited(Some(wait)).contains("p50 7 µs, p99 0.25 ms, at most 12 ms in"),
            "{}",
            waited(Some(wait))
        );
    }
}
