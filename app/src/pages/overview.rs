//! The first screen: are we fine, what hurts users, what does it cost, what changed, who is on it.

use jiff::SignedDuration;
use leptos::prelude::*;
use ops::agent_quality::Span;
use ops::charts::{signal, sparkline};
use ops::gateway::BreakerChange;
use ops::overview::{AgentRow, ChangeRow, ModelNow, ModelsAndCache, Overview as Facts, Signal, SystemRow};
use ops::telemetry::Window;

use super::models::{coalesced, kept};
use super::policies::in_force;
use crate::ui::chart::figure;
use crate::ui::figures::{duration_us, percent, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

#[component]
pub fn Overview() -> impl IntoView {
    console_page(
        Place::Overview,
        "Overview",
        "requests,health,alerts,incidents,releases,shutoff,caps",
        |ops, _person| async move {
            let facts = ops.overview().await?;
            let hour = Window::last(facts.as_of, SignedDuration::from_hours(1));
            let chart = ops.latency_by_release_chart(hour).await?;
            let legend =
                chart.series.iter().map(|line| (line.name.clone(), line.tone.variable())).collect::<Vec<_>>();
            let drawn = if chart.series.is_empty() { None } else { Some(figure(&chart)?) };
            let Facts {
                as_of, verdict, signals, agents, system, incidents, changes, models, degrade, ..
            } = facts;
            let rollback = (verdict.tone == ops::overview::Tone::Bad && ops.rollback_target().is_some())
                .then(|| view! { <a class="btn primary" href="/releases/rollback">"Roll back"</a> });
            Ok(view! {
                <section class=format!("verdict {}", verdict.tone.as_str()) id="verdict" aria-label="Verdict" data-live="">
                    <div>
                        <h1>{verdict.headline}</h1>
                        <p>{verdict.detail}</p>
                    </div>
                    <div class="do">
                        {rollback}
                        {incidents
                            .into_iter()
                            .take(2)
                            .map(|incident| view! { <a class="btn" href=format!("/incidents/{}", incident.id)>{format!("Open {}", incident.name)}</a> })
                            .collect_view()}
                    </div>
                </section>
                {in_force(degrade, as_of)}
                <section class="signals" id="signals" aria-label="Golden signals" data-live="">
                    {signals.into_iter().map(|signal| view! { <SignalPanel signal=signal/> }).collect_view()}
                </section>
                <div class="two">
                    <div class="stack">
                        <Panel title="p95 latency of agent requests by release, last hour" id="latency" aside=view! { <Legend lines=legend/> }.into_any()>
                            {match drawn {
                                Some(chart) => chart,
                                None => view! {
                                    <Empty title="No agent was asked in the last hour">
                                        "The chart begins with the first answer. " <a href="/docs/api">"Ask one"</a> "."
                                    </Empty>
                                }
                                .into_any(),
                            }}
                        </Panel>
                        <Panel title="Agents, last hour" id="agents" aside=view! { <a href="/agents"><small>"quality and drift"</small></a> {twins("agents", "Agents")} }.into_any()><Agents rows=agents/></Panel>
                    </div>
                    <div class="stack">
                        <Panel title="Changed in the last 60 minutes" id="changes" aside=view! { <a href="/audit"><small>"all changes"</small></a> }.into_any()>
                            <Changes rows=changes now=as_of/>
                        </Panel>
                        <Panel title="Models and cache" id="models" aside=view! { <a href="/cost/models"><small>"all of it"</small></a> }.into_any()>
                            <Models facts=models now=as_of/>
                        </Panel>
                        <Panel title="Us · provider · money" id="system" aside=twins("system", "System")><System rows=system/></Panel>
                    </div>
                </div>
            })
        },
    )
}

pub(super) fn tone(tone: ops::overview::Tone) -> Tone {
    match tone {
        ops::overview::Tone::Ok => Tone::Ok,
        ops::overview::Tone::Unknown => Tone::Unknown,
        ops::overview::Tone::Warn => Tone::Warn,
        ops::overview::Tone::Bad => Tone::Bad,
    }
}

fn chart_tone(tone: ops::overview::Tone) -> ops::charts::Tone {
    match tone {
        ops::overview::Tone::Ok => ops::charts::Tone::Accent,
        ops::overview::Tone::Unknown => ops::charts::Tone::Muted,
        ops::overview::Tone::Warn => ops::charts::Tone::Warn,
        ops::overview::Tone::Bad => ops::charts::Tone::Bad,
    }
}

#[component]
fn SignalPanel(#[prop(name = "signal")] facts: Signal) -> impl IntoView {
    let picture = signal(&facts.points, facts.target_value, &[], chart_tone(facts.tone));
    let href = match facts.name.as_str() {
        "memory" => "/health",
        "errors" => "/requests?class=5",
        _ => "/requests",
    };
    view! {
        <article class="panel signal">
            <div class="t">
                <h2>{facts.title}</h2>
                <State tone=tone(facts.tone) word=facts.state/>
            </div>
            <a class="v" href=href>{facts.shown}<u>{facts.unit}</u></a>
            <div class="t"><span>{facts.target}</span><span>{facts.note}</span></div>
            <div class="picture" inner_html=picture></div>
        </article>
    }
}

#[component]
pub(super) fn Legend(lines: Vec<(String, &'static str)>) -> impl IntoView {
    view! {
        <div class="legend">
            {lines.into_iter().map(|(name, color)| view! { <span style=format!("--c:{color}")>{name}</span> }).collect_view()}
        </div>
    }
}

#[component]
fn Agents(rows: Vec<AgentRow>) -> impl IntoView {
    let line = |row: AgentRow| {
        let spark = sparkline(&row.spark, chart_tone(row.tone));
        let dash = || "–".to_owned();
        view! {
            <tr>
                <td><a href=super::agent::link(row.agent, Span::Hour)>{row.title}</a></td>
                <td><State tone=tone(row.tone) word=row.state/></td>
                <td inner_html=spark></td>
                <td class="n"><a href=format!("/requests?agent={}", row.agent.as_str())>{format!("{:.2}", row.per_second)}</a></td>
                <td class="n">{row.p95_us.map_or_else(dash, |us| duration_us(us as f64))}</td>
                <td class="n">{row.error_rate.map_or_else(dash, percent)}</td>
                <td class="n">{usd(row.cost_today.usd())}</td>
                <td><small>{row.engine}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Agents">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Agent"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"p95, 1 h"</th>
                        <th scope="col" class="n">"req/s"</th>
                        <th scope="col" class="n">"p95"</th>
                        <th scope="col" class="n">"Errors"</th>
                        <th scope="col" class="n">"Cost today"</th>
                        <th scope="col">"Engine"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Changes(rows: Vec<ChangeRow>, now: jiff::Timestamp) -> impl IntoView {
    if rows.is_empty() {
        return view! { <Empty title="Nothing changed">"Releases, shutoffs, incidents, keys and failing checks show here."</Empty> }.into_any();
    }
    let line = |row: ChangeRow| {
        view! {
            <li>
                <At at=row.at now=now/>
                <span class=if row.tone == ops::overview::Tone::Bad { "bad" } else { "" }>
                    {match row.href {
                        Some(href) => view! { <a href=href>{row.text}</a> }.into_any(),
                        None => row.text.into_any(),
                    }}
                </span>
                <small>{row.note}</small>
            </li>
        }
    };
    view! { <ul class="feed">{rows.into_iter().map(line).collect_view()}</ul> }.into_any()
}

/// Whether each model is asked, what the breakers did lately, and what was not done twice.
#[component]
fn Models(facts: ModelsAndCache, now: jiff::Timestamp) -> impl IntoView {
    let ModelsAndCache { models, breaker_changes, words, flights } = facts;
    let configured = !models.is_empty();
    let state = |model: ModelNow| {
        view! { <dt class="mono">{model.model}</dt><dd><State tone=tone(model.tone) word=model.state/></dd> }
    };
    let change = |change: BreakerChange| {
        let (was, word) = super::models::words(&change);
        let bad = was == ops::overview::Tone::Bad;
        view! {
            <li>
                <At at=change.at now=now/>
                <span class=if bad { "bad" } else { "" }>{format!("{}: {word}", change.model)}</span>
                <small>{change.cause}</small>
            </li>
        }
    };
    view! {
        <dl class="facts">
            {(!configured).then(|| view! { <dt>"Models"</dt><dd>"none configured: the planners answer"</dd> })}
            {models.into_iter().map(state).collect_view()}
            {configured.then(|| view! { <dt>"Kept words"</dt><dd>{kept(words)}</dd> })}
            <dt>"Same person"</dt><dd>{coalesced(flights)}</dd>
        </dl>
        {(!breaker_changes.is_empty()).then(|| view! {
            <ul class="feed" aria-label="What breakers did in the last 24 hours">{breaker_changes.into_iter().map(change).collect_view()}</ul>
        })}
    }
}

#[component]
fn System(rows: Vec<SystemRow>) -> impl IntoView {
    let line = |row: SystemRow| {
        view! {
            <tr>
                <td>
                    {match row.href {
                        Some(href) => view! { <a href=href>{row.name}</a> }.into_any(),
                        None => row.name.into_any(),
                    }}
                </td>
                <td><State tone=tone(row.tone) word=row.state/></td>
                <td class="n note"><small>{row.note}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Us, provider and money">
            <table>
                <thead class="hidden"><tr><th scope="col">"Part"</th><th scope="col">"State"</th><th scope="col">"Note"</th></tr></thead>
                <tbody>{rows.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
