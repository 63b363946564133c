//! Single requests: what was asked, how it ended, and where its time went.
//!
//! Newest first, also those of the last second that are not in the store yet. No prompt, no answer, no health value.

pub(crate) mod store;

use domain::access::Tier;
use domain::agent::{Agent, Engine};
use domain::money::MicroUsd;
use domain::shutoff::Scope;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::buckets::Class;
use super::event::{RequestEvent, Step};
use super::figures::{Window, as_usd};
use crate::error::{Error, Result};
use crate::events::Topic;

/// Rows of one page, at most.
pub const PAGE: u32 = 500;
/// Of a busy window, so many rows are looked at where people or reasons are told apart: more would not fit into a page's time.
pub const LOOKED_AT: i64 = 5_000;
/// Rows written in one transaction.
const WRITE: usize = 1_000;
const DAY: i64 = 86_400_000;
/// The step of a request that says why its answer is fresh or from memory.
pub const DECIDE: &str = "decide";

/// Which requests to list. Everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    pub agent: Option<Agent>,
    /// 2, 4 or 5: answered, refused, failed. Other numbers match nothing.
    pub status_class: Option<u16>,
    pub tenant: Option<String>,
    pub user: Option<String>,
    pub release: Option<String>,
    pub engine: Option<Engine>,
    pub degraded: Option<bool>,
    /// From (inclusive) and to (exclusive), when they began.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Only agent requests, not those of the console and the operations API.
    pub agents_only: bool,
    /// Only those in which the threshold decided between a fresh answer and memory.
    pub decided: bool,
    /// The id of the last row seen: what is older follows.
    pub before: Option<String>,
    /// A beginning of the id, or a part of the route or of the kind of error.
    pub text: Option<String>,
    /// 1 to 500; 0 counts as 50.
    pub limit: u32,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RequestRow {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub method: String,
    /// The pattern, not the path.
    pub route: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    pub duration_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    pub degraded: bool,
    #[serde(rename = "cost_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub cost: MicroUsd,
    pub demo: bool,
}

/// One request with everything known of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RequestDetail {
    #[serde(flatten)]
    pub row: RequestRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archetype: Option<String>,
    /// Why fresh or from memory: a case of the threshold's table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Model calls.
    pub attempts: u32,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// Of its duration, how long a model was being asked, microseconds; the rest is our own.
    pub provider_us: u64,
    pub steps: Vec<StepRow>,
}

/// Answers of one agent that are less than they would normally be, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DegradedBy {
    pub reason: String,
    pub agent: Agent,
    pub answers: u64,
    #[schema(value_type = String, format = DateTime)]
    pub last: Timestamp,
}

/// Who asked, and how often. Of one agent, runs of the orchestrator and their people count too: every agent has a part there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    pub people: u64,
    pub requests: u64,
    pub runs: u64,
    /// Only the newest 5,000 requests of the window were looked at.
    pub people_at_least: bool,
    /// Likewise, and no sum tells the number of requests.
    pub requests_at_least: bool,
}

/// A part of the request, for the waterfall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepRow {
    pub name: String,
    /// From the start of the request, microseconds.
    pub start_us: u64,
    pub duration_us: u64,
    /// `ok`, `degraded`, `failed`, `skipped`.
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl StepRow {
    /// As it is shown of any request: why an answer was made anew tells of the person, and is behind their consent
    /// ([`crate::support`]).
    #[must_use]
    pub fn without_reasons(self) -> Self {
        let detail = self.detail.filter(|_| self.name != DECIDE);
        Self { detail, ..self }
    }
}

impl From<Step> for StepRow {
    fn from(step: Step) -> Self {
        let Step { name, start_us, duration_us, status, detail } = step;
        Self { name, start_us, duration_us, status, detail }
    }
}

impl RequestFilter {
    fn limit(&self) -> usize {
        let limit = if self.limit == 0 { 50 } else { self.limit };
        usize::try_from(limit.min(PAGE)).unwrap_or(50)
    }

