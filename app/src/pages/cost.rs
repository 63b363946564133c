//! Cost: today against its caps, where it goes, and the way to cut it.

use domain::access::Action;
use domain::ladder::Level;
use jiff::SignedDuration;
use leptos::prelude::*;
use ops::answers::WordsKept;
use ops::charts::{Line, LineChart};
use ops::cost::{CostBy, CostByPerson, CostDimension, CostNow, CostPoint, CostStep};
use ops::gateway::ModelStatus;
use ops::telemetry::{DegradedBy, LOOKED_AT, Window};

use super::models::kept;
use super::overview::tone;
use super::policies::in_force;
use super::shutoffs::of;
use crate::ui::chart::figure;
use crate::ui::figures::{count, percent, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::State;
use crate::ui::time::At;
use crate::ui::twins::twins;

#[component]
pub fn Cost() -> impl IntoView {
    console_page(Place::Cost, "Cost", "requests,shutoff,caps", |ops, person| async move {
        let cost = ops.cost_now().await?;
        let now = ops.clock.now();
        let day = now - SignedDuration::from_hours(24);
        let month = ops::cost::whole_hour(now - SignedDuration::from_hours(24 * 30));
        let hours = ops.cost_series(CostStep::Hour, day, now).await?;
        let days = ops.cost_series(CostStep::Day, month, now).await?;
        let chart = |title: &str,
                     points: Vec<CostPoint>,
                     target: Option<(f64, String)>,
                     from: jiff::Timestamp| {
            let points =
                points.into_iter().map(|point| (point.at.as_millisecond(), Some(point.cost_usd))).collect();
            let series = vec![Line { name: "spent".to_owned(), tone: ops::charts::Tone::Accent, points }];
            LineChart {
                title: title.to_owned(),
                unit: "USD".to_owned(),
                series,
                target,
                marks: Vec::new(),
                from: from.as_millisecond(),
                to: now.as_millisecond(),
            }
        };
        let so_far = ops.cost_series(CostStep::Hour, cost.began_at, now).await?;
        let today = figure(&today(&cost, so_far, now))?;
        let spent = days.iter().any(|point| point.cost_usd > 0.0);
        let by_hour = figure(&chart("Spend by hour", hours, None, day))?;
        let by_day =
            figure(&chart("Spend by day", days, Some((cost.budget_usd, "budget".to_owned())), month))?;
        let by_agent = ops.cost_by(CostDimension::Agent, month, now).await?;
        let by_model = ops.cost_by(CostDimension::Model, month, now).await?;
        let by_release = ops.cost_by(CostDimension::Release, month, now).await?;
        let by_tier = ops.cost_by(CostDimension::Tier, month, now).await?;
        let active = ops.degrade_steps_now().await?;
        let degraded = ops.degraded_by(Window::new(day, now)).await?;
        let mut by_person = Vec::new();
        if person.role.may(Action::SeeAudit) {
            by_person = ops.cost_by_person().await?;
            by_person.truncate(10);
        }
        Ok(view! {
            <Verdict cost=cost/>
            {in_force(active, now)}
            <Models models=ops.models() words=ops.words_kept() now=now/>
            <Degraded rows=degraded now=now/>
            {if spent {
                view! {
                    <Panel title="Today so far, and where it goes" id="today">{today}</Panel>
                    <div class="halves">
                        <Panel title="Spend by hour, last 24 hours" id="hours" aside=twins("hours", "Spend by hour")>{by_hour}</Panel>
                        <Panel title="Spend by day, 30 days" id="days" aside=twins("days", "Spend by day")>{by_day}</Panel>
                    </div>
                    <div class="shares">
                        <Shares title="By agent" table="agents" rows=by_agent/>
                        <Shares title="By model" table="by-model" rows=by_model/>
                        <Shares title="By release" table="releases" rows=by_release/>
                        <Shares title="By tier" table="tiers" rows=by_tier/>
                        {(!by_person.is_empty()).then(|| view! { <People rows=by_person/> })}
                    </div>
                }
                .into_any()
            } else {
                view! {
                    <Panel title="Spend">
                        <Empty title="Nothing was spent in the last 30 days">
                            <p>"The embedded planners answer for free. When a language model is configured, every call is reserved before it leaves and settled after, and shows here down to the request."</p>
                        </Empty>
                    </Panel>
                }
                .into_any()
            }}
        })
    })
}

/// What is spent of the day, and the band in which it will end.
fn today(cost: &CostNow, hours: Vec<CostPoint>, now: jiff::Timestamp) -> LineChart {
    let (began, ends) = (cost.began_at.as_millisecond(), cost.resets_at.as_millisecond());
    let now = now.as_millisecond();
    let mut spent = 0.0;
    let mut points = vec![(began, Some(0.0))];
    points.extend(hours.into_iter().map(|hour| {
        spent += hour.cost_usd;
        ((hour.at.as_millisecond() + 3_600_000).min(now), Some(spent))
    }));
    let to_midnight = |name: &str, usd: f64| Line {
        name: name.to_owned(),
        tone: ops::charts::Tone::Muted,
        points: vec![(now, Some(spent)), (ends, Some(usd))],
    };
    let series = vec![
        to_midnight("at the slowest rate", cost.forecast_low_usd),
        to_midnight("at the fastest rate", cost.forecast_high_usd),
        Line { name: "spent".to_owned(), tone: ops::charts::Tone::Accent, points },
    ];
    LineChart {
        title: "Spent today".to_owned(),
        unit: "USD".to_owned(),
        series,
        target: Some((cost.budget_usd, "budget".to_owned())),
        marks: Vec::new(),
        from: began,
        to: ends,
    }
}

#[component]
fn Verdict(cost: CostNow) -> impl IntoView {
    let (tone, headline) = match (cost.shutoffs.first(), cost.level) {
        (Some(shutoff), _) => {
            ("warn", format!("Cost is cut: {}{}", shutoff.mode.as_str(), of(&shutoff.scope)))
        }
        (None, Level::Normal) => (
            "ok",
            format!("{} spent today, within the budget of {}", usd(cost.spent_usd), usd(cost.budget_usd)),
        ),
        (None, Level::Alert) => (
            "warn",
            format!("{} spent today, above the alert line of {}", usd(cost.spent_usd), usd(cost.alert_usd)),
        ),
        (None, Level::Degrade) => {
            ("bad", format!("The budget of {} is spent: answers are degraded", usd(cost.budget_usd)))
        }
        (None, Level::Shutoff) => {
            ("bad", format!("The ceiling of {} is reached: no model is called", usd(cost.ceiling_usd)))
        }
    };
    let soon = |minutes: Option<u64>| {
        minutes.map_or_else(
            || "not today at this rate".to_owned(),
            |n| format!("in {} h {:02} min", n / 60, n % 60),
        )
    };
    view! {
        <section class=format!("verdict {tone}") id="verdict" aria-label="Verdict" data-live="">
            <div>
                <h1>{headline}</h1>
                <p>
                    <b>{usd(cost.last_hour_usd)}</b> " in the last hour, " <b>{usd(cost.forecast_low_usd)} " to " {usd(cost.forecast_high_usd)}</b>
                    {format!(" at midnight ({}) by the rates of the last 5, 30 and 60 minutes. Budget {}: ", cost.time_zone, usd(cost.budget_usd))}
                    {soon(cost.minutes_to_budget)} {format!(". Ceiling {}: ", usd(cost.ceiling_usd))} {soon(cost.minutes_to_ceiling)} ". "
                    {format!("{} is held for calls under way.", usd(cost.reserved_usd))}
                </p>
            </div>
            <div class="do">
                <a class="btn" href="/cost/ledger">"Ledger"</a>
                <a class="btn" href="/cost/caps">"Caps"</a>
                <a class="btn" href="/cost/limits">"Limits"</a>
                <a class="btn" href="/cost/policies">"Degrade"</a>
                <a class="btn" href="/cost/prices">"Prices"</a>
                <a class="btn" href="/cost/reconciliation">"Reconciliation"</a>
                <a class="btn danger" href="/cost/shutoff">"Cut cost…"</a>
            </div>
        </section>
    }
}

/// Each model, and whether it is asked at all; the rest has a page of its own.
#[component]
fn Models(models: Vec<ModelStatus>, words: WordsKept, now: jiff::Timestamp) -> impl IntoView {
    let line = move |model: ModelStatus| {
        let (state, word) = model.told(now);
        view! {
            <dt class="mono">{model.model}</dt>
            <dd><State tone=tone(state) word=word/></dd>
        }
    };
    let aside = view! { <small><a href="/cost/models">"calls, failures, breakers"</a></small> }.into_any();
    view! {
        <Panel title="Models" id="models" aside=aside>
            {if models.is_empty() {
                view! {
                    <Empty title="No language model is configured: the planners answer, for free">
                        <p>"Set " <code>"[model]"</code> " in the configuration. Every call is then reserved before it leaves and settled after."</p>
                    </Empty>
                }
                .into_any()
            } else {
                view! {
                    <dl class="facts">
                        {models.into_iter().map(line).collect_view()}
                        <dt>"Kept words"</dt><dd>{kept(words)}</dd>
                    </dl>
                }
                .into_any()
            }}
        </Panel>
    }
}

/// What was answered without a model, or refused one, and why.
#[component]
fn Degraded(rows: Vec<DegradedBy>, now: jiff::Timestamp) -> impl IntoView {
    let line = move |row: DegradedBy| {
        view! {
            <tr>
                <td class="wrap">{row.reason}</td>
                <td>{row.agent.title()}</td>
                <td class="n">{count(row.answers)}</td>
                <td><At at=row.last now=now/></td>
            </tr>
        }
    };
    let many = rows.iter().map(|row| row.answers).sum::<u64>() >= LOOKED_AT.unsigned_abs();
    view! {
        <Panel title="Degraded answers and why, last 24 hours" id="degraded" aside=twins("degraded", "Degraded answers")>
            {if rows.is_empty() {
                view! {
                    <Empty title="None: every answer was what it should be">
                        <p>"A cap, a policy, a shutoff, a breaker or a failing provider takes the model away; the planner's answer then says which."</p>
                    </Empty>
                }
                .into_any()
            } else {
                view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Degraded answers">
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">"Reason"</th><th scope="col">"Agent"</th>
                                    <th scope="col" class="n">"Answers"</th><th scope="col">"Last"</th>
                                </tr>
                            </thead>
                            <tbody>{rows.into_iter().map(line).collect_view()}</tbody>
                        </table>
                    </div>
                    {many.then(|| view! { <p>{format!("There were more: these are the newest {}.", count(LOOKED_AT.unsigned_abs()))}</p> })}
                }
                .into_any()
            }}
        </Panel>
    }
}

