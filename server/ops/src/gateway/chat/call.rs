//! One model call that holds money until it has ended. Given up half-way (the client went away), it is booked at its worst case,
//! because nobody knows better: never left open.

use std::sync::Arc;

use domain::agent::TokenUse;
use domain::money::MicroUsd;

use crate::gateway::{Hold, Permit};

pub(super) struct Call {
    permit: Arc<Permit>,
    hold: Option<Hold>,
}

impl Call {
    pub(super) fn new(permit: &Arc<Permit>, hold: Hold) -> Self {
        Self { permit: Arc::clone(permit), hold: Some(hold) }
    }

    /// `None` only after the end.
    pub(super) fn hold(&self) -> Option<&Hold> {
        self.hold.as_ref()
    }

    pub(super) fn end(&mut self, cost: MicroUsd, tokens: TokenUse) {
        if let Some(hold) = self.hold.take() {
            self.permit.settle_call(hold, cost, tokens);
        }
    }
}

impl Call {
    /// It did not leave.
    pub(super) fn withdraw(mut self) {
        if let Some(hold) = self.hold.take() {
            hold.withdraw(&self.permit);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(bound) = self.hold.as_ref().map(Hold::bound) {
            self.end(bound, TokenUse::default());
        }
    }
}
