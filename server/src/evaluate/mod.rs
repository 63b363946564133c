//! How good the agents' answers are, measured on real people: each of an export's people asks every agent in each
//! archetype, without a model, with one, and with one that fails. The model is the provider simulator, on a real socket.
//!
//! Answers go the whole way: admission, store, planner, model, validator. They are then judged by the validators once more, from
//! outside, on evidence that is loaded anew. `docs/agents.md` has the table that this makes.

mod figures;
mod judge;
mod people;
mod report;
mod round;
mod world;

#[cfg(test)]
mod tests;

use std::path::Path;

use domain::agent::Agent;
use domain::archetype::Archetype;

pub(crate) use report::Report;

use figures::{Figures, quantile_ms};
use people::People;
use round::Round;
use world::{Filled, World};

/// Those that make something of a person's data.
const ASKED: [Agent; 5] =
    [Agent::Behavior, Agent::Circadian, Agent::Routine, Agent::Nutrition, Agent::Insights];

/// What stands behind the agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    NoModel,
    Model,
    /// Ten of its faults, each in eight of a hundred calls.
    FaultyModel,
}

impl Condition {
    const ALL: [Self; 3] = [Self::NoModel, Self::Model, Self::FaultyModel];

    fn title(self) -> &'static str {
        match self {
            Self::NoModel => "no model",
            Self::Model => "model",
            Self::FaultyModel => "faulty model",
        }
    }
}

/// How often everybody is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounds {
    /// As they are: what is valid, and how long it takes.
    Once,
    /// Then the same once more, and after a worse week: what is stable, and what changes.
    Three,
}

/// Reads the export in `dir`, asks for at most `most` of its people, and measures.
///
/// # Errors
/// When the export cannot be read, or a store cannot be made. An answer that fails is counted, not an error.
pub(crate) async fn evaluate(
    dir: &Path,
    most: usize,
    rounds: Rounds,
    progress: &mut (dyn FnMut(&str) + Send),
) -> anyhow::Result<Report> {
    let people = People::read(dir, most)?;
    let changed = people.changed();
    progress("everybody into two stores");
    let (people, changed) = (Filled::with(&people).await?, Filled::with(&changed).await?);
    progress("complete workflows without a model");
    let workflow_ms = workflows(&people).await?;
    let everybody = people.people.len();
    let mut report =
        Report { people: everybody, archetypes: Archetype::ALL.len(), workflow_ms, rows: Vec::new() };
    for condition in Condition::ALL {
        progress(&format!("{}: as they are", condition.title()));
        let first = round(condition, &people).await?;
        let (mut again, mut worse) = (Round::new(), Round::new());
        if rounds == Rounds::Three {
            progress(&format!("{}: the same once more", condition.title()));
            again = round(condition, &people).await?;
            progress(&format!("{}: after a worse week", condition.title()));
            worse = round(condition, &changed).await?;
        }
        let rows = ASKED.map(|agent| (agent, condition, Figures::of(agent, &first, &again, &worse)));
        report.rows.extend(rows);
    }
    report.rows.sort_by_key(|(agent, ..)| *agent);
    Ok(report)
}

/// The median and the 99th percentile, milliseconds.
async fn workflows(people: &Filled<'_>) -> anyhow::Result<(f64, f64)> {
    let world = World::open(Condition::NoModel, people).await?;
    let took = round::workflows(&world).await;
    world.close().await?;
    let took = took?;
    Ok((quantile_ms(&took, 0.5), quantile_ms(&took, 0.99)))
}

async fn round(condition: Condition, people: &Filled<'_>) -> anyhow::Result<Round> {
    let world = World::open(condition, people).await?;
    let answers = round::of(&world).await;
    world.close().await?;
    answers
}
