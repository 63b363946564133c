//! What is remembered of the person, why it is kept, what is no longer held, and what must not be learned again.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::memory::{ForgottenKey, KnownMemory};
use ops::page::Page;
use ops::support::Forgotten;

use super::{Asked, Tab};
use crate::ui::figures::percent;
use crate::ui::panel::{Empty, Panel};
use crate::ui::table::table;
use crate::ui::time::At;

pub(super) fn section(
    asked: &Asked,
    (page, forgotten): (Page<KnownMemory>, Forgotten),
    now: Timestamp,
) -> AnyView {
    let here = asked.link(Tab::Section(ops::support::Section::Memory));
    let (title, href, other) = if asked.past {
        ("No longer held, newest first", here, "What is held today")
    } else {
        ("Held today, newest first", format!("{here}&past=1"), "What is no longer held")
    };
    let body = if page.items.is_empty() {
        view! { <Empty title="Nothing">"What time has ended is left out; the next page may have more."</Empty> }.into_any()
    } else if asked.past {
        let rows = page.items.into_iter().map(|memory| past(memory, now)).collect();
        table("Memories", &["Left", "Layer", "Key", "What was held", "Why it left"], rows)
    } else {
        let rows = page.items.into_iter().map(|memory| held(memory, now)).collect();
        table(
            "Memories",
            &["Confirmed", "Layer", "Key", "What is held", "#Confidence", "Why it is kept", "Replaced"],
            rows,
        )
    };
    let keys = move |key: ForgottenKey| {
        view! { <td><At at=key.forgotten_at now=now/></td><td>{key.layer.as_str()}</td><td class="mono">{key.key}</td> }.into_any()
    };
    view! {
        <Panel title=title>{body}</Panel>
        {asked.next(page.next)}
        <p><a href=href>{other}</a></p>
        <Panel title="Not to be learned again">
            {if forgotten.is_empty() {
                view! { <Empty title="Nothing was forgotten on request">"A key that the person had forgotten stands here until an app lifts it."</Empty> }.into_any()
            } else {
                table("Forgotten keys", &["Forgotten", "Layer", "Key"], forgotten.into_iter().map(keys).collect())
            }}
        </Panel>
    }
    .into_any()
}

fn held(known: KnownMemory, now: Timestamp) -> AnyView {
    let KnownMemory { memory, kept_because, replaced, .. } = known;
    let replaced =
        replaced.into_iter().map(|it| view! { <div>{format!("{}: {}", it.content, it.reason)}</div> });
    view! {
        <td><At at=memory.updated_at now=now/></td>
        <td>{memory.layer.as_str()}</td>
        <td class="mono">{memory.key}</td>
        <td class="wrap">{memory.content}</td>
        <td class="n">{percent(memory.confidence)}</td>
        <td class="wrap">{kept_because}</td>
        <td class="wrap">{replaced.collect_view()}</td>
    }
    .into_any()
}

fn past(known: KnownMemory, now: Timestamp) -> AnyView {
    let KnownMemory { memory, left, .. } = known;
    let (at, why) = left.map(|left| (left.at, format!("{}: {}", left.why.as_str(), left.reason))).unzip();
    view! {
        <td>{at.map(|at| view! { <At at=at now=now/> })}</td>
        <td>{memory.layer.as_str()}</td>
        <td class="mono">{memory.key}</td>
        <td class="wrap">{memory.content}</td>
        <td class="wrap">{why}</td>
    }
    .into_any()
}
