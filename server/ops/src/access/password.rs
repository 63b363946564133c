//! Passwords: argon2id, on a thread of its own because it is slow on purpose, and few at the same time because each takes 19 MiB:
//! anybody may ask for a sign-in.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::field_error::FieldError;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// At the same time.
const TURNS: usize = 3;
/// For a turn: some hundred are checked in this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever hashes and checks.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    patience: Duration,
}

/// Verified when there is no account, so that a wrong email takes as long as a wrong password.
static NOBODY: LazyLock<String> = LazyLock::new(|| compute("nobody has this password").unwrap_or_default());

/// 12–200 characters, and not the email itself. Source: NIST SP 800-63B asks for length, not for kinds of characters.
pub(super) fn check(password: &str, email: &str) -> Result<(), FieldError> {
    if !(12..=200).contains(&password.chars().count()) {
        return Err(FieldError::new("password", "must be 12 to 200 characters"));
    }
    if password.to_lowercase().contains(&email.to_lowercase()) {
        return Err(FieldError::new("password", "must not contain the email"));
    }
    Ok(())
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(TURNS)), patience: PATIENCE }
    }

    /// # Errors
    /// `TooMany` when no turn came for five seconds.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move || compute(&password)).await?
    }

    /// Whether `password` is the one behind `hash`; `None`: nobody's, which is never right but takes as long.
    ///
    /// # Errors
    /// `TooMany` when no turn came for five seconds.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password = password.to_owned();
        let work = move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let right = PasswordHash::new(&hash)
                .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
            right && known
        };
        self.in_turn(work).await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| Error::TooMany {
            retry_after_s: Some(PATIENCE.as_secs()),
            limit_source: format!("{TURNS} passwords checked at the same time"),
            allowances: Vec::new(),
            reached: None,
        })?;
        let turn = turn.map_err(|closed| Error::internal("waiting to hash a password", closed))?;
        let on_a_thread = tokio::task::spawn_blocking(move || {
            let done = work();
            // Here and not where it is waited for: who goes away meanwhile leaves the work behind.
            drop(turn);
            done
        });
        on_a_thread.await.map_err(|error| Error::internal("hashing a password", error))
    }
}

fn compute(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| Error::internal("hashing a password", error.to_string()))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_gets_no_turn_is_told_to_come_again() {
        let busy = Passwords { turns: Arc::new(Semaphore::new(1)), patience: Duration::ZERO };
        let turn = Arc::clone(&busy.turns).acquire_owned().await.unwrap();
        let refused = busy.verify("a long enough sentence", None).await.unwrap_err();
        assert!(matches!(refused, Error::TooMany { retry_after_s: Some(5), .. }), "{refused:?}");
        assert!(busy.hash("a long enough sentence").await.is_err());
        drop(turn);
        let hash = busy.hash("a long enough sentence").await.unwrap();
        assert!(busy.verify("a long enough sentence", Some(hash)).await.unwrap(), "a turn is given back");
    }
}
