//! One agent: what it does, how good that is, whether it changes, and under which releases. The window stands in the address.

mod drift;
mod quality;
mod releases;
mod traffic;

use domain::agent::Agent;
use domain::drift::Verdict;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use ops::agent_quality::{AgentReport, Span};
use ops::telemetry::{Filter, Window};
use serde::Deserialize;

use crate::ui::chart::figure;
use crate::ui::figures::{count, percent};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};

/// What the address asks for. Its CSV and JSON take the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedAgent {
    window: String,
}

impl AskedAgent {
    pub(super) fn from_query(query: &ParamsMap) -> Self {
        Self { window: query.get("window").unwrap_or_default() }
    }

    /// # Errors
    /// `Invalid` names `window`.
    pub fn span(&self) -> ops::Result<Span> {
        Span::parse(&self.window)
    }
}

#[component]
pub fn AgentPage() -> impl IntoView {
    let name = use_params_map().get_untracked().get("agent").unwrap_or_default();
    let asked = AskedAgent::from_query(&use_query_map().get_untracked());
    let title = Agent::parse(&name).map_or("Agent", Agent::title);
    // A long window changes little with one more request, and takes more to read.
    let topics = match asked.span() {
        Ok(Span::Hour) => "requests,releases,caps",
        _ => "releases,caps",
    };
    console_page(Place::Agents, title, topics, move |ops, _person| async move {
        let agent = ops.agent_named(&name)?;
        let span = asked.span()?;
        let report = ops.agent_report(agent, span).await?;
        let asked = report.traffic.requests > 0;
        let chart = if asked {
            let chart = ops.latency_chart(report.window, &Filter::agent(agent)).await?;
            figure(&chart)?
        } else {
            view! {
                <Empty title="Nobody asked it in this window">
                    <p>"The chart begins with its first answer. " <a href="/docs/api">"Ask it"</a> ", or look at a longer window."</p>
                </Empty>
            }
            .into_any()
        };
        let models: Vec<String> = ops.models().into_iter().map(|model| model.model).collect();
        let (tone, headline, detail) = verdict(&report);
        let AgentReport {
            window,
            hours,
            before,
            traffic,
            engines,
            measures,
            broken,
            reasons,
            drift,
            answers,
            releases,
            prompt,
            policy,
            dropped,
            ..
        } = report;
        Ok(view! {
            <p><a href=format!("/agents?window={}", span.as_str())>"All agents"</a></p>
            <section class=format!("verdict {tone}") id="verdict" aria-label="Verdict" data-live="">
                <div>
                    <h1>{format!("{}: {headline}", agent.title())}</h1>
                    <p>{detail}</p>
                </div>
                {windows(&format!("/agents/{agent}"), span)}
            </section>
            {(dropped > 0).then(|| view! {
                <p class="notice bad" role="alert">
                    {format!("{} counts were not kept, because the store took none for hours. Requests, costs and degraded answers are not affected. Look at the Health page.", count(dropped))}
                </p>
            })}
            <div class="two">
                <Panel title=format!("p95 latency, last {}", span.words()) id="latency">{chart}</Panel>
                {traffic::panel(agent, traffic, engines, window)}
            </div>
            {quality::panels(agent, measures, broken, reasons, (window, hours))}
            {drift::panel(drift, answers, hours, before)}
            {releases::panels(agent, releases, prompt, models, policy, window)}
        })
    })
}

/// The page of one agent.
pub fn link(agent: Agent, span: Span) -> String {
    format!("/agents/{agent}?window={}", span.as_str())
}

/// The requests of an agent in a window, with more conditions: `&class=5`.
fn requests(agent: Agent, window: Window, more: &str) -> String {
    format!("/requests?agent={agent}&from={}&to={}{more}", window.from, window.to)
}

/// Which window is shown, and the others.
pub(super) fn windows(path: &str, shown: Span) -> impl IntoView + use<> {
    let link = |span: Span| {
        let href = format!("{path}?window={}", span.as_str());
        let current = (span == shown).then_some("true");
        view! { <a class="btn" href=href aria-current=current>{span.as_str()}</a> }
    };
    view! { <nav class="do row" aria-label="Window">{Span::ALL.map(link).into_iter().collect_view()}</nav> }
}

/// The worst that is known, in a sentence; nothing is well that was not measured.
fn verdict(report: &AgentReport) -> (&'static str, String, String) {
    let traffic = &report.traffic;
    let many = |n: u64, what: &str| format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" });
    let detail = match (traffic.requests, traffic.error_rate) {
        (0, _) => "No request in this window.".to_owned(),
        (requests, None) => format!("{}, all refused.", many(requests, "request")),
        (requests, Some(rate)) => format!("{}, {} failed.", many(requests, "request"), percent(rate)),
    };
    let (now, before) = report.answers;
    let detail =
        format!("{detail} {} counted, {} in the window before.", many(now, "fresh answer"), count(before));
    let refused = report.measures.iter().find(|measure| measure.name == "plans-refused");
    let refused = refused.map_or(0, |measure| measure.count);
    let of = |verdict| report.drift.iter().filter(|feature| feature.verdict == verdict).count();
    let (tone, headline) = if refused > 0 {
        ("bad", format!("{} not given, for breaking a rule", many(refused, "plan")))
    } else if of(Verdict::Drifted) > 0 {
        ("warn", format!("{} of its outputs drifted", of(Verdict::Drifted)))
    } else if of(Verdict::Moved) > 0 {
        ("warn", format!("{} of its outputs moved", of(Verdict::Moved)))
    } else if of(Verdict::Stable) > 0 && of(Verdict::NotEnough) == 0 {
        ("ok", "its outputs are stable".to_owned())
    } else if of(Verdict::Stable) > 0 {
        let all = report.drift.len();
        let stable = of(Verdict::Stable);
        (
            "unknown",
            format!("{stable} of {all} outputs are stable, not enough answers to say it of the others"),
        )
    } else if report.drift.is_empty() {
        ("unknown", "it makes no answers of its own that could drift".to_owned())
    } else {
        ("unknown", "not enough answers to say whether it drifts".to_owned())
    };
    (tone, headline, detail)
}
