//! One request: what came of it, under which release, and where its time went.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ops::telemetry::{RequestDetail, StepRow};

use super::requests::{outcome, person};
use crate::ui::figures::{duration_us, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::twins::twins;

#[component]
pub fn Request() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    console_page(Place::Requests, "Request", "", move |ops, _person| async move {
        let request = ops.request(&id).await?.ok_or(ops::Error::NotFound { what: "request" })?;
        let (tone, word) = outcome(&request.row);
        let what =
            request.row.agent.map_or_else(|| request.row.route.clone(), |agent| agent.title().to_owned());
        let total = request.row.duration_us.max(1);
        let steps: Vec<StepRow> = request.steps.iter().cloned().map(StepRow::without_reasons).collect();
        // An answer in parts goes on after its beginning, which ends the request's duration.
        let whole = steps.iter().map(|step| step.start_us + step.duration_us).fold(total, u64::max);
        Ok(view! {
            <p><a href="/requests">"All requests"</a></p>
            <h1>{what} " · " <State tone=tone word=word/> {format!(" in {}", duration_us(total as f64))}</h1>
            <Panel title="Facts">{facts(request)}</Panel>
            <Panel title="Steps" id="steps" aside=twins("steps", "Steps")>
                {if steps.is_empty() {
                    view! { <Empty title="No steps were recorded">"Only agents and chats report where their time goes."</Empty> }.into_any()
                } else {
                    waterfall(steps, whole).into_any()
                }}
            </Panel>
        })
    })
}

fn facts(request: RequestDetail) -> impl IntoView {
    let RequestDetail {
        row,
        degraded_reason,
        key_prefix,
        tier,
        archetype,
        decision,
        attempts,
        tokens_in,
        tokens_out,
        ..
    } = request;
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> })
    };
    let ledger = format!("/cost/ledger?request={}", row.id);
    let tokens = (tokens_in + tokens_out > 0).then(|| format!("{tokens_in} in, {tokens_out} out"));
    view! {
        <dl class="facts">
            <dt>"Request id"</dt>
            <dd class="mono">{row.id}</dd>
            <dt>"Began"</dt>
            <dd>{row.at.strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()}</dd>
            <dt>"Endpoint"</dt>
            <dd class="mono">{format!("{} {}", row.method, row.route)}</dd>
            <dt>"Status"</dt>
            <dd>{row.status}</dd>
            {fact("What went wrong", row.error_type)}
            {fact("Degraded because", degraded_reason)}
            {fact("Engine", row.engine.map(|engine| engine.as_str().to_owned()))}
            {fact("Fresh or memory", decision)}
            {fact("Archetype", archetype)}
            {fact("Release", row.release)}
            {fact("Tenant", row.tenant.clone())}
            {person(row.tenant.as_deref(), row.user).map(|whose| view! { <dt>"Person"</dt><dd>{whose}</dd> })}
            {fact("Key", key_prefix)}
            {fact("Tier", tier)}
            <dt>"Cost"</dt>
            <dd>{usd(row.cost.usd())}</dd>
            {(attempts > 0).then(|| view! { <dt>"Model calls"</dt><dd>{attempts} " · " <a href=ledger>"in the ledger"</a></dd> })}
            {fact("Tokens", tokens)}
            {row.demo.then(|| view! { <dt>"Demo"</dt><dd>"made by the demo, nobody real asked"</dd> })}
        </dl>
    }
}

fn waterfall(steps: Vec<StepRow>, total: u64) -> impl IntoView {
    let share = |us: u64| us as f64 / total as f64 * 100.0;
    let rows = steps.into_iter().map(|step| {
        let tone = match step.status.as_str() {
            "ok" => Tone::Ok,
            "failed" => Tone::Bad,
            "degraded" => Tone::Warn,
            _ => Tone::Unknown,
        };
        let bar = format!(
            "inset-inline-start:{:.2}%;inline-size:max(2px,{:.2}%)",
            share(step.start_us).min(99.0),
            share(step.duration_us).min(100.0)
        );
        view! {
            <tr>
                <td>{step.name}</td>
                <td><State tone=tone word=step.status/></td>
                <td class="n">{duration_us(step.start_us as f64)}</td>
                <td class="n">{duration_us(step.duration_us as f64)}</td>
                <td class="waterfall"><span class="bar"><i style=bar></i></span></td>
                <td class="wrap"><small>{step.detail}</small></td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Steps of the request">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="n">"Began at"</th>
                        <th scope="col" class="n">"Took"</th>
                        <th scope="col">"Where in the request"</th>
                        <th scope="col">"Detail"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
