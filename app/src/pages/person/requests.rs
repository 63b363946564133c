//! How the person's requests went: status, latency, cost. No health data, so no consent is needed.

use leptos::prelude::*;
use ops::Ops;
use ops::telemetry::RequestFilter;

use super::{Asked, PAGE};
use crate::pages::requests::list;
use crate::ui::panel::{Empty, Panel};
use crate::ui::twins::twins;

pub(super) async fn section(ops: &Ops, asked: &Asked) -> ops::Result<AnyView> {
    let filter = RequestFilter {
        tenant: Some(asked.tenant.to_string()),
        user: Some(asked.user.to_string()),
        before: asked.cursor.clone(),
        limit: PAGE,
        ..RequestFilter::default()
    };
    let rows = ops.requests(&filter).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| row.id.clone());
    let now = ops.clock.now();
    Ok(view! {
        <Panel title="Requests, newest first" id="requests" aside=twins("requests", "Requests")>
            {if rows.is_empty() {
                view! { <Empty title="No request of this person is kept">"Single requests are kept for some weeks, sums for longer."</Empty> }.into_any()
            } else {
                list(rows, now).into_any()
            }}
        </Panel>
        {asked.next(next)}
    }
    .into_any())
}