    /// The same conditions as those of the store, for what is not there yet.
    fn takes(&self, event: &RequestEvent) -> bool {
        let class = Class::of(event.status, event.error_type.as_deref()).number();
        let same =
            |asked: &Option<String>, is: Option<&str>| asked.as_deref().is_none_or(|asked| is == Some(asked));
        let text = self.text.as_deref().map(str::to_lowercase);
        self.agent.is_none_or(|agent| event.agent == Some(agent))
            && self.status_class.is_none_or(|asked| i64::from(asked) == class)
            && same(&self.tenant, event.tenant.as_ref().map(domain::id::TenantId::as_str))
            && same(&self.user, event.user.as_ref().map(domain::id::UserId::as_str))
            && same(&self.release, event.release.as_deref())
            && self.engine.is_none_or(|engine| event.engine == Some(engine))
            && self.degraded.is_none_or(|degraded| event.degraded == degraded)
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
            && (!self.agents_only || event.agent.is_some())
            && (!self.decided || event.steps.iter().any(|step| step.name == DECIDE))
            && text.is_none_or(|text| {
                event.request_id.starts_with(&text)
                    || event.route.to_lowercase().contains(&text)
                    || event.error_type.as_deref().is_some_and(|kind| kind.to_lowercase().contains(&text))
            })
    }
}

impl crate::Ops {
    /// The newest requests that the filter takes; with `before`, those older than it.
    ///
    /// # Errors
    /// `NotFound` when `before` names no stored request.
    pub async fn requests(&self, filter: &RequestFilter) -> Result<Vec<RequestRow>> {
        Ok(self.requests_whole(filter).await?.into_iter().map(|request| request.row).collect())
    }

    /// Likewise, each with everything known of it.
    pub(crate) async fn requests_whole(&self, filter: &RequestFilter) -> Result<Vec<RequestDetail>> {
        let limit = filter.limit();
        let waiting = self.telemetry.buffer().waiting_where(|event| filter.takes(event));
        let before = match &filter.before {
            None => None,
            Some(id) => Some(self.place_of(id).await?),
        };
        let mut rows = store::list(&self.db, filter, before.as_ref(), limit).await?;
        rows.extend(waiting.iter().map(detail));
        rows.retain(|RequestDetail { row, .. }| {
            before.as_ref().is_none_or(|(at, id)| (row.at.as_millisecond(), &row.id) < (*at, id))
        });
        rows.sort_by(|a, b| (b.row.at, &b.row.id).cmp(&(a.row.at, &a.row.id)));
        rows.dedup_by(|a, b| a.row.id == b.row.id);
        rows.truncate(limit);
        Ok(rows)
    }

    async fn place_of(&self, id: &str) -> Result<(i64, String)> {
        let request = self.request(id).await?.ok_or(Error::NotFound { what: "request" })?;
        Ok((request.row.at.as_millisecond(), request.row.id))
    }

    /// One request by its id.
    pub async fn request(&self, id: &str) -> Result<Option<RequestDetail>> {
        let waiting = self.telemetry.buffer().waiting_where(|event| event.request_id == id);
        match waiting.first() {
            Some(event) => Ok(Some(detail(event))),
            None => store::get(&self.db, id).await,
        }
    }

    /// Why answers were degraded in the window, the most frequent reason first, of the newest 5,000 of them; those of the last
    /// second may be missing.
    pub async fn degraded_by(&self, window: Window) -> Result<Vec<DegradedBy>> {
        let (from, to) = (window.from.as_millisecond(), window.to.as_millisecond());
        store::degraded_by(&self.db, from, to, LOOKED_AT).await
    }

    /// What was asked in the window of what the scope covers (a model covers no request); the last second may be missing.
    pub async fn asking(&self, scope: &Scope, window: Window) -> Result<Asking> {
        let (agent, tier) = match scope {
            Scope::All => ("", ""),
            Scope::Tier(tier) => ("", tier.as_str()),
            Scope::Agent(agent) => (agent.as_str(), ""),
            Scope::Model(_) => return Ok(Asking::default()),
        };
        let between = (window.from.as_millisecond(), window.to.as_millisecond());
        let found = store::asking(&self.db, between, LOOKED_AT, agent, tier).await?;
        let mut asking = Asking {
            people: found.people.unsigned_abs(),
            requests: found.requests.unsigned_abs(),
            runs: found.runs.unsigned_abs(),
            people_at_least: found.looked >= LOOKED_AT,
            requests_at_least: found.looked >= LOOKED_AT,
        };
        if asking.requests_at_least && !matches!(scope, Scope::Tier(_)) {
            // Buckets know agents, and so how many.
            let all = self.by_agent(window).await?;
            let of = |wanted: &dyn Fn(Agent) -> bool| {
                all.iter().filter(|of| wanted(of.agent)).map(|of| of.figures.requests).sum()
            };
            asking.requests = of(&|one| agent.is_empty() || one.as_str() == agent);
            asking.runs = of(&|one| one == Agent::Orchestrator);
            asking.requests_at_least = false;
        }
        Ok(asking)
    }

