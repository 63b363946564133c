//! What a session left open must not do: a person types their password again, and a refusal is written down.

use domain::access::Action;

use super::Actor;
use crate::Ops;
use crate::error::{Error, Result};

/// Something that raises risk.
#[derive(Debug)]
pub(crate) struct StepUp<'a> {
    /// What the person's role must allow.
    pub(crate) action: Action,
    /// The field's fault where there is none: `is needed to raise or take away a cap`.
    pub(crate) without: &'a str,
    /// Why it takes a person, and where they can: `it lets more be spent: the console's page Caps`.
    pub(crate) because: &'a str,
    /// A refusal as the audit log has it: action, subject, detail.
    pub(crate) refused: (&'a str, &'a str, &'a str),
}

impl Ops {
    /// A person whose role allows it, with their password again.
    ///
    /// # Errors
    /// `Forbidden` for keys and for roles that may not; `Invalid` names `password`; `TooMany` after too many wrong ones.
    pub(crate) async fn step_up(&self, actor: &Actor, ask: &StepUp<'_>, password: &str) -> Result<()> {
        let refused = match actor {
            Actor::Person { email, .. } => match actor.require(ask.action) {
                Ok(()) if password.is_empty() => Error::invalid("password", ask.without),
                // A wrong one is audited as a failed sign-in.
                Ok(()) => return self.confirm_password(email, password).await,
                Err(refused) => refused,
            },
            _ => {
                Error::Forbidden { needs: format!("a person with a fresh sign-in, because {}", ask.because) }
            }
        };
        let (action, subject, detail) = ask.refused;
        self.audit_alone(actor, action, subject, detail).await?;
        Err(refused)
    }
}
