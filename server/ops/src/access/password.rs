//! Passwords: argon2id, on a thread of its own because it is slow on purpose.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::field_error::FieldError;

use crate::error::{Error, Result};

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

pub(super) async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    on_a_thread(move || compute(&password)).await?
}

/// Whether `password` is the one behind `hash`; `None`: nobody's, which is never right but takes as long.
pub(super) async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    on_a_thread(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let right = PasswordHash::new(&hash)
            .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        right && known
    })
    .await
}

fn compute(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| Error::internal("hashing a password", error.to_string()))?.to_string())
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal("hashing a password", error))
}
