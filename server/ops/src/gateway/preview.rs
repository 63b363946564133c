//! What a shutoff would hit, from what was asked and paid in the last hour: shown before anybody acts.

use domain::shutoff::Scope;
use jiff::SignedDuration;
use serde::Serialize;

use crate::Ops;
use crate::error::Result;
use crate::telemetry::{Asking, Window};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The last hour of what the scope covers, and what is under way. Of a model: the requests that called it.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ShutoffPreview {
    #[schema(value_type = String, example = "agent:routine")]
    pub scope: Scope,
    /// Who asked, runs of the orchestrator with this part included.
    pub people_last_hour: u64,
    pub requests_last_hour: u64,
    /// Runs of the orchestrator that the scope is a part of. Of `all`, a tier and the orchestrator they are counted among
    /// the requests too.
    pub runs_last_hour: u64,
    /// Whether more people may have asked than are counted: of a busy hour only the newest 5,000 requests are looked at.
    pub people_at_least: bool,
    /// Likewise for requests and runs, where no sum tells them.
    pub requests_at_least: bool,
    /// Being answered right now by this process; they are finished, without a further model call. Of a model: its calls.
    pub in_flight: u64,
    /// Runs right now: a stopped agent's part that has not begun is left out.
    pub runs_in_flight: u64,
    /// Settled in the last 60 minutes: what the shutoff saves per hour.
    pub cost_per_hour_usd: f64,
}

impl Ops {
    /// From the store; requests of the last second may be missing.
    pub async fn shutoff_preview(&self, scope: &Scope) -> Result<ShutoffPreview> {
        let window = Window::last(self.clock.now(), HOUR);
        let asked = match scope {
            Scope::Model(model) => {
                let called = self.called(model, window).await?;
                Asking {
                    people: called.people,
                    requests: called.requests,
                    runs: called.runs,
                    people_at_least: called.at_least,
                    requests_at_least: called.at_least,
                }
            }
            _ => self.asking(scope, window).await?,
        };
        let in_flight = &self.gateway.in_flight;
        Ok(ShutoffPreview {
            scope: scope.clone(),
            people_last_hour: asked.people,
            requests_last_hour: asked.requests,
            runs_last_hour: asked.runs,
            people_at_least: asked.people_at_least,
            requests_at_least: asked.requests_at_least,
            in_flight: match scope {
                Scope::Model(name) => self.gateway.models.under_way(name),
                _ => in_flight.of(scope),
            },
            runs_in_flight: match scope {
                Scope::Tier(tier) => in_flight.runs(Some(*tier)),
                _ => in_flight.runs(None),
            },
            cost_per_hour_usd: self.settled(scope, window).await?.usd(),
        })
    }
}