/// By the sums that people's caps are judged by.
#[component]
fn People(rows: Vec<CostByPerson>) -> impl IntoView {
    let line = |row: CostByPerson| {
        view! {
            <tr>
                <td class="mono">{row.name}</td>
                <td class="n">{usd(row.cost_usd)}</td>
                <td class="n">{percent(row.share)}</td>
                <td class="n">{usd(row.month_before_usd)}</td>
            </tr>
        }
    };
    view! {
        <Panel title="By person, this month" aside=twins("people", "By person")>
            <div class="scroll" tabindex="0" role="region" aria-label="By person">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th><th scope="col" class="n">"Spent"</th>
                            <th scope="col" class="n">"Share"</th><th scope="col" class="n">"Month before"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(line).collect_view()}</tbody>
                </table>
            </div>
        </Panel>
    }
}

#[component]
fn Shares(title: &'static str, table: &'static str, rows: Vec<CostBy>) -> impl IntoView {
    view! {
        <Panel title=format!("{title}, 30 days") aside=twins(table, title)>
            <div class="scroll" tabindex="0" role="region" aria-label=title>
                <table>
                    <thead><tr><th scope="col">"Name"</th><th scope="col" class="n">"Spent"</th><th scope="col" class="n">"Share"</th></tr></thead>
                    <tbody>
                        {rows
                            .into_iter()
                            .map(|row| view! { <tr><td class="mono">{row.name}</td><td class="n">{usd(row.cost_usd)}</td><td class="n">{percent(row.share)}</td></tr> })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </Panel>
    }
}
