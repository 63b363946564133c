//! Who does something: a person of the console, an app with a key, the command line, or the service itself.

use domain::access::{Action, Role, Scope, Tier};
use domain::id::TenantId;

use crate::error::{Error, Result};

/// Whoever changes something. Ends up in the audit log by [`Actor::label`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Person {
        id: String,
        email: String,
        role: Role,
    },
    /// An app acting for machines (`ops:read`, `ops:act`).
    Key {
        id: String,
        prefix: String,
        scopes: Vec<Scope>,
    },
    /// Somebody with a shell on the machine: the command line.
    CommandLine,
    /// A background task, by its name.
    System(&'static str),
}

impl Actor {
    /// `email`, `key:<prefix>`, `command-line` or `system:<task>`.
    pub fn label(&self) -> String {
        match self {
            Self::Person { email, .. } => email.clone(),
            Self::Key { prefix, .. } => format!("key:{prefix}"),
            Self::CommandLine => "command-line".to_owned(),
            Self::System(task) => format!("system:{task}"),
        }
    }

    /// The check of a role or scope, where a refusal need not be written down; every change passes [`Ops::allow`](crate::Ops::allow).
    pub fn require(&self, action: Action) -> Result<()> {
        let allowed = match self {
            Self::Person { role, .. } => role.may(action),
            Self::Key { scopes, .. } => match action {
                Action::SeeOperations => scopes.contains(&Scope::OpsRead),
                Action::HandleIncident
                | Action::CutCost
                | Action::RestoreSpending
                | Action::Reconcile
                | Action::RollBack => scopes.contains(&Scope::OpsAct),
                _ => false,
            },
            Self::CommandLine | Self::System(_) => true,
        };
        if allowed {
            return Ok(());
        }
        match self {
            Self::Key { .. } => {
                let scope = if action == Action::SeeOperations { Scope::OpsRead } else { Scope::OpsAct };
                Err(Error::Forbidden { needs: format!("a key with the scope {}", scope.as_str()) })
            }
            _ => Err(Error::forbidden(action)),
        }
    }
}

/// An app's key, verified: whose people it may ask for, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub key_id: String,
    /// The first characters of the key, safe to show.
    pub key_prefix: String,
    pub tenant: TenantId,
    pub tier: Tier,
    pub scopes: Vec<Scope>,
}

impl Caller {
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Error::Forbidden { needs: format!("a key with the scope {}", scope.as_str()) })
        }
    }

    /// The same key as somebody who changes operations.
    pub fn actor(&self) -> Actor {
        Actor::Key { id: self.key_id.clone(), prefix: self.key_prefix.clone(), scopes: self.scopes.clone() }
    }
}
