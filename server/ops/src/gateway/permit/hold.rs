//! The worst case of one model call, held while the model is asked. The provider client is called with it, so that a call
//! without one does not compile.
//!
//! Settling replaces the worst case by what the call really cost; dropped without settling (the client went away, a panic),
//! it costs the worst case, and after kill -9 the lease that covered it does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::agent::TokenUse;
use domain::money::MicroUsd;

use super::Permit;
use crate::Ops;
use crate::cost::Call;
use crate::gateway::limits::TokensHeld;

/// The worst case of one model call, held in the ledger. The provider client is called with it.
#[must_use = "settle it when the call has ended, whatever its end"]
pub struct Hold {
    ops: Ops,
    call: Arc<Call>,
    tokens: Option<TokensHeld>,
    settled: bool,
}

impl Hold {
    pub(super) fn new(ops: Ops, call: Arc<Call>, tokens: TokensHeld) -> Self {
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

    /// The call did not leave after all: it costs nothing, and is none in its run.
    pub(crate) fn withdraw(mut self, permit: &Permit) {
        permit.withdraw_call(self.bound());
        self.end(MicroUsd::ZERO, TokenUse::default());
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

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hold").field("call", &self.call).finish_non_exhaustive()
    }
}
