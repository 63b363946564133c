//! Reconciliation: the ledger beside what the providers say that they counted and billed.

use domain::access::Action;
use domain::reconciliation::Verdict;
use jiff::Timestamp;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::cost::{ReconciledLine, ReconciliationSource};

use crate::actions::reconciliation::Reconcile;
use crate::ui::figures::{count, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

#[component]
pub fn Reconciliation() -> impl IntoView {
    console_page(Place::Cost, "Reconciliation", "alerts", |ops, person| async move {
        let lines = ops.reconciliation_now().await?;
        let sources = ops.reconciliation_sources().await?;
        let now = ops.clock.now();
        let (tone, headline, words) = verdict(&lines, &sources);
        let limits = &ops.config.reconciliation;
        let drift = format!(
            "Drift is a difference above {} % and {}, of days that ended at least {} hours ago. ",
            limits.drift_percent,
            usd(limits.drift_usd),
            limits.lag_hours
        );
        let can_ask = sources.iter().any(|source| source.configured);
        let action = ServerAction::<Reconcile>::new();
        let ask = (can_ask && person.role.may(Action::Reconcile)).then(|| {
            view! {
                <ActionForm action=action><button class="btn">"Ask the providers now"</button></ActionForm>
            }
        });
        Ok(view! {
            <section class=format!("verdict {}", tone.class()) id="verdict" aria-label="Verdict" data-live="">
                <div>
                    <h1>{headline}</h1>
                    <p>
                        {words} " " {drift}
                        <a href="/cost">"Cost"</a> " · " <a href="/cost/ledger">"Ledger"</a> " · " <a href="/cost/prices">"Prices"</a>
                    </p>
                </div>
                <div class="do">{ask}</div>
            </section>
            <Panel title="Providers" id="sources" aside=twins("sources", "Providers")>
                {if sources.is_empty() {
                    view! { <Empty title="No provider is configured"><p>"Name a model in " <code>"[model]"</code> " of the configuration; its provider stands here."</p></Empty> }.into_any()
                } else {
                    providers(sources, now).into_any()
                }}
            </Panel>
            <Panel title="Day by day in UTC, as providers count; last 31 days" id="days" aside=twins("days", "Reconciled days")>
                {if lines.is_empty() { nothing(can_ask).into_any() } else { view! {
                    {table(lines)}
                    <p class="body">"One figure: the ledger and the provider counted the same; two: they did not. The twins have every column."</p>
                }.into_any() }}
            </Panel>
        })
    })
}

/// What the newest days come to.
fn verdict(lines: &[ReconciledLine], sources: &[ReconciliationSource]) -> (Tone, String, String) {
    let days: Vec<_> =
        lines.iter().filter(|line| line.is_whole_day() && line.state != Verdict::TooEarly).collect();
    let with = |state: Verdict| days.iter().filter(|line| line.state == state).count();
    let (more, less) = (with(Verdict::TheyBillMore), with(Verdict::TheyBillLess));
    let silent = sources.iter().filter(|source| source.failing_since.is_some()).count();
    let told = days.iter().filter(|line| line.their_usd.is_some()).count();
    let of = |n: usize| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
    match () {
        () if more > 0 => (
            Tone::Bad,
            format!("A provider billed more than the ledger knows on {}", of(more)),
            "Money was spent that no cap knew of: look at its price list, then compute the days again under Prices.".to_owned(),
        ),
        () if less > 0 => (
            Tone::Warn,
            format!("A provider billed less than the ledger says on {}", of(less)),
            "No money is lost, and caps close earlier than they need to: calls whose end nobody knows are booked at their worst case."
                .to_owned(),
        ),
        () if silent > 0 => (
            Tone::Unknown,
            "What was billed is not known".to_owned(),
            "A provider does not tell; the table says since when.".to_owned(),
        ),
        () if told > 0 => (
            Tone::Ok,
            format!("Bill and ledger agree on {}", of(told)),
            "What the providers billed is what the caps were judged by.".to_owned(),
        ),
        () => (
            Tone::Unknown,
            "Nothing is compared yet".to_owned(),
            "What providers bill is known once they tell it of a day that is over.".to_owned(),
        ),
    }
}

fn nothing(can_ask: bool) -> impl IntoView {
    let title = if can_ask { "The providers were not asked yet" } else { "No provider can be asked" };
    view! {
        <Empty title=title>
            <p>
                "Set " <code>"admin_key"</code> " in " <code>"[model]"</code> " of the configuration, a key that may read usage: once a day the provider is then asked for "
                <code>"/organization/usage/completions"</code> " and " <code>"/organization/costs"</code> ". "
                "Where a provider has no such API, import its invoice: " <code>"holisticos cost reconcile --file invoice.csv"</code>
                " with the columns day, model and cost_usd."
            </p>
        </Empty>
    }
}

fn providers(sources: Vec<ReconciliationSource>, now: Timestamp) -> impl IntoView {
    let lines = sources.into_iter().map(|source| {
        let (tone, word) = match (source.configured, source.failing_since, source.answered_at) {
            (false, ..) => (Tone::Unknown, "not asked: no admin_key".to_owned()),
            (true, Some(since), _) => {
                (Tone::Unknown, format!("unknown since {}", since.strftime("%Y-%m-%d %H:%M UTC")))
            }
            (true, None, Some(_)) => (Tone::Ok, "tells".to_owned()),
            (true, None, None) => (Tone::Unknown, "not asked yet".to_owned()),
        };
        view! {
            <tr>
                <td class="mono">{source.provider}</td>
                <td class="mono wrap">{source.models.join(", ")}</td>
                <td>{source.asked_at.map(|at| view! { <At at=at now=now/> })}</td>
                <td>{source.answered_at.map(|at| view! { <At at=at now=now/> })}</td>
                <td><State tone=tone word=word/></td>
                <td class="wrap">{source.error}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Providers">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Provider"</th><th scope="col">"Models"</th><th scope="col">"Asked"</th>
                        <th scope="col">"Told"</th><th scope="col">"State"</th><th scope="col">"Why"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// What a day came to, in words.
fn state(line: &ReconciledLine) -> (Tone, &'static str) {
    match line.state {
        Verdict::Agrees => (Tone::Ok, "agrees"),
        Verdict::TheyBillMore => (Tone::Bad, "they bill more"),
        Verdict::TheyBillLess => (Tone::Warn, "they bill less"),
        Verdict::CountsDiffer => (Tone::Warn, "tokens differ"),
        Verdict::TooEarly => (Tone::Unknown, "too early"),
        Verdict::Unknown => (Tone::Unknown, "not told"),
    }
}

fn table(lines: Vec<ReconciledLine>) -> impl IntoView {
    let rows = lines.into_iter().map(|line| {
        let (tone, word) = state(&line);
        let whole = line.is_whole_day();
        let unknown = || "?".to_owned();
        let money = |figure: Option<f64>| figure.map_or_else(unknown, usd);
        let model = if whole { "all models".to_owned() } else { line.model.clone() };
        let (day, provider) =
            if whole { (line.day.clone(), line.provider.clone()) } else { (String::new(), String::new()) };
        view! {
            <tr>
                <td>{day}</td>
                <td class="mono">{provider}</td>
                <td class=if whole { "strong" } else { "mono" }>{model}</td>
                {both(line.our_requests, line.their_requests)}
                {both(line.our_input_tokens, line.their_input_tokens)}
                {both(line.our_cached_input_tokens, line.their_cached_input_tokens)}
                {both(line.our_output_tokens, line.their_output_tokens)}
                <td class="n">{usd(line.our_usd)}</td>
                <td class="n">{money(line.their_usd)}</td>
                <td class="n">{money(line.difference_usd)}</td>
                <td><State tone=tone word=word/></td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Reconciled days">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th><th scope="col">"Provider"</th><th scope="col">"Model"</th>
                        <th scope="col" class="n">"Calls"</th><th scope="col" class="n">"Tokens in"</th>
                        <th scope="col" class="n">"Cached"</th><th scope="col" class="n">"Tokens out"</th>
                        <th scope="col" class="n">"Ledger"</th><th scope="col" class="n">"Bill"</th>
                        <th scope="col" class="n">"Difference"</th><th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// One figure where both counted the same, else ours above theirs.
fn both(ours: u64, theirs: Option<u64>) -> impl IntoView {
    let told = match theirs {
        Some(theirs) if theirs == ours => None,
        Some(theirs) => Some(format!("they: {}", count(theirs))),
        None => Some("they: ?".to_owned()),
    };
    view! { <td class="n">{count(ours)} {told.map(|told| view! { <br/><small>{told}</small> })}</td> }
}
