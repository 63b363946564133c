//! Making a release, rolling back, and undoing that.
#![expect(clippy::too_many_arguments, reason = "one argument per field of the form")]

use domain::release::AgentSettings;
use leptos::prelude::*;
use ops::releases::NewRelease;

use super::outcome::finish;
use crate::visitor;

#[server(prefix = "/actions", endpoint = "create-release")]
pub async fn create_release(
    threshold_base: u32,
    routine_load: f64,
    routine_new_tasks: u32,
    meals_per_day: u32,
    protein_g_per_kg: f64,
    insights_per_run: u32,
    insight_confidence: f64,
    note: String,
) -> Result<(), ServerFnError> {
    let settings = AgentSettings {
        threshold_base,
        routine_load,
        routine_new_tasks,
        meals_per_day,
        protein_g_per_kg,
        insights_per_run,
        insight_confidence,
    };
    let outcome = async {
        let release =
            visitor::ops().create_release(&visitor::actor()?, NewRelease { settings, note }).await?;
        Ok(format!("{} is made and served from the next request on.", release.id))
    };
    finish(outcome.await, "/releases", "/releases");
    Ok(())
}

#[server(prefix = "/actions", endpoint = "roll-back")]
pub async fn roll_back(reason: String) -> Result<(), ServerFnError> {
    let outcome = async {
        let done = visitor::ops().rollback(&visitor::actor()?, &reason).await?;
        Ok(format!("Rolled back from {} to {}. The next requests below show it.", done.from, done.to))
    };
    finish(outcome.await, "/releases/rollback", "/releases/rollback");
    Ok(())
}

#[server(prefix = "/actions", endpoint = "undo-rollback")]
pub async fn undo_rollback(reason: String) -> Result<(), ServerFnError> {
    let outcome = async {
        let done = visitor::ops().restore_release(&visitor::actor()?, &reason).await?;
        Ok(format!("Undone: {} is served again.", done.to))
    };
    finish(outcome.await, "/releases/rollback", "/releases/rollback");
    Ok(())
}
