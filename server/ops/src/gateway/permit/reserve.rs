//! Asking for one model call: shutoff, run limits, degrade policy, tokens, then money; where only calls in flight stand in
//! the way, waiting for them. Whatever code asks, and however often, it is asked here.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::agent::Agent;
use domain::money::MicroUsd;

use super::{Hold, Permit};
use crate::cost::{CostRefusal, Estimate, Spender};
use crate::error::{Error, Result};
use crate::gateway::limits::{Refused, TokensHeld, TokensRefused};
use crate::gateway::policy::{Denied, Place};

/// How long a call waits for others to settle before it gives way to the planner.
const PATIENCE: Duration = Duration::from_secs(10);
/// With no call of this process in flight, what is held is another instance's, or of calls that nobody settles any more.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(1);
/// A store that does not answer must not hold up an answer that a planner could give.
const STORE_PATIENCE: Duration = Duration::from_secs(15);
/// Even in the last moment of an answer: its turn at the store takes milliseconds, and is no reason to give way.
const LEAST_STORE_PATIENCE: Duration = Duration::from_secs(2);
/// Another instance's settling is seen by asking again.
const ASK_AGAIN: Duration = Duration::from_millis(250);

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
pub struct Limited(pub(in crate::gateway) Refused);

impl Permit {
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
                let begun = self.begin_call(call.bound).and_then(|mut begun| {
                    begun.place = self.ops.pass_policy(&spender, call.model)?;
                    Ok(begun)
                });
                match begun {
                    Ok(begun) => counted = Some(begun),
                    Err(denied) => return Ok(Reserve::Denied(denied)),
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
            let left = until.saturating_duration_since(Instant::now());
            let patience = left.clamp(LEAST_STORE_PATIENCE, STORE_PATIENCE);
            let asked = tokio::time::timeout(patience, self.ops.reserve_cost(&spender, call)).await;
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
                            let latched = self.ops.latch_at_ceiling(refusal.spent_usd).await;
                            if let Err(error) = latched {
                                // The next refusal tries again; this one holds without it.
                                tracing::error!(
                                    error = &error as &dyn std::error::Error,
                                    "no latch at the ceiling"
                                );
                            }
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

    /// Counts a call in the run before anything is asked for it; whoever drops it unsent takes it out again.
    fn begin_call(&self, bound: MicroUsd) -> Result<Begun<'_>, Denied> {
        let begun = self.state().run.begin_call(&self.run_limits, bound);
        begun.map(|()| Begun { permit: self, bound, place: None, left: false }).map_err(|limit| {
            self.reached(limit);
            let reason = limit.to_string();
            Denied { detail: reason.clone(), reason, step: "run-limit", next: false, wait: None }
        })
    }
}

/// A call that counts in its run, and in its agent's throttle, and has not left.
struct Begun<'a> {
    permit: &'a Permit,
    bound: MicroUsd,
    place: Option<Place>,
    left: bool,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.left {
            self.permit.state().run.withdraw_call(self.bound);
            if let Some(place) = &self.place {
                self.permit.ops.gateway.throttles.give_back(place);
            }
        }
    }
}
