//! The audit log: who changed what, when and why; newest first, whole or broken.

use domain::access::Action;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ops::access::audit::{AuditEntry, AuditFilter};

use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::Panel;
use crate::ui::time::At;
use crate::ui::twins::twins;

const PAGE: u32 = 100;

#[component]
pub fn Audit() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let (action, before) = (query.get("action").unwrap_or_default(), query.get("before"));
    console_page(
        Place::Audit,
        "Audit",
        "access,shutoff,caps,limits,releases,incidents,deployments",
        move |ops, person| async move {
            person.actor().require(Action::SeeAudit)?;
            let filter = AuditFilter {
                action: (!action.is_empty()).then(|| action.clone()),
                before: before.and_then(|text| text.parse().ok()),
                limit: PAGE,
            };
            let entries = ops.audit_entries(&filter).await?;
            let verdict = ops.audit_verify().await?;
            let now = ops.clock.now();
            let older =
                (entries.len() == PAGE as usize).then(|| entries.last().map(|entry| entry.seq)).flatten();
            let (tone, headline, detail) = match &verdict.first_broken {
                None => (
                    "ok",
                    format!("The log is whole: {} entries", verdict.entries),
                    format!("Head {}", verdict.head_hash),
                ),
                Some(broken) => {
                    ("bad", format!("The log is broken at entry {}", broken.seq), broken.reason.clone())
                }
            };
            let link = action.clone();
            Ok(view! {
                <section class=format!("verdict {tone}") aria-label="Verdict">
                    <div><h1>{headline}</h1><p class="mono">{detail}</p></div>
                </section>
                <form method="get" action="/audit" class="row" role="search" aria-label="Filter the audit log">
                    <label>"Action begins with " <input name="action" value=action.clone() placeholder="release."/></label>
                    <button class="btn">"Filter"</button>
                </form>
                <Panel title="Newest first" id="audit" aside=twins("audit", "Audit log")><Entries entries=entries now=now/></Panel>
                {older.map(|seq| view! { <p><a class="btn" href=format!("/audit?action={link}&before={seq}")>"Older"</a></p> })}
            })
        },
    )
}

#[component]
fn Entries(entries: Vec<AuditEntry>, now: jiff::Timestamp) -> impl IntoView {
    let line = |entry: AuditEntry| {
        view! {
            <tr>
                <td class="n">{entry.seq}</td>
                <td><At at=entry.at now=now/></td>
                <td>{entry.actor}</td>
                <td class="mono">{entry.action}</td>
                <td class="mono">{entry.subject}</td>
                <td class="wrap">{entry.detail}</td>
                <td class="mono"><small title=entry.hash.clone()>{entry.hash.chars().take(8).collect::<String>()}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Audit log">
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="n">"No."</th>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"To what"</th>
                        <th scope="col">"Detail"</th>
                        <th scope="col">"Hash"</th>
                    </tr>
                </thead>
                <tbody>{entries.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
