//! The form that asks what a period would have cost, the answer day by day, and the form that corrects it.

use domain::field_error::FieldError;
use jiff::civil::Date;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::cost::{ComparedDay, PriceComparison, PriceList};

use super::AskedPrices;
use crate::actions::prices::ApplyPrices;
use crate::ui::figures::{count, usd};
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::panel::{Empty, Panel};
use crate::ui::twins::twins;

/// Filled with what was asked for, else with the last month.
pub(super) fn form(lists: &[PriceList], asked: &AskedPrices, from: Date, to: Date) -> impl IntoView + use<> {
    let or = |text: &str, other: Date| if text.is_empty() { other.to_string() } else { text.to_owned() };
    let mut models: Vec<&str> = lists.iter().map(|list| list.model.as_str()).collect();
    models.dedup();
    let mut versions: Vec<&str> = lists.iter().map(|list| list.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let option = |value: &str, label: &str, chosen: &str| {
        let selected = value == chosen;
        view! { <option value=value.to_owned() selected=selected>{label.to_owned()}</option> }
    };
    let models: Vec<_> = std::iter::once(("", "every model"))
        .chain(models.into_iter().map(|model| (model, model)))
        .map(|(value, label)| option(value, label, &asked.model))
        .collect();
    let versions: Vec<_> =
        versions.into_iter().map(|version| option(version, version, &asked.version)).collect();
    view! {
        <div class="body">
            <form method="get" action="/cost/prices" class="row" aria-label="Compare a period">
                <label>"From " <input type="date" name="from" required value=or(&asked.from, from)/></label>
                <label>"To " <input type="date" name="to" required value=or(&asked.to, to)/></label>
                <label>"Model " <select name="model">{models}</select></label>
                <label>"At version " <select name="version">{versions}</select></label>
                <button class="btn">"Compare"</button>
            </form>
            <small>"Cost days, both included. Comparing changes nothing."</small>
        </div>
    }
}

pub(super) fn compared(
    told: Result<PriceComparison, Vec<FieldError>>,
    asked: &AskedPrices,
    may: bool,
) -> impl IntoView + use<> {
    let comparison = match told {
        Ok(comparison) => comparison,
        Err(faults) => {
            let faults: Vec<_> =
                faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.detail)).collect();
            let text = format!("Nothing was compared: {}.", faults.join("; "));
            return view! { <p class="notice bad" role="alert">{text}</p> }.into_any();
        }
    };
    let apply = (may && comparison.correctable_calls > 0).then(|| correct(&comparison, asked));
    let summary = summary(&comparison);
    let empty = comparison.days.is_empty();
    view! {
        <Panel title=format!("{} to {} at version {}", comparison.from, comparison.to, comparison.version) aside=twins("comparison", "Comparison")>
            <div class="body">{summary}</div>
            {if empty {
                view! { <Empty title="No call of known use in this period"><p>"Widen the period, or choose another model."</p></Empty> }.into_any()
            } else {
                days(comparison.days).into_any()
            }}
        </Panel>
        {apply}
    }
    .into_any()
}

fn summary(comparison: &PriceComparison) -> impl IntoView + use<> {
    let PriceComparison { calls, booked_usd, at_version_usd, difference_usd, left_out, .. } = comparison;
    let more = if *difference_usd < 0.0 { "less" } else { "more" };
    let mut left = Vec::new();
    if left_out.unknown_calls > 0 {
        let (calls, cost) = (count(left_out.unknown_calls), usd(left_out.unknown_usd));
        left.push(format!("{calls} calls whose use nobody knows, booked at their worst case ({cost})"));
    }
    if left_out.open_calls > 0 {
        left.push(format!("{} calls under way", count(left_out.open_calls)));
    }
    if left_out.unpriced_calls > 0 {
        let models = left_out.unpriced_models.join(", ");
        left.push(format!(
            "{} calls of models without a list of this version ({models})",
            count(left_out.unpriced_calls)
        ));
    }
    let left = (!left.is_empty()).then(|| format!("Left as they are: {}.", left.join("; ")));
    view! {
        <p>
            <b>{usd(*at_version_usd)}</b>
            {format!(" for {} calls that stand in the ledger with {}: {} {more}. ", count(*calls), usd(*booked_usd), usd(difference_usd.abs()))}
            {left}
        </p>
    }
}

fn days(days: Vec<ComparedDay>) -> impl IntoView {
    let lines = days.into_iter().map(|day| {
        let open = day.open.then_some(" not over");
        view! {
            <tr>
                <td>{day.day} <small>{open}</small></td>
                <td class="mono">{day.model}</td>
                <td class="n">{count(day.calls)}</td>
                <td class="n">{count(day.input_tokens)}</td>
                <td class="n">{count(day.cached_input_tokens)}</td>
                <td class="n">{count(day.output_tokens)}</td>
                <td class="n">{usd(day.booked_usd)}</td>
                <td class="n">{usd(day.at_version_usd)}</td>
                <td class="n">{usd(day.difference_usd)}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Comparison">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th><th scope="col">"Model"</th><th scope="col" class="n">"Calls"</th>
                        <th scope="col" class="n">"Tokens in"</th><th scope="col" class="n">"of these cached"</th>
                        <th scope="col" class="n">"Tokens out"</th><th scope="col" class="n">"In the ledger"</th>
                        <th scope="col" class="n">"At this version"</th><th scope="col" class="n">"Difference"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn correct(comparison: &PriceComparison, asked: &AskedPrices) -> impl IntoView + use<> {
    let action = ServerAction::<ApplyPrices>::new();
    let (calls, booked) = (count(comparison.correctable_calls), usd(comparison.correctable_usd));
    let AskedPrices { from, to, model, version } = asked.clone();
    view! {
        <Panel title=format!("Correct the ledger by {booked}")>
            <div class="body">
                <p>
                    {format!("Books an entry beside each of {calls} calls and moves the sums of their days and months; no booked call is changed. ")}
                    "The day that is not over is left alone, so today's caps stay as they are. Applied twice, it books nothing more."
                </p>
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="from" value=from/>
                    <input type="hidden" name="to" value=to/>
                    <input type="hidden" name="model" value=model/>
                    <input type="hidden" name="version" value=version/>
                    <ReasonField/>
                    <TextField label="Your password, again" name="password" kind="password" optional=true autocomplete="current-password"
                        hint="It changes what was spent, and so what is left of this month's caps."/>
                    <div><button class="btn danger">"Correct the ledger"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
