//! Prices: what models charge and charged, what was used by class of tokens, and what a period would have cost otherwise.

mod comparison;
mod tables;

use domain::access::Action;
use jiff::ToSpan;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ops::cost::Recompute;
use serde::Deserialize;

use self::comparison::{compared, form};
use self::tables::{lists, runs, usage};
use super::caps::in_query;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::twins::twins;

/// Days of the table of usage.
pub const USAGE_DAYS: i64 = 31;

/// The period that the URL names; the table's CSV and JSON take the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedPrices {
    from: String,
    to: String,
    model: String,
    version: String,
}

impl AskedPrices {
    /// `None`: no period is asked for.
    pub fn recompute(&self) -> Option<ops::Result<Recompute>> {
        let nothing = [&self.from, &self.to, &self.version].iter().all(|text| text.trim().is_empty());
        (!nothing).then(|| Recompute::parse(&self.from, &self.to, &self.model, &self.version))
    }
}

/// The page with this period compared.
pub fn comparison_link(from: &str, to: &str, model: &str, version: &str) -> String {
    let [from, to, model, version] = [from, to, model, version].map(in_query);
    format!("/cost/prices?from={from}&to={to}&model={model}&version={version}")
}

#[component]
pub fn Prices() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let get = |name: &str| query.get(name).unwrap_or_default();
    let asked =
        AskedPrices { from: get("from"), to: get("to"), model: get("model"), version: get("version") };
    console_page(Place::Cost, "Prices", "requests", move |ops, person| async move {
        let today = ops.cost_today();
        let from = today.checked_sub((USAGE_DAYS - 1).days()).unwrap_or(today);
        let known = ops.price_lists().await?;
        let used = ops.price_usage(from, today).await?;
        let done = ops.price_runs().await?;
        let told = match asked.recompute() {
            None => None,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(ask)) => Some(ops.compare_prices(&ask).await),
        };
        let told = match told {
            // Something typed, not something broken: the form says what.
            Some(Err(ops::Error::Invalid(faults))) => Some(Err(faults)),
            Some(Err(error)) => return Err(error),
            Some(Ok(comparison)) => Some(Ok(comparison)),
            None => None,
        };
        let now = ops.clock.now();
        let may = person.role.may(Action::CorrectLedger);
        let nothing = known.is_empty();
        let form = form(&known, &asked, from, today);
        let lists = lists(known, now);
        Ok(view! {
            <h1>"Prices"</h1>
            <p>
                "Every call is booked with its tokens by class and the version of the prices that it was charged by, so any period can be computed again. "
                <a href="/cost">"Cost"</a> " · " <a href="/cost/ledger">"Ledger"</a> " · " <a href="/cost/reconciliation">"Reconciliation"</a>
            </p>
            <Panel title="Price lists, dollars per million tokens" id="lists" aside=twins("lists", "Price lists")>
                {if nothing {
                    view! {
                        <Empty title="No price list yet">
                            <p>"Name a model and its prices in " <code>"[model]"</code> " of the configuration: they are recorded at the next start. A version means the same prices for ever."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    lists.into_any()
                }}
            </Panel>
            <Panel title=format!("What was used, last {USAGE_DAYS} days") id="usage" aside=twins("usage", "Usage by class")>
                {if used.is_empty() {
                    view! { <Empty title="No call was booked"><p>"The first call of a model makes a line here, with its tokens by class."</p></Empty> }.into_any()
                } else {
                    usage(used).into_any()
                }}
            </Panel>
            {(!nothing).then(|| view! {
                <Panel title="What would a period have cost?" id="compare">
                    {form}
                </Panel>
            })}
            {told.map(|told| compared(told, &asked, may))}
            <Panel title="Periods that were corrected" id="runs" aside=twins("runs", "Corrected periods")>
                {if done.is_empty() {
                    view! {
                        <Empty title="None: every call stands as it was booked">
                            <p>"Correcting a period adds an entry beside each call, and changes none."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    runs(done, now).into_any()
                }}
            </Panel>
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_link_keeps_a_models_name_whole() {
        assert_eq!(
            super::comparison_link("2026-03-01", "2026-03-02", "a/b&c", "v 1"),
            "/cost/prices?from=2026-03-01&to=2026-03-02&model=a/b%26c&version=v%201"
        );
    }
}
