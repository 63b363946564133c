//! The right to answer one request. Only admission makes one, so no way to a model leads around it.
//!
//! A permit starts free: it costs nothing and writes nothing. Before a model is called, the call's worst case is
//! [held](Hold). What the request used, and the limits of its run, are kept here.

mod hold;
mod reserve;

pub use hold::Hold;
pub use reserve::Reserve;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use domain::agent::{Agent, TokenUse, Usage};
use domain::id::UserId;
use domain::money::MicroUsd;
use domain::release::AgentSettings;
use domain::run_limit::{Run, RunLimit, RunLimits};

use super::Admission;
use super::limits::{Admitted, Allowance, Asked, Running};
use super::policy::AllowedNow;
use super::waited::Waited;
use crate::Ops;
use crate::access::Caller;
use crate::cost::Spender;
use crate::releases::Served;
use crate::workflows::Claim;

#[must_use = "settle it when the request is answered"]
pub struct Permit {
    ops: Ops,
    spender: Spender,
    release: Served,
    allowances: Vec<Allowance>,
    run_limits: RunLimits,
    /// Counts as under way until the permit is gone.
    _running: Running,
    /// Of a workflow: its claim, so that every call is written down before it leaves.
    workflow: OnceLock<Claim>,
    state: Mutex<State>,
}

struct State {
    /// Limits of tokens that the request's model calls meet.
    tokens: Vec<Asked>,
    degraded: Option<&'static str>,
    used: Usage,
    run: Run,
    /// The first limit of the run that was reached.
    limited: Option<RunLimit>,
    waited: Waited,
    settled: bool,
}

/// Held while a model is being asked for the request.
pub(super) struct Asking<'a>(&'a Permit);

impl Permit {
    pub(super) fn new(
        ops: Ops,
        caller: Caller,
        ask: Admission,
        admitted: Admitted,
        release: Served,
        degraded: Option<&'static str>,
    ) -> Self {
        ops.gateway.in_flight.begin(ask.agent, caller.tier);
        let Admission { request_id, agent, user } = ask;
        let spender = Spender { request_id, agent, user, caller, release: release.id.clone() };
        let run_limits = ops.config.run_limits.of(agent);
        let Admitted { running, allowances, tokens } = admitted;
        let (used, run) = (Usage::default(), Run::default());
        let state = Mutex::new(State {
            tokens,
            degraded,
            used,
            run,
            limited: None,
            waited: Waited::default(),
            settled: false,
        });
        Self {
            ops,
            spender,
            release,
            allowances,
            run_limits,
            _running: running,
            workflow: OnceLock::new(),
            state,
        }
    }

    pub fn request_id(&self) -> &str {
        &self.spender.request_id
    }

    pub fn agent(&self) -> Agent {
        self.spender.agent
    }

    pub fn user(&self) -> Option<&UserId> {
        self.spender.user.as_ref()
    }

    pub fn caller(&self) -> &Caller {
        &self.spender.caller
    }

    /// Id of the release picked at admission: it stays, whatever is rolled back meanwhile.
    pub fn release(&self) -> &str {
        &self.release.id
    }

    pub fn settings(&self) -> &Arc<AgentSettings> {
        &self.release.settings
    }

    /// Why this answer must do without a model and without `force_refresh`; `None`: nothing is taken away.
    pub fn degraded(&self) -> Option<&'static str> {
        self.state().degraded
    }

    /// Likewise for the part of `agent` in a run of the orchestrator: its shutoff takes nothing from the other parts.
    pub(crate) fn degraded_for(&self, agent: Agent) -> Option<&'static str> {
        self.degraded().or_else(|| {
            let part = (agent != self.spender.agent).then_some(agent)?;
            Some(self.ops.shutoff_for(part, self.spender.caller.tier)?.scope.taken_by())
        })
    }

    /// What is left of the limits that the request passed; of tokens by what its calls used until now.
    pub fn allowances(&self) -> Vec<Allowance> {
        let tokens = self.state().tokens.clone();
        let mut all = self.allowances.clone();
        all.extend(self.ops.gateway.limits.allowances(&tokens));
        all
    }

    /// What the request has cost so far, and how long it waited for models.
    pub fn used(&self) -> Usage {
        self.state().used()
    }

    /// A model is being asked until this is dropped.
    pub(super) fn asking(&self) -> Asking<'_> {
        self.state().waited.begin(Instant::now());
        Asking(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the degrade policy of `agent` allows a call for this request now.
    pub(crate) fn allowed(&self, agent: Agent) -> AllowedNow {
        self.ops.allowed_now(&Spender { agent, ..self.spender.clone() }, self.ops.clock.now())
    }

    /// It answers for a workflow that has used this much before: its limits hold for all of it.
    pub(crate) fn of_workflow(&self, claim: Claim, before: Run) {
        // Set once, before anything is asked.
        let _ = self.workflow.set(claim);
        self.state().run = before;
    }

    /// The claim of the workflow that it answers for.
    pub(crate) fn workflow(&self) -> Option<&Claim> {
        self.workflow.get()
    }

    /// The limit of this run that was reached, if any was.
    pub(crate) fn limited(&self) -> Option<RunLimit> {
        self.state().limited
    }

    /// A part of the run is about to begin, or a tool about to be used: it counts whatever comes of it.
    ///
    /// # Errors
    /// The run has had as many as it may.
    pub(crate) fn begin_step(&self) -> Result<(), RunLimit> {
        let begun = self.state().run.begin_step(&self.run_limits);
        begun.inspect_err(|limit| self.reached(*limit))
    }

    fn reached(&self, limit: RunLimit) {
        let first = {
            let mut state = self.state();
            let first = state.limited.is_none();
            state.limited.get_or_insert(limit);
            first
        };
        if first {
            self.ops.telemetry.metrics().run_limited(self.spender.agent, limit.as_str());
        }
    }

    /// A call of this request has ended.
    pub(crate) fn settle_call(&self, hold: Hold, cost: MicroUsd, tokens: TokenUse) {
        {
            let mut state = self.state();
            state.used.cost += cost;
            state.used.attempts += 1;
            state.used.tokens += tokens;
            state.run.end_call(hold.bound(), cost);
        }
        hold.settle(cost, tokens);
    }

    /// A call that was counted in the run did not leave.
    fn withdraw_call(&self, bound: MicroUsd) {
        self.state().run.withdraw_call(bound);
    }

    /// The request is answered, or refused; a call that is still being booked says the rest.
    pub(super) fn close(&self) {
        self.state().settled = true;
    }

    /// The request is answered; returns what it cost.
    pub fn settle(self) -> Usage {
        let mut state = self.state();
        state.settled = true;
        state.used()
    }
}

impl State {
    fn used(&self) -> Usage {
        let waited = self.waited.total(Instant::now());
        Usage { provider_us: u64::try_from(waited.as_micros()).unwrap_or(u64::MAX), ..self.used }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.state().waited.end(Instant::now());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.ops.gateway.in_flight.end(self.spender.agent, self.spender.caller.tier);
        let state = self.state();
        if !state.settled {
            self.ops.gateway.counters.unsettled.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                request_id = %self.spender.request_id,
                agent = self.spender.agent.as_str(),
                cost = state.used.cost.0,
                "a permit was dropped without settling"
            );
        }
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit")
            .field("request_id", &self.spender.request_id)
            .field("agent", &self.spender.agent)
            .field("release", &self.release.id)
            .field("degraded", &self.degraded())
            .finish_non_exhaustive()
    }
}