    /// Requests with keys of a tier, by agent, with what they cost together. As long as single requests are kept. Of more than
    /// 5,000 the newest are looked at, and the tier's share of each agent there is taken for its share of all: then `true`.
    pub(crate) async fn asked_by_tier(
        &self,
        tier: Tier,
        window: Window,
    ) -> Result<(Vec<(Agent, u64, MicroUsd)>, bool)> {
        let (from, to) = (window.from.as_millisecond(), window.to.as_millisecond());
        let rows = store::of_tier(&self.db, from, to, LOOKED_AT, tier.as_str()).await?;
        let about = rows.iter().map(|row| row.looked).sum::<i64>() >= LOOKED_AT;
        let all = if about { self.by_agent(window).await? } else { Vec::new() };
        let known = rows.into_iter().filter_map(|row| {
            let agent = Agent::parse(&row.agent)?;
            let of_all = all.iter().find(|of| of.agent == agent).map(|of| of.figures.requests as f64);
            let more = of_all.map_or(1.0, |requests| (requests / row.looked.max(1) as f64).max(1.0));
            let requests = (row.requests as f64 * more).round() as u64;
            Some((agent, requests, MicroUsd((row.cost_micro as f64 * more).round() as i64)))
        });
        Ok((known.filter(|(_, requests, _)| *requests > 0).collect(), about))
    }

    /// Writes the waiting requests; what cannot be written waits on.
    pub(crate) async fn flush_requests(&self) -> Result<()> {
        let mut wrote = false;
        loop {
            let events = self.telemetry.buffer().take_queue(WRITE);
            if events.is_empty() {
                break;
            }
            if let Err(error) = store::insert(&self.db, &events).await {
                let lost = self.telemetry.buffer().put_back(events);
                self.telemetry.metrics().dropped(lost);
                return Err(error);
            }
            wrote = true;
        }
        if wrote {
            self.events.publish(Topic::Requests, None);
        }
        Ok(())
    }

    /// Deletes requests older than `config.telemetry.raw_days`, in small steps.
    pub(crate) async fn drop_old_requests(&self) -> Result<()> {
        let before = self.clock.now_ms() - i64::from(self.config.telemetry.raw_days) * DAY;
        while store::delete_oldest(&self.db, before, 2_000).await? == 2_000 {}
        Ok(())
    }
}

pub(super) fn detail(event: &RequestEvent) -> RequestDetail {
    RequestDetail {
        row: RequestRow {
            id: event.request_id.clone(),
            at: crate::clock::at(event.at.as_millisecond()),
            method: event.method.clone(),
            route: event.route.clone(),
            status: event.status,
            error_type: event.error_type.clone(),
            duration_us: event.duration_us,
            tenant: event.tenant.as_ref().map(|tenant| tenant.as_str().to_owned()),
            user: event.user.as_ref().map(|user| user.as_str().to_owned()),
            agent: event.agent,
            engine: event.engine,
            release: event.release.clone(),
            degraded: event.degraded,
            cost: event.cost,
            demo: event.demo,
        },
        degraded_reason: event.degraded_reason.clone(),
        key_prefix: event.key_prefix.clone(),
        tier: event.tier.as_ref().and_then(word),
        archetype: event.archetype.as_ref().and_then(word),
        decision: event.decision.as_ref().and_then(word),
        attempts: event.attempts,
        tokens_in: event.tokens.input,
        tokens_out: event.tokens.output,
        provider_us: event.provider_us,
        steps: event.steps.iter().cloned().map(StepRow::from).collect(),
    }
}

/// The word that an enum has on the wire.
fn word(value: impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
