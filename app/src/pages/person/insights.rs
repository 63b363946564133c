//! What the person was told, and what became of each: shown, taken, ended.

use leptos::prelude::*;
use ops::page::Page;
use serde_json::Value;

use super::Asked;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::table::table;

pub(super) fn section(asked: &Asked, page: Page<Value>) -> AnyView {
    let Page { items, next } = page;
    let body = if items.is_empty() {
        view! { <Empty title="No insight was made yet">"The insights agent makes them when it is asked."</Empty> }.into_any()
    } else {
        let rows = items.iter().map(row).collect();
        table("Insights", &["Made (UTC)", "State", "Category", "Insight", "Its life"], rows)
    };
    view! { <Panel title="Insights, newest first">{body}</Panel> {asked.next(next)} }.into_any()
}

fn row(insight: &Value) -> AnyView {
    let text = |field: &str| insight[field].as_str().unwrap_or_default().to_owned();
    let state = text("state");
    let tone = match state.as_str() {
        "acknowledged" | "rated" => Tone::Ok,
        "dismissed" => Tone::Warn,
        _ => Tone::Unknown,
    };
    view! {
        <td>{time(insight, "created_at")}</td>
        <td><State tone=tone word=state/></td>
        <td>{text("category")}</td>
        <td class="wrap"><b>{text("title")}</b>" "{text("content")}</td>
        <td class="wrap">{life(insight).join("; ")}</td>
    }
    .into_any()
}

/// What happened to it, in the order in which it can.
fn life(insight: &Value) -> Vec<String> {
    let at = |words: &str, field: &str| time(insight, field).map(|at| format!("{words} {at}"));
    let days = insight["shown_days"].as_i64().unwrap_or_default();
    let shown = at("first shown", "first_shown_at").map(|first| format!("{first}, on {days} days"));
    let rating = insight["rating"].as_i64().map(|rating| format!("rated {rating} of 5"));
    let helpful =
        insight["helpful"].as_bool().map(|it| if it { "helpful" } else { "not helpful" }.to_owned());
    let superseded = insight["superseded_by"].as_str().map(|_| "a newer one took its place".to_owned());
    let events = [
        shown.or_else(|| Some("never shown".to_owned())),
        at("acknowledged", "acknowledged_at"),
        rating,
        helpful,
        at("dismissed", "dismissed_at"),
        superseded,
        at("true until", "expires_at"),
    ];
    events.into_iter().flatten().collect()
}

/// As the rest of the console shows times.
fn time(insight: &Value, field: &str) -> Option<String> {
    let at: jiff::Timestamp = insight[field].as_str()?.parse().ok()?;
    Some(at.strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::life;

    #[test]
    fn a_life_is_told_in_its_order() {
        let untouched =
            json!({"expires_at": "2026-03-10T07:00:00Z", "shown_days": 0, "first_shown_at": null});
        assert_eq!(life(&untouched), ["never shown", "true until 2026-03-10 07:00"]);
        let lived = json!({"first_shown_at": "2026-03-03T07:00:00Z", "shown_days": 2, "rating": 2, "helpful": false,
            "dismissed_at": "2026-03-04T07:00:00Z", "superseded_by": null});
        let told = [
            "first shown 2026-03-03 07:00, on 2 days",
            "rated 2 of 5",
            "not helpful",
            "dismissed 2026-03-04 07:00",
        ];
        assert_eq!(life(&lived), told);
    }
}
