//! The people of the console: made, given a role, disabled. There is always an admin who can sign in.

use domain::access::{Action, Role};
use domain::field_error::FieldError;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Actor, audit, password, store};
use crate::error::{Error, Result};
use crate::events::Topic;

/// One person of the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Account {
    pub id: String,
    pub email: String,
    pub role: Role,
    pub disabled: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Lower case, with one `@` that has something on both sides; whether mail arrives is not ours to know.
pub(super) fn parse_email(email: &str) -> Result<String, FieldError> {
    let email = email.trim().to_lowercase();
    let fits = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if fits { Ok(email) } else { Err(FieldError::new("email", "must be an email address")) }
}

impl crate::Ops {
    /// Makes a person. Needs `ManagePeople`.
    ///
    /// # Errors
    /// `Invalid` names email or password; `Conflict` when the email is taken.
    pub async fn create_user(
        &self,
        actor: &Actor,
        email: &str,
        role: Role,
        password: &str,
    ) -> Result<Account> {
        self.allow(actor, Action::ManagePeople).await?;
        let email = parse_email(email)?;
        password::check(password, &email)?;
        let hash = self.access.passwords.hash(password).await?;
        let account =
            Account { id: self.clock.new_id(), email, role, disabled: false, created_at: self.clock.now() };
        let mut tx = self.db.begin_write().await?;
        store::insert_account(&mut tx, &account, &hash).await?;
        store::delete_setup_token(&mut tx).await?;
        let detail = format!("{} created as {role}", account.email);
        let entry = audit::Entry { actor, action: "user.created", subject: &account.email, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.events.publish(Topic::Access, None);
        Ok(account)
    }

    /// Everybody, by email.
    pub async fn users(&self) -> Result<Vec<Account>> {
        store::accounts(&self.db).await
    }

    /// Gives another role, or disables and enables; ends the person's sessions. Needs `ManagePeople`.
    ///
    /// # Errors
    /// `Conflict` when nobody would be left who can manage people.
    pub async fn change_user(&self, actor: &Actor, id: &str, role: Role, disabled: bool) -> Result<()> {
        self.allow(actor, Action::ManagePeople).await?;
        let mut tx = self.db.begin_write().await?;
        let account =
            store::account_in(&mut tx, id).await?.ok_or(Error::NotFound { what: "person of the console" })?;
        store::update_account(&mut tx, id, role, disabled).await?;
        if store::count_admins(&mut tx).await? == 0 {
            return Err(Error::Conflict(
                "nobody would be left who can manage people: make another admin first".to_owned(),
            ));
        }
        store::delete_sessions_of(&mut tx, id).await?;
        let detail = format!(
            "{}: {} to {role}{}, sessions ended",
            account.email,
            account.role,
            if disabled { ", disabled" } else { "" }
        );
        let entry = audit::Entry { actor, action: "user.changed", subject: &account.email, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.events.publish(Topic::Access, None);
        Ok(())
    }
}
