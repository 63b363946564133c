//! What a policy would have done in the last 24 hours: the ledger's calls played again, against the caps of now.
//!
//! What a call saved stays out of its sums for the calls after it, as it would have. What nobody can know is said: whether
//! words were kept for a question, and the calls that the policy of that time had kept from being made.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use domain::access::Tier;
use domain::agent::{Agent, TokenUse};
use domain::cap::book::Book;
use domain::cost_day::CostDay;
use domain::degrade::Policy;
use domain::degrade::decide::{Filling, decide, is_weaker};
use domain::degrade::throttle::Throttle;
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, CallRow};
use crate::Ops;
use crate::clock::at;
use crate::cost::LedgerRow;
use crate::cost::scopes::{Scope, limits};
use crate::cost::store::fullest;
use crate::error::Result;

const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Calls played again at most; the newest.
const MOST_CALLS: i64 = 50_000;
/// Sums read to begin with.
const MOST_SUMS: i64 = 100_000;

/// Calls, and answers, that a step would have hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct GivenUp {
    /// Written by a cheaper model.
    pub cheaper: u64,
    /// Beyond the throttle.
    pub throttled: u64,
    /// Written by the planner.
    pub planner: u64,
    /// Kept words would have been looked for first; whether there were any nobody knows, so none of their cost is saved here.
    pub kept_words_first: u64,
}

/// What an agent's policy would have done.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DegradePreview {
    pub agent: Agent,
    pub steps: Vec<String>,
    /// The calls looked at are of then on: 24 hours, or as far as 50,000 calls of everybody reach.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Of the agent.
    pub calls: u64,
    pub answers: u64,
    /// Answers with a call that would have been hit.
    pub answers_hit: u64,
    pub calls_hit: GivenUp,
    pub spent_usd: f64,
    pub saved_usd: f64,
    /// Whether setting it allows what the policy in force does not: needs an operator with their password.
    pub weaker: bool,
}

impl Ops {
    /// What `steps`, one a line, would have done as the policy of `agent`. With `None`: what the policy in force would.
    ///
    /// # Errors
    /// `Invalid` names `steps`.
    pub async fn degrade_preview(&self, agent: Agent, steps: Option<&str>) -> Result<DegradePreview> {
        let known = self.gateway.policies.get().of(agent).cloned().unwrap_or_default();
        let policy = match steps {
            Some(steps) => self.parse_policy(agent, steps)?,
            None => known.clone(),
        };
        let now = self.clock.now();
        let (from, to) = ((now - WINDOW).as_millisecond(), now.as_millisecond() + 1);
        let mut calls = store::calls(self.db.read(), from, to, MOST_CALLS).await?;
        let cut = calls.len() as i64 == MOST_CALLS;
        calls.reverse();
        let since = calls.first().filter(|_| cut).map_or(at(from), |first| at(first.at));
        let mut windows: BTreeSet<String> = calls.iter().map(|call| call.day.clone()).collect();
        windows.extend(calls.iter().filter_map(|call| call.day.get(..7).map(str::to_owned)));
        let mut sums = HashMap::new();
        let windows: Vec<String> = windows.into_iter().collect();
        for pair in windows.chunks(2) {
            let both = [pair[0].clone(), pair[pair.len() - 1].clone()];
            sums.extend(fullest(self.db.read(), &both, MOST_SUMS).await?);
        }
        let book = self.gateway.today.caps.get().book.clone();
        let essential = self.gateway.today.essential.is(agent);
        let weaker = is_weaker(&policy, &known, essential, &self.gateway.models.priced());
        let mut replay = Replay {
            ops: self,
            agent,
            policy: &policy,
            book,
            sums,
            throttle: Throttle::default(),
            told: Told::default(),
        };
        replay.rewind(&calls);
        for call in &calls {
            replay.play(call);
        }
        let Told { calls, answers, hit, given_up, spent, saved } = replay.told;
        Ok(DegradePreview {
            agent,
            steps: policy.steps().iter().map(ToString::to_string).collect(),
            since,
            calls,
            answers: answers.len() as u64,
            answers_hit: hit.len() as u64,
            calls_hit: given_up,
            spent_usd: spent.usd(),
            saved_usd: saved.usd(),
            weaker,
        })
    }
}

struct Replay<'a> {
    ops: &'a Ops,
    agent: Agent,
    policy: &'a Policy,
    book: Book,
    /// As they would be: first at the end of the window, then rewound to its beginning, then played forward.
    sums: HashMap<Scope, MicroUsd>,
    throttle: Throttle,
    told: Told,
}

