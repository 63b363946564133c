//! The releases that the demo's history was answered under.
//!
//! All are made at the first start; the history speaks of them as if they had been served one after the other.

use domain::release::AgentSettings;

use crate::access::Actor;
use crate::error::Result;
use crate::releases::NewRelease;

/// How a note of ours begins.
const NOTE: &str = "Demo: ";

/// The ids, oldest first; makes those that are missing. At least one.
pub(super) async fn make(ops: &crate::Ops, actor: &Actor) -> Result<Vec<String>> {
    let known = ops.releases().await?;
    if !known.iter().any(|release| release.release.note.starts_with(NOTE)) {
        for (note, settings) in steps() {
            ops.create_release(actor, NewRelease { settings, note: format!("{NOTE}{note}") }).await?;
        }
    }
    let mut ids: Vec<String> = ops.releases().await?.into_iter().map(|release| release.release.id).collect();
    ids.reverse();
    ids.truncate(1 + steps().len());
    Ok(ids)
}

fn steps() -> [(&'static str, AgentSettings); 2] {
    let gentler = AgentSettings { routine_load: 0.9, routine_new_tasks: 2, ..AgentSettings::default() };
    let richer = AgentSettings { protein_g_per_kg: 1.6, insight_confidence: 0.8, ..gentler.clone() };
    [("gentler routines, fewer new tasks at once", gentler), ("more protein, surer insights", richer)]
}
