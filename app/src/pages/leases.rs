//! The table of leases on the Ledger page: which process has taken how much of which sum.

use leptos::prelude::*;
use ops::cost::LeaseNow;

use crate::ui::figures::usd;
use crate::ui::time::At;

pub(super) fn list(leases: Vec<LeaseNow>, now: jiff::Timestamp) -> impl IntoView {
    let lines = leases.into_iter().map(|lease| {
        let sum = if lease.essential { format!("{}, essential agents", lease.sum) } else { lease.sum };
        let process = if lease.own { format!("{} (this one)", lease.instance) } else { lease.instance };
        view! {
            <tr>
                <td class="mono">{process}</td>
                <td class="mono">{sum}</td>
                <td>{lease.window}</td>
                <td class="n">{usd(lease.bound_usd)}</td>
                <td class="n">{usd(lease.likely_usd)}</td>
                <td><At at=lease.seen_at now=now/></td>
            </tr>
        }
    });
    view! {
        <p class="body">
            "Taken before it is used, so no cap is passed; what a process does not use comes back within a second where others need it. "
            "Of a process that is gone for a quarter of an hour all of it counts as spent."
        </p>
        <div class="scroll" tabindex="0" role="region" aria-label="Leases">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Process"</th><th scope="col">"Of the sum"</th><th scope="col">"Window"</th>
                        <th scope="col" class="n">"Worst case"</th><th scope="col" class="n">"Likely"</th>
                        <th scope="col">"Seen"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
}
