//! The releases that an agent answered under: what each changed, which prompt and models it was seen with, how it went.

use std::collections::BTreeMap;

use domain::agent::Agent;
use jiff::Timestamp;
use serde::Serialize;

use super::counts::{Fate, MODEL, PLAN, PROMPT, REFUSED, WORDS};
use super::quality::times;
use super::store::Row;
use crate::error::Result;
use crate::releases::{ReleaseInfo, diff};
use crate::telemetry::figures::Tally;
use crate::telemetry::{Summary, Window};

/// One release in a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentRelease {
    pub release: String,
    /// When it was made and why; absent: it is not among the last 200, or of another store.
    pub made_at: Option<Timestamp>,
    pub note: Option<String>,
    /// It is served now.
    pub served: bool,
    pub requests: u64,
    pub degraded: u64,
    /// Of requests that were not refused, 0 to 1; absent without one.
    pub degraded_rate: Option<f64>,
    pub p95_us: Option<u64>,
    /// Plans that broke a rule, of those made.
    pub plans_refused: u64,
    pub plans: u64,
    /// Answers of which no words of a model were given although one replied, of those for which one did.
    pub words_refused: u64,
    pub words: u64,
    /// Prompts that models were asked with, by version and hash; seen, not assumed: empty when none was asked.
    pub prompts: Vec<String>,
    /// Models that replied.
    pub models: Vec<String>,
    /// The release made before it.
    pub before: Option<String>,
    /// What is other than with that: settings; prompts and models where both were seen in the window or the one before.
    pub differs: Vec<String>,
}

/// Newest first; those that the list of releases does not know come last. `rows_before`: of the window before, for what the release
/// before was seen with.
pub(super) fn of(
    known: &[ReleaseInfo],
    tallies: &BTreeMap<String, Summary>,
    rows: &[Row],
    rows_before: &[Row],
) -> Vec<AgentRelease> {
    let seen = |rows: &mut dyn Iterator<Item = &Row>, release: &str, subject: &str| {
        let of = |row: &&Row| row.release_id == release && row.subject == subject;
        let mut words: Vec<String> = rows.filter(of).map(|row| row.word.clone()).collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let one = |id: &str| {
        let place = known.iter().position(|info| info.release.id == id);
        let info = place.map(|place| &known[place].release);
        let before = place.and_then(|place| known.get(place + 1)).map(|info| &info.release);
        let of_it: Vec<Row> = rows.iter().filter(|row| row.release_id == id).cloned().collect();
        let figures = tallies.get(id);
        let (prompts, models) = (seen(&mut rows.iter(), id, PROMPT), seen(&mut rows.iter(), id, MODEL));
        let mut differs: Vec<String> = match (before, info) {
            (Some(before), Some(info)) => diff(&before.settings, &info.settings)
                .into_iter()
                .map(|change| format!("{} {} → {}", change.name, change.from, change.to))
                .collect(),
            _ => Vec::new(),
        };
        if let Some(before) = before {
            for (what, subject, now) in [("prompt", PROMPT, &prompts), ("model", MODEL, &models)] {
                let was = seen(&mut rows.iter().chain(rows_before), &before.id, subject);
                if !was.is_empty() && !now.is_empty() && was != *now {
                    differs.push(format!("{what} {} → {}", was.join(", "), now.join(", ")));
                }
            }
        }
        AgentRelease {
            release: id.to_owned(),
            made_at: info.map(|info| info.created_at),
            note: info.map(|info| info.note.clone()),
            served: place.is_some_and(|place| known[place].served),
            requests: figures.map_or(0, |figures| figures.requests),
            degraded: figures.map_or(0, |figures| figures.degraded),
            degraded_rate: figures.and_then(|figures| figures.degraded_rate),
            p95_us: figures.and_then(|figures| figures.p95_us),
            plans_refused: times(&of_it, PLAN, Some(REFUSED)),
            plans: times(&of_it, PLAN, None),
            words_refused: times(&of_it, WORDS, Some(Fate::Refused.as_str())),
            words: times(&of_it, WORDS, None),
            prompts,
            models,
            before: before.map(|before| before.id.clone()),
            differs,
        }
    };
    let mut ids: Vec<&str> = tallies.keys().map(String::as_str).collect();
    ids.extend(rows.iter().map(|row| row.release_id.as_str()));
    let place = |id: &&str| known.iter().position(|info| info.release.id == *id).unwrap_or(usize::MAX);
    ids.sort_unstable_by(|a, b| place(a).cmp(&place(b)).then(b.cmp(a)));
    ids.dedup();
    ids.into_iter().map(one).collect()
}

impl crate::Ops {
    /// The agent's requests in the window: all of them, and by release.
    pub(super) async fn agent_traffic(
        &self,
        agent: Agent,
        window: Window,
    ) -> Result<(Tally, BTreeMap<&'static str, u64>, BTreeMap<String, Summary>)> {
        let filter = crate::telemetry::Filter::agent(agent);
        let (mut whole, mut engines) = (Tally::default(), BTreeMap::new());
        let mut releases: BTreeMap<String, Tally> = BTreeMap::new();
        self.each_cell(window, i64::MAX, &filter, |_, key, cell| {
            whole.add(key, cell);
            if let Some(engine) = key.engine {
                *engines.entry(engine.engine().as_str()).or_default() += cell.requests;
            }
            if !key.release.is_empty() {
                releases.entry(key.release.clone()).or_default().add(key, cell);
            }
        })
        .await?;
        let releases = releases.into_iter().map(|(id, tally)| (id, tally.summary(window))).collect();
        Ok((whole, engines, releases))
    }
}
