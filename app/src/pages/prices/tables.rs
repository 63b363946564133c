//! The tables of the page: lists, usage by class, corrected periods.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::cost::{PriceList, PriceRun, PriceUsage};

use crate::ui::figures::{count, usd};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;

pub(super) fn lists(lists: Vec<PriceList>, now: Timestamp) -> impl IntoView {
    let lines = lists.into_iter().map(|list| {
        let state = list.in_force.then(|| view! { <State tone=Tone::Ok word="in force"/> });
        view! {
            <tr>
                <td class="mono">{list.model}</td>
                <td class="mono">{list.version}</td>
                <td><At at=list.valid_from now=now/></td>
                <td class="n">{usd(list.input_usd_per_mtok)}</td>
                <td class="n">{usd(list.cached_input_usd_per_mtok)}</td>
                <td class="n">{usd(list.cache_write_usd_per_mtok)}</td>
                <td class="n">{usd(list.output_usd_per_mtok)}</td>
                <td>{state}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Price lists">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Model"</th><th scope="col">"Version"</th><th scope="col">"Valid from"</th>
                        <th scope="col" class="n">"Input"</th><th scope="col" class="n">"Cached input"</th>
                        <th scope="col" class="n">"Cache write"</th><th scope="col" class="n">"Output"</th><th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

pub(super) fn usage(rows: Vec<PriceUsage>) -> impl IntoView {
    let lines = rows.into_iter().map(|row| {
        let corrected = (row.corrected_usd != 0.0).then(|| usd(row.corrected_usd));
        let unknown = (row.unknown_calls > 0)
            .then(|| format!("{} calls, {}", count(row.unknown_calls), usd(row.unknown_usd)));
        view! {
            <tr>
                <td class="mono">{row.model}</td>
                <td class="mono">{row.version}</td>
                <td class="n">{count(row.calls)}</td>
                <td class="n">{count(row.input_tokens)}</td>
                <td class="n">{count(row.cached_input_tokens)}</td>
                <td class="n">{count(row.cache_write_tokens)}</td>
                <td class="n">{count(row.output_tokens)}</td>
                <td class="n">{count(row.reasoning_tokens)}</td>
                <td class="n">{usd(row.booked_usd)}</td>
                <td class="n">{corrected}</td>
                <td class="n">{unknown}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Usage by class">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Model"</th><th scope="col">"Booked under"</th><th scope="col" class="n">"Calls"</th>
                        <th scope="col" class="n">"Tokens in"</th><th scope="col" class="n">"of these cached"</th>
                        <th scope="col" class="n">"into the cache"</th><th scope="col" class="n">"Tokens out"</th>
                        <th scope="col" class="n">"of these reasoning"</th><th scope="col" class="n">"Booked"</th>
                        <th scope="col" class="n">"Corrected by"</th><th scope="col" class="n">"Use unknown"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}

pub(super) fn runs(runs: Vec<PriceRun>, now: Timestamp) -> impl IntoView {
    let lines = runs.into_iter().map(|run| {
        let (tone, word) = if run.finished_at.is_some() {
            (Tone::Ok, "done")
        } else {
            (Tone::Warn, "not finished: apply it again")
        };
        let entries = format!("/cost/ledger?run={}", run.id);
        view! {
            <tr>
                <td><At at=run.started_at now=now/></td>
                <td>{format!("{} to {}", run.from_day, run.to_day)}</td>
                <td class="mono">{run.model.unwrap_or_else(|| "every model".to_owned())}</td>
                <td class="mono">{run.version}</td>
                <td class="n">{count(run.calls)}</td>
                <td class="n"><a href=entries>{count(run.corrected)}</a></td>
                <td class="n">{usd(run.difference_usd)}</td>
                <td><State tone=tone word=word/></td>
                <td>{run.made_by}</td>
                <td class="wrap">{run.reason}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Corrected periods">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Begun"</th><th scope="col">"Days"</th><th scope="col">"Model"</th><th scope="col">"To version"</th>
                        <th scope="col" class="n">"Calls"</th><th scope="col" class="n">"Corrected"</th><th scope="col" class="n">"By"</th>
                        <th scope="col">"State"</th><th scope="col">"Who"</th><th scope="col">"Reason"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}