#[derive(Default)]
struct Told {
    calls: u64,
    answers: BTreeSet<String>,
    hit: BTreeSet<String>,
    given_up: GivenUp,
    spent: MicroUsd,
    saved: MicroUsd,
}

impl Replay<'_> {
    fn limits(&self, call: &CallRow) -> Vec<crate::cost::scopes::Limit> {
        let (Some(row), today) = (row_of(call), &self.ops.gateway.today) else { return Vec::new() };
        let day = CostDay::at(row.at, &today.zone);
        limits(&row, day.key(), &self.book, self.ops.clock.now(), &today.essential)
    }

    /// Takes the calls out of the sums again.
    fn rewind(&mut self, calls: &[CallRow]) {
        for call in calls {
            for limit in self.limits(call) {
                let sum = self.sums.entry(limit.scope).or_default();
                *sum = (*sum - MicroUsd(call.settled_micro)).max(MicroUsd::ZERO);
            }
        }
    }

    fn play(&mut self, call: &CallRow) {
        let limits = self.limits(call);
        let mut cost = MicroUsd(call.settled_micro);
        if call.agent == self.agent.as_str() {
            let spent = |scope: &Scope| self.sums.get(scope).copied().unwrap_or_default();
            let fillings: Vec<Filling> =
                limits.iter().filter_map(|limit| limit.filling(spent(&limit.scope))).collect();
            cost = self.hit(call, &fillings);
        }
        for limit in limits {
            *self.sums.entry(limit.scope).or_default() += cost;
        }
    }

    /// What a call of the agent would have cost.
    fn hit(&mut self, call: &CallRow, fillings: &[Filling]) -> MicroUsd {
        let paid = MicroUsd(call.settled_micro);
        let models = self.ops.gateway.models.priced();
        let essential = self.ops.gateway.today.essential.is(self.agent);
        let allowed = decide(self.policy, essential, fillings, &models);
        let told = &mut self.told;
        told.calls += 1;
        told.spent += paid;
        told.answers.insert(call.request_id.clone());
        if allowed.kept_words.is_some() {
            told.given_up.kept_words_first += 1;
            told.hit.insert(call.request_id.clone());
        }
        let ms = Duration::from_millis(call.at.unsigned_abs());
        let cost = if allowed.planner.is_some() {
            told.given_up.planner += 1;
            MicroUsd::ZERO
        } else if allowed.throttle.is_some_and(|(most, _)| self.throttle.take(most, ms).is_err()) {
            told.given_up.throttled += 1;
            MicroUsd::ZERO
        } else {
            let all = self.ops.gateway.models.all();
            let wrote = all.iter().find(|model| Some(&model.name) == call.model.as_ref());
            let dear = wrote.is_some_and(|model| allowed.too_dear(model.price.blended()).is_some());
            let cheaper = all.iter().find(|model| allowed.too_dear(model.price.blended()).is_none());
            match cheaper.filter(|_| dear) {
                Some(model) => {
                    told.given_up.cheaper += 1;
                    model.price.cost(tokens(call)).min(paid)
                }
                None => return paid,
            }
        };
        told.saved += paid - cost;
        told.hit.insert(call.request_id.clone());
        cost
    }
}

fn tokens(call: &CallRow) -> TokenUse {
    TokenUse {
        input: call.input_tokens.unsigned_abs(),
        cached_input: call.cached_input_tokens.unsigned_abs(),
        cache_write: call.cache_write_tokens.unsigned_abs(),
        output: call.output_tokens.unsigned_abs(),
        reasoning: 0,
    }
}

/// `None`: a row of an agent or tier that there no longer is.
fn row_of(call: &CallRow) -> Option<LedgerRow> {
    Some(LedgerRow {
        request_id: String::new(),
        at: at(call.at),
        tenant: TenantId::parse(&call.tenant).ok()?,
        user: call.user_id.as_deref().and_then(|user| UserId::parse(user).ok()),
        agent: Agent::parse(&call.agent)?,
        tier: Tier::parse(&call.tier).ok()?,
        key_prefix: call.key_prefix.clone(),
        release: String::new(),
        model: call.model.clone(),
        price_version: None,
        reserved: MicroUsd::ZERO,
        settled: MicroUsd(call.settled_micro),
    })
}
