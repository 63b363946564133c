//! Who may do what: roles of people, scopes and tiers of keys.

use crate::field_error::FieldError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person of the console may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Role {
    /// Sees operations.
    Viewer,
    /// Sees reports and costs of people and tenants.
    Manager,
    /// Acknowledges and resolves incidents, cuts cost, rolls back; sees the data of people who consent.
    Responder,
    /// Makes releases, raises caps, re-arms.
    Operator,
    /// People, keys, configuration.
    Admin,
}

/// One thing that needs a permission. The least role is [`Action::least_role`]; a test lists them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    SeeOperations,
    SeeAudit,
    HandleIncident,
    CutCost,
    RestoreSpending,
    /// Corrects what was booked to other prices.
    CorrectLedger,
    /// Asks providers what they billed, or reads their invoices.
    Reconcile,
    RollBack,
    MakeRelease,
    SendTestAlert,
    ManagePeople,
    ManageKeys,
    /// Of a person who consents.
    SeeHealthData,
    /// Without consent, in an emergency.
    BreakGlass,
}

impl Action {
    /// Its name in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SeeOperations => "see-operations",
            Self::SeeAudit => "see-audit",
            Self::HandleIncident => "handle-incident",
            Self::CutCost => "cut-cost",
            Self::RestoreSpending => "restore-spending",
            Self::CorrectLedger => "correct-ledger",
            Self::Reconcile => "reconcile",
            Self::RollBack => "roll-back",
            Self::MakeRelease => "make-release",
            Self::SendTestAlert => "send-test-alert",
            Self::ManagePeople => "manage-people",
            Self::ManageKeys => "manage-keys",
            Self::SeeHealthData => "see-health-data",
            Self::BreakGlass => "break-glass",
        }
    }

    pub fn least_role(self) -> Role {
        match self {
            Self::SeeOperations => Role::Viewer,
            Self::SeeAudit => Role::Manager,
            // Lowering risk never waits for somebody more senior.
            Self::HandleIncident | Self::CutCost | Self::Reconcile | Self::RollBack => Role::Responder,
            // Who is asked for help, and nobody who only reads figures.
            Self::SeeHealthData => Role::Responder,
            Self::RestoreSpending | Self::CorrectLedger | Self::MakeRelease | Self::SendTestAlert => {
                Role::Operator
            }
            Self::ManagePeople | Self::ManageKeys | Self::BreakGlass => Role::Admin,
        }
    }
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Manager, Self::Responder, Self::Operator, Self::Admin];

    pub fn may(self, action: Action) -> bool {
        self >= action.least_role()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Responder => "responder",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    pub fn parse(text: &str) -> Result<Self, FieldError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| FieldError::new("role", "must be viewer, manager, responder, operator or admin"))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Scope {
    #[serde(rename = "agents")]
    Agents,
    #[serde(rename = "data")]
    Data,
    /// Ask language models in words of one's own. What they answer is judged by nobody: never part of a default.
    #[serde(rename = "models")]
    Models,
    #[serde(rename = "ops:read")]
    OpsRead,
    #[serde(rename = "ops:act")]
    OpsAct,
}

impl Scope {
    pub const ALL: [Self; 5] = [Self::Agents, Self::Data, Self::Models, Self::OpsRead, Self::OpsAct];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Data => "data",
            Self::Models => "models",
            Self::OpsRead => "ops:read",
            Self::OpsAct => "ops:act",
        }
    }

    /// A comma-separated list, at least one, no repetition kept.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, FieldError> {
        let mut scopes = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let scope = Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| {
                FieldError::new("scopes", "must be a list of: agents, data, models, ops:read, ops:act")
            })?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        if scopes.is_empty() {
            Err(FieldError::new("scopes", "must name at least one scope"))
        } else {
            Ok(scopes)
        }
    }

    pub fn join(scopes: &[Self]) -> String {
        scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",")
    }
}

/// What a key's people may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Tier {
    Free,
    Premium,
    Admin,
}

impl Tier {
    pub const ALL: [Self; 3] = [Self::Free, Self::Premium, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Premium => "premium",
            Self::Admin => "admin",
        }
    }

    pub fn parse(text: &str) -> Result<Self, FieldError> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| FieldError::new("tier", "must be free, premium or admin"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_least_role() {
        let table = [
            (Action::SeeOperations, "viewer"),
            (Action::SeeAudit, "manager"),
            (Action::HandleIncident, "responder"),
            (Action::CutCost, "responder"),
            (Action::RollBack, "responder"),
            (Action::RestoreSpending, "operator"),
            (Action::CorrectLedger, "operator"),
            (Action::Reconcile, "responder"),
            (Action::MakeRelease, "operator"),
            (Action::SendTestAlert, "operator"),
            (Action::ManagePeople, "admin"),
            (Action::ManageKeys, "admin"),
            (Action::SeeHealthData, "responder"),
            (Action::BreakGlass, "admin"),
        ];
        for (action, least) in table {
            let may: Vec<_> = Role::ALL.into_iter().filter(|role| role.may(action)).collect();
            assert_eq!(may[0].as_str(), least, "{action:?}");
            assert_eq!(may.last(), Some(&Role::Admin));
        }
    }

    #[test]
    fn scope_lists_are_read_and_refused() {
        assert_eq!(Scope::parse_list("agents, data,agents").unwrap(), [Scope::Agents, Scope::Data]);
        assert_eq!(Scope::parse_list("models").unwrap(), [Scope::Models]);
        assert!(Scope::parse_list("").is_err() && Scope::parse_list("agents,root").is_err());
    }
}
