//! The right to answer one request. Only admission makes one, so no way to a model leads around it.
//!
//! A permit starts free: it costs nothing and writes nothing. Before a model is called, the call's worst case is held;
//! the provider client asks for that [`Hold`], so that a call without one does not compile. Settling a hold replaces the
//! worst case by what the call really cost; dropped without settling (the client went away, a panic), it costs the worst
//! case, and after kill -9 the lease that covered it does.
//! Here too the limits of one run are kept, and the agent's degrade policy: whatever code asks, and however often.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::agent::{Agent, TokenUse, Usage};
use domain::id::UserId;
use domain::money::MicroUsd;
use domain::release::AgentSettings;
use domain::run_limit::{Run, RunLimit, RunLimits};

use super::Admission;
use super::limits::{Admitted, Allowance, Asked, Refused, Running, TokensHeld, TokensRefused};
use super::policy::{AllowedNow, Denied};
use super::waited::Waited;
use crate::Ops;
use crate::access::Caller;
use crate::cost::{Call, CostRefusal, Estimate, Spender};
use crate::error::{Error, Result};
use crate::releases::Served;

/// How long a call waits for others to settle before it gives way to the planner.
const PATIENCE: Duration = Duration::from_secs(10);
/// With no call of this process in flight, what is held is another instance's, or of calls that nobody settles any more.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(1);
/// A store that does not answer must not hold up an answer that a planner could give.
const STORE_PATIENCE: Duration = Duration::from_secs(15);
/// Another instance's settling is seen by asking again.
const ASK_AGAIN: Duration = Duration::from_millis(250);

#[must_use = "settle it when the request is answered"]
pub struct Permit {
    ops: Ops,
    spender: Spender,
    release: Served,
    allowances: Vec<Allowance>,
    run_limits: RunLimits,
    /// Counts as under way until the permit is gone.
    _running: Running,
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

/// Whether a model may be called.
#[derive(Debug)]
pub enum Reserve {
    Granted(Hold),
    /// A cap stands in the way: answer by the planner.
    Refused(CostRefusal),
    /// So many tokens are not left in a window.
    Limited(Box<Limited>),
    /// No limit was asked: a shutoff or the ladder takes models away, for this reason.
    Withheld(&'static str),
    /// The agent's degrade policy keeps the call back, or a limit of this run does.
    Denied(Denied),
}

/// A limit of tokens that a model call did not fit into.
#[derive(Debug)]
pub struct Limited(pub(super) Refused);

/// The worst case of one model call, held in the ledger. The provider client is called with it.
#[must_use = "settle it when the call has ended, whatever its end"]
pub struct Hold {
    ops: Ops,
    call: Arc<Call>,
    tokens: Option<TokensHeld>,
    settled: bool,
}

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
        Self { ops, spender, release, allowances, run_limits, _running: running, state }
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

    /// Counts a call in the run before anything is asked for it; whoever drops it unsent takes it out again.
    fn begin_call(&self, bound: MicroUsd) -> Result<Begun<'_>, Denied> {
        let begun = self.state().run.begin_call(&self.run_limits, bound);
        begun.map(|()| Begun { permit: self, bound, left: false }).map_err(|limit| {
            self.reached(limit);
            let reason = limit.to_string();
            Denied { detail: reason.clone(), reason, step: "run-limit", next: false, wait: None }
        })
    }

