//! Who attempts what their role or scope does not allow leaves an audit entry: one a minute of each actor and action, so that a
//! program that tries on and on does not fill the log.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::access::{Action, Scope};

use super::{Actor, Caller};
use crate::Ops;
use crate::error::{Error, Result};

const EVERY_MS: i64 = 60_000;
/// Actors and actions a minute. Beyond, a refusal shows among the requests only.
const MOST: usize = 1_000;

/// When a refusal was last written, by actor and action. In memory: after a restart one more is.
#[derive(Default)]
pub(super) struct Written(Mutex<HashMap<(String, &'static str), i64>>);

impl Written {
    fn lock(&self) -> MutexGuard<'_, HashMap<(String, &'static str), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True: nobody wrote this in the last minute, and who asks does now.
    fn begin(&self, of: &(String, &'static str), now: i64) -> bool {
        let mut written = self.lock();
        written.retain(|_, at| now - *at < EVERY_MS);
        let due = written.len() < MOST && !written.contains_key(of);
        if due {
            written.insert(of.clone(), now);
        }
        due
    }
}

impl Ops {
    /// The role or scope check that every change passes first. A refusal is written down: never call it inside a transaction.
    ///
    /// # Errors
    /// `Forbidden` says what it needs.
    pub async fn allow(&self, actor: &Actor, action: Action) -> Result<()> {
        let allowed = actor.require(action);
        if let Err(refused) = &allowed {
            self.write_refused(actor, action.as_str(), refused).await;
        }
        allowed
    }

    /// Likewise of a key before it changes operations.
    ///
    /// # Errors
    /// `Forbidden` names the scope.
    pub async fn allow_scope(&self, caller: &Caller, scope: Scope) -> Result<()> {
        let allowed = caller.require(scope);
        if let Err(refused) = &allowed {
            self.write_refused(&caller.actor(), scope.as_str(), refused).await;
        }
        allowed
    }

    /// A store that does not take the entry makes no refusal another error.
    pub(crate) async fn write_refused(&self, actor: &Actor, what: &'static str, refused: &Error) {
        let of = (actor.label(), what);
        if !self.access.refused.begin(&of, self.clock.now_ms()) {
            return;
        }
        let detail = format!("refused: {refused}");
        if let Err(error) = self.audit_alone(actor, "access.refused", what, &detail).await {
            self.access.refused.lock().remove(&of);
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a refusal could not be written to the audit log");
        }
    }
}
