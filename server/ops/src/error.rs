//! The one error of the service layer: what a caller can tell apart.
//!
//! `Display` is for people and never repeats its source; the source travels along to the request log.
//! The mapping to HTTP problem details is in one place of the server.

use domain::access::Action;
use domain::field_error::FieldError;
use domain::shutoff::Shutoff;

use crate::cost::CostRefusal;
use crate::gateway::chat::NoAnswer;
use crate::gateway::{Allowance, Reached};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong; every fault is named. Nothing was stored.
    #[error("the input is not valid")]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or it belongs to another tenant (which is not told apart).
    #[error("there is no {what} with this id")]
    NotFound { what: &'static str },
    /// Nobody is signed in, or the key is missing, unknown, revoked or expired.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Known, but not allowed.
    #[error("this needs {needs}")]
    Forbidden { needs: String },
    /// The state does not allow it (already resolved, no previous release).
    #[error("{0}")]
    Conflict(String),
    /// What the caller knew is not the newest any more; nothing was done.
    #[error("it was changed meanwhile")]
    Changed,
    /// Too many attempts; nothing was done.
    #[error("too many requests")]
    TooMany {
        /// `None`: never, as it was asked.
        retry_after_s: Option<u64>,
        limit_source: String,
        allowances: Vec<Allowance>,
        /// The rule that said no; absent for sign-ins.
        reached: Option<Box<Reached>>,
    },
    /// Admission refused: this shutoff is in force.
    #[error("agent requests are stopped")]
    Stopped(Box<Shutoff>),
    /// A cap stands in the way of a model call that nothing can stand in for.
    #[error("{}", refusal.reason)]
    OverCap { refusal: Box<CostRefusal>, retry_after_s: Option<u64> },
    /// No language model answered an app's chat. What was used is booked.
    #[error("{}", why.words())]
    NoAnswer { why: NoAnswer, retry_after_s: Option<u64> },
    /// A plan that would be safe cannot be made from what was asked for.
    #[error("{0}")]
    Unmet(String),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] sqlx::Error),
    /// The store could not be migrated.
    #[error("the store could not be brought to this version's schema")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// Configuration: file, line and remedy are in the text.
    #[error("{0}")]
    Config(String),
    /// Something that should not happen; what was being done.
    #[error("{doing} failed")]
    Internal {
        doing: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, detail)])
    }

    pub fn internal(
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Internal { doing, source: source.into() }
    }

    pub fn forbidden(action: Action) -> Self {
        Self::Forbidden { needs: format!("the role {} or higher", action.least_role()) }
    }
}

impl Error {
    /// HTTP status and kind as telemetry knows them, of what no HTTP layer answers.
    pub(crate) fn as_told(&self) -> (u16, &'static str) {
        match self {
            Self::Stopped(_) => (503, "stopped"),
            Self::TooMany { .. } => (429, "too-many-requests"),
            Self::NotFound { .. } => (404, "not-found"),
            Self::Invalid(_) => (422, "invalid"),
            Self::Unmet(_) => (422, "unmet"),
            Self::OverCap { .. } => (402, "over-cap"),
            Self::NoAnswer { .. } => (502, "no-answer"),
            Self::Conflict(_) => (409, "conflict"),
            Self::Changed => (412, "changed"),
            Self::Unauthenticated(_) => (401, "unauthenticated"),
            Self::Forbidden { .. } => (403, "forbidden"),
            Self::Store(_) | Self::Migrate(_) => (500, "store"),
            Self::Config(_) | Self::Internal { .. } => (500, "internal"),
        }
    }

    /// Whether it may go away by itself: a store that is busy, or was not reached. A rule that was broken stays broken.
    pub(crate) fn is_passing(&self) -> bool {
        let Self::Store(error) = self else { return false };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                // SQLite: busy and locked with their extensions; PostgreSQL: connection, resources, serialization, lock, shutdown.
                let sqlite =
                    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xFF, 5 | 6)) && code.len() < 5;
                let postgres = ["08", "53", "57P"].iter().any(|class| code.starts_with(class));
                sqlite || postgres || matches!(code.as_ref(), "40001" | "40P01" | "55P03")
            }
            _ => false,
        }
    }
}

impl From<FieldError> for Error {
    fn from(fault: FieldError) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<Vec<FieldError>> for Error {
    fn from(faults: Vec<FieldError>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error)
    }
}