    /// Holds one model call of `agent` in every sum it counts in. Must come before the call leaves. What was decided since
    /// admission counts: a shutoff set meanwhile lets no further call out. Where only calls in flight stand in the way,
    /// it waits for them: ten seconds, one where none of them is ours, and no longer than `until`.
    pub(crate) async fn reserve(&self, agent: Agent, call: &Estimate<'_>, until: Instant) -> Result<Reserve> {
        let began = Instant::now();
        let spender = Spender { agent, ..self.spender.clone() };
        let mut counted = None;
        loop {
            if self.degraded().is_none() {
                let shutoff = self.ops.shutoff_for(self.spender.agent, self.spender.caller.tier);
                self.state().degraded = self.ops.without_model(self.spender.agent, shutoff.as_ref());
            }
            let withheld = self.degraded_for(agent).or_else(|| self.ops.model_withheld(call.model));
            if let Some(reason) = withheld {
                return Ok(Reserve::Withheld(reason));
            }
            if counted.is_none() {
                let denied = match self.begin_call(call.bound) {
                    Ok(begun) => {
                        counted = Some(begun);
                        self.ops.denied_by_policy(&spender, call.model).err()
                    }
                    Err(denied) => Some(denied),
                };
                if let Some(denied) = denied {
                    return Ok(Reserve::Denied(denied));
                }
            }
            let mut freed = std::pin::pin!(self.ops.gateway.freed.notified());
            freed.as_mut().enable();
            let tokens = match self.take_tokens(&spender, call) {
                Ok(tokens) => tokens,
                Err(refused) => {
                    let left = until.min(began + PATIENCE).saturating_duration_since(Instant::now());
                    match refused.wait.filter(|wait| *wait <= left) {
                        Some(wait) => {
                            let _ = tokio::time::timeout(wait.min(ASK_AGAIN), freed).await;
                            continue;
                        }
                        None => return Ok(Reserve::Limited(Box::new(self.without_room(&refused)))),
                    }
                }
            };
            let asked = tokio::time::timeout(STORE_PATIENCE, self.ops.reserve_cost(&spender, call)).await;
            let late = |_| Error::internal("reserving money", "the store did not answer in time");
            match asked.map_err(late)?? {
                Ok(call) => {
                    // There may be room for one more who waits.
                    self.ops.gateway.freed.notify_one();
                    if let Some(begun) = &mut counted {
                        begun.left = true;
                    }
                    return Ok(Reserve::Granted(Hold::new(self.ops.clone(), call, tokens)));
                }
                Err(refusal) => {
                    // All or none: whoever waits for money holds no tokens meanwhile.
                    drop(tokens);
                    let ours = self.ops.gateway.holds.load(Ordering::Relaxed) > 0;
                    let patience = if ours { PATIENCE } else { PATIENCE_WITH_OTHERS };
                    let left = until.min(began + patience).saturating_duration_since(Instant::now());
                    if !refusal.may_wait || left.is_zero() {
                        self.ops.gateway.freed.notify_one();
                        if refusal.at_ceiling {
                            self.ops.latch_at_ceiling(refusal.spent_usd).await?;
                        }
                        return Ok(Reserve::Refused(refusal));
                    }
                    // Woken or not, it asks again.
                    let _ = tokio::time::timeout(left.min(ASK_AGAIN), freed).await;
                }
            }
        }
    }

    /// Likely tokens in every limit that the call meets, or in none.
    fn take_tokens(
        &self,
        spender: &Spender,
        call: &Estimate<'_>,
    ) -> std::result::Result<TokensHeld, TokensRefused> {
        let Spender { agent, user, caller, .. } = spender;
        let limits = &self.ops.gateway.limits;
        let held = limits.take_tokens(caller, *agent, user.as_ref(), call.model, call.tokens)?;
        let mut state = self.state();
        for limit in held.asked() {
            if !state.tokens.iter().any(|known| known.is_same(limit)) {
                state.tokens.push(limit.clone());
            }
        }
        drop(state);
        Ok(held)
    }

    fn without_room(&self, refused: &TokensRefused) -> Limited {
        let known = self.state().tokens.clone();
        let mut refused = self.ops.gateway.limits.refuse_tokens(refused, &known);
        refused.allowances.splice(0..0, self.allowances.iter().cloned());
        self.ops.count_limited(&refused, self.spender.caller.tier);
        Limited(refused)
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

/// A call that counts in its run and has not left.
struct Begun<'a> {
    permit: &'a Permit,
    bound: MicroUsd,
    left: bool,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.left {
            self.permit.state().run.withdraw_call(self.bound);
        }
    }
}

impl Hold {
    fn new(ops: Ops, call: Arc<Call>, tokens: TokensHeld) -> Self {
        ops.gateway.holds.fetch_add(1, Ordering::Relaxed);
        Self { ops, call, tokens: Some(tokens), settled: false }
    }

    /// The most this call may cost.
    pub fn bound(&self) -> MicroUsd {
        self.call.bound()
    }

    pub(crate) fn settle(mut self, cost: MicroUsd, tokens: TokenUse) {
        self.end(cost, tokens);
    }

    fn end(&mut self, cost: MicroUsd, tokens: TokenUse) {
        self.settled = true;
        if let Some(held) = self.tokens.take() {
            // What cost something without a count was used, nobody knows how much.
            held.settle(tokens, tokens != TokenUse::default() || cost == MicroUsd::ZERO);
        }
        self.ops.settle_call_cost(&self.call, cost, tokens);
        self.ops.gateway.freed.notify_one();
    }
}

/// Who went away without settling leaves the worst case: nobody knows better.
impl Drop for Hold {
    fn drop(&mut self) {
        if !self.settled {
            self.end(self.bound(), TokenUse::default());
        }
        self.ops.gateway.holds.fetch_sub(1, Ordering::Relaxed);
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

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hold").field("call", &self.call).finish_non_exhaustive()
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
