//! How much the person's data can carry: what there is, how fresh, what is missing, what agents can say with it.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::people::summary::{Level, QualityReport};

use super::word;
use crate::ui::figures::{count, percent};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::table::table;
use crate::ui::time::At;

pub(super) fn section(report: QualityReport, now: Timestamp) -> AnyView {
    let QualityReport { data_quality: quality, counts, freshness, readiness, .. } = report;
    let newest = move |at: Option<Timestamp>| match at {
        Some(at) => view! { <At at=at now=now/> }.into_any(),
        None => "never".into_any(),
    };
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "never".to_owned(), |day| day.to_string());
    let signals = quality.signals.iter().map(|signal| {
        let ago = signal.newest_days_ago.map_or_else(|| "never".to_owned(), |days| format!("{days} d ago"));
        view! {
            <td>{signal.signal.clone()}</td>
            <td class="n">{signal.window_days}</td>
            <td class="n">{signal.baseline_days}</td>
            <td>{ago}</td>
        }
        .into_any()
    });
    let signals = signals.collect();
    let ready = readiness.into_iter().map(|agent| {
        let tone = match agent.level {
            Level::Ready => Tone::Ok,
            Level::Assuming => Tone::Warn,
            Level::NotEnough => Tone::Unknown,
        };
        view! {
            <td>{agent.agent.title()}</td>
            <td><State tone=tone word=word(agent.level).replace('-', " ")/></td>
            <td class="wrap">{agent.missing.join("; ")}</td>
        }
        .into_any()
    });
    let ready = ready.collect();
    let gaps: Vec<String> = quality.gaps.iter().map(|gap| format!("{} to {}", gap.from, gap.to)).collect();
    let aside: u32 = quality.set_aside.iter().map(|set| set.readings).sum();
    let fact = |name: &'static str, value: String| view! { <dt>{name}</dt><dd>{value}</dd> };
    view! {
        <Panel title=format!("Data quality: {}", word(quality.level))>
            <dl class="facts">
                {fact("Completeness", percent(quality.completeness))}
                {fact("Days worn", format!("{} of {}, and {} before them", quality.worn_days, quality.window_days, quality.baseline_days))}
                {fact("Days without data", if gaps.is_empty() { "none".to_owned() } else { gaps.join(", ") })}
                {fact("Readings set aside", count(u64::from(aside)))}
                {fact("Stored", format!("{} readings, {} scores, {} check-ins, {} days of journal", count(counts.readings), count(counts.scores), count(counts.check_ins), count(counts.journal_days)))}
                <dt>"Newest reading"</dt><dd>{newest(freshness.newest_reading_at)}</dd>
                <dt>"Newest score"</dt><dd>{newest(freshness.newest_score_at)}</dd>
                {fact("Newest check-in", day(freshness.newest_check_in))}
                {fact("Newest journal", day(freshness.newest_journal))}
                {(!quality.missing.is_empty()).then(|| fact("What would help", quality.missing.join("; ")))}
            </dl>
        </Panel>
        <Panel title="Signals">
            {if quality.signals.is_empty() {
                view! { <Empty title="No signal was looked at">"There is no data yet."</Empty> }.into_any()
            } else {
                table("Signals", &["Signal", "#Days in the window", "#Days before it", "Newest"], signals)
            }}
        </Panel>
        <Panel title="What agents can say">{table("Readiness of agents", &["Agent", "Level", "What would help"], ready)}</Panel>
    }
    .into_any()
}
