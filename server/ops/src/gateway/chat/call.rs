//! One model call that holds money until it has ended. Given up half-way (the client went away), it is booked at its worst case,
//! because nobody knows better: never left open.

use std::sync::Arc;

use domain::agent::TokenUse;
use domain::money::MicroUsd;

use crate::Ops;
use crate::error::Result;
use crate::gateway::{Hold, Permit};

pub(super) struct Call {
    ops: Ops,
    permit: Arc<Permit>,
    hold: Option<Hold>,
}

impl Call {
    pub(super) fn new(ops: &Ops, permit: &Arc<Permit>, hold: Hold) -> Self {
        Self { ops: ops.clone(), permit: Arc::clone(permit), hold: Some(hold) }
    }

    /// `None` only after the end.
    pub(super) fn hold(&self) -> Option<&Hold> {
        self.hold.as_ref()
    }

    pub(super) async fn end(mut self, cost: MicroUsd, tokens: TokenUse) -> Result<()> {
        match self.hold.take() {
            Some(hold) => self.permit.settle_call(hold, cost, tokens).await,
            None => Ok(()),
        }
    }

    /// Likewise where nobody can wait for it.
    pub(super) fn end_later(&mut self, cost: MicroUsd, tokens: TokenUse) {
        let Some(hold) = self.hold.take() else { return };
        // Without a runtime (it is being dropped) the sweeper books it.
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let permit = Arc::clone(&self.permit);
        self.ops.jobs.spawn(async move {
            if let Err(error) = permit.settle_call(hold, cost, tokens).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(request.id = permit.request_id(), error, "a call could not be booked");
            }
        });
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(bound) = self.hold.as_ref().map(Hold::bound) {
            self.end_later(bound, TokenUse::default());
        }
    }
}
