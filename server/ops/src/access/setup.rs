//! The first start: a one-time link, printed in the terminal, makes whoever holds it the first admin.

use domain::access::Role;
use jiff::SignedDuration;

use super::{Account, Actor, SignedIn, accounts, audit, password, store, token};
use crate::error::{Error, Result};

impl crate::Ops {
    /// The path of a new one-time link while nobody can sign in yet, else `None`. An older link stops working.
    pub async fn setup_link(&self) -> Result<Option<String>> {
        let mut tx = self.db.begin_write().await?;
        if store::count_accounts(&mut tx).await? > 0 {
            return Ok(None);
        }
        let secret = token::random();
        let hours = i64::from(self.config.access.setup_link_hours);
        let expires_at = self.clock.now() + SignedDuration::from_hours(hours);
        store::delete_setup_token(&mut tx).await?;
        store::insert_setup_token(&mut tx, &token::hash(&secret), expires_at.as_millisecond()).await?;
        tx.commit().await?;
        Ok(Some(format!("/setup?token={secret}")))
    }

    /// Makes the first admin and signs them in. Of two racing requests one wins.
    ///
    /// # Errors
    /// `Unauthenticated` when the link is unknown, used or expired; `Invalid` names email or password.
    pub async fn complete_setup(&self, secret: &str, email: &str, password: &str) -> Result<SignedIn> {
        let email = accounts::parse_email(email)?;
        password::check(password, &email)?;
        let hash = self.access.passwords.hash(password).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        let valid = store::take_setup_token(&mut tx, &token::hash(secret), now.as_millisecond()).await?;
        if !valid || store::count_accounts(&mut tx).await? > 0 {
            return Err(Error::Unauthenticated(
                "this link was used already or has expired; restart the server for a new one",
            ));
        }
        let account =
            Account { id: self.clock.new_id(), email, role: Role::Admin, disabled: false, created_at: now };
        store::insert_account(&mut tx, &account, &hash).await?;
        let actor = Actor::System("first-start");
        let detail = format!("{} became the first admin through the one-time link", account.email);
        let entry =
            audit::Entry { actor: &actor, action: "user.created", subject: &account.email, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        let signed_in = self.open_session(&mut tx, &account, "", "").await?;
        tx.commit().await?;
        Ok(signed_in)
    }
}
