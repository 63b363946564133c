//! Signing in and staying signed in: reference tokens of 256 bits, with an idle and an absolute end.

use domain::access::Role;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, Actor, audit, store, token};
use crate::db::WriteTx;
use crate::error::{Error, Result};

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub user_id: String,
    pub email: String,
    pub role: Role,
    pub session_id: String,
    pub signed_in_at: Timestamp,
}

impl Person {
    pub fn actor(&self) -> Actor {
        Actor::Person { id: self.user_id.clone(), email: self.email.clone(), role: self.role }
    }
}

/// A new session. The token goes into the cookie and nowhere else.
#[derive(Clone)]
pub struct SignedIn {
    pub token: String,
    pub person: Person,
}

/// One session for the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionInfo {
    pub id: String,
    pub email: String,
    #[schema(value_type = String, format = DateTime)]
    pub signed_in_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    pub address: String,
    pub user_agent: String,
}

/// A session is marked as seen at most this often: a page must not cost a write.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);

const WRONG: &str = "email or password is wrong";

impl crate::Ops {
    /// Email and password for a session.
    ///
    /// # Errors
    /// `Unauthenticated` for whatever is wrong, without saying which; `TooMany` after too many failures, or while too many
    /// passwords are being checked.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        address: &str,
        user_agent: &str,
    ) -> Result<SignedIn> {
        let email = email.trim().to_lowercase();
        let subjects = [email.as_str(), address];
        let Some(account) = self.who_has(&email, password, &subjects).await? else {
            let actor = Actor::System("sign-in");
            self.audit_alone(&actor, "session.refused", &bounded(address, 60), "a sign-in failed").await?;
            return Err(Error::Unauthenticated(WRONG));
        };
        let actor =
            Actor::Person { id: account.id.clone(), email: account.email.clone(), role: account.role };
        let mut tx = self.db.begin_write().await?;
        let signed_in = self.open_session(&mut tx, &account, address, user_agent).await?;
        let detail = format!("{} signed in", account.email);
        let entry = audit::Entry {
            actor: &actor,
            action: "session.opened",
            subject: &account.email,
            detail: &detail,
        };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Whether this is somebody's password: a fresh sign-in for what must not be done from a session left open. Wrong ones
    /// count as failed sign-ins do.
    ///
    /// # Errors
    /// `Unauthenticated`, `TooMany`.
    pub(crate) async fn confirm_password(&self, email: &str, password: &str) -> Result<()> {
        if self.who_has(email, password, &[email]).await?.is_some() {
            return Ok(());
        }
        self.audit_alone(&Actor::System("sign-in"), "session.refused", email, "a fresh sign-in failed")
            .await?;
        Err(Error::invalid("password", "is wrong; nothing was changed"))
    }

    /// Whose email and password these are, who is not disabled. Counts as a failure of the subjects, of which `email` is one, until
    /// it is known to be none.
    async fn who_has(&self, email: &str, password: &str, subjects: &[&str]) -> Result<Option<Account>> {
        let begun = self.clock.now_ms();
        self.access.attempts.begin(subjects, begun)?;
        let checked = async {
            let (account, hash) = store::account_by_email(&self.db, email).await?.unzip();
            let right = self.access.passwords.verify(password, hash).await?;
            Ok(account.filter(|account| right && !account.disabled))
        };
        let checked = checked.await;
        // Who could not be asked has not failed.
        if !matches!(checked, Ok(None)) {
            self.access.attempts.take_back(subjects, begun);
        }
        if matches!(checked, Ok(Some(_))) {
            self.access.attempts.succeeded(email);
        }
        checked
    }

    pub(super) async fn open_session(
        &self,
        tx: &mut WriteTx,
        account: &Account,
        address: &str,
        user_agent: &str,
    ) -> Result<SignedIn> {
        let now = self.clock.now();
        let token = token::random();
        let session_id = self.clock.new_id();
        let hours = i64::from(self.config.access.session_absolute_hours);
        let new = store::NewSession {
            id: &session_id,
            token_hash: &token::hash(&token),
            account_id: &account.id,
            now: now.as_millisecond(),
            expires_at: (now + SignedDuration::from_hours(hours)).as_millisecond(),
            address: &bounded(address, 60),
            user_agent: &bounded(user_agent, 200),
        };
        store::insert_session(tx, &new).await?;
        let person = Person {
            user_id: account.id.clone(),
            email: account.email.clone(),
            role: account.role,
            session_id,
            signed_in_at: now,
        };
        Ok(SignedIn { token, person })
    }

    /// Who holds this token; `None` when it is unknown, revoked, idle for too long or over.
    pub async fn session(&self, token: &str) -> Result<Option<Person>> {
        let now = self.clock.now();
        let Some((person, last_seen, expires_at)) = store::session(&self.db, &token::hash(token)).await?
        else {
            return Ok(None);
        };
        let idle = SignedDuration::from_mins(i64::from(self.config.access.session_idle_minutes));
        if now >= expires_at || now.duration_since(last_seen) >= idle {
            return Ok(None);
        }
        if now.duration_since(last_seen) >= TOUCH_EVERY {
            store::touch_session(&self.db, &person.session_id, now.as_millisecond()).await?;
        }
        Ok(Some(person))
    }

    pub async fn sign_out(&self, token: &str) -> Result<()> {
        store::delete_session_by_hash(&self.db, &token::hash(token)).await
    }

    /// Who is signed in, last seen first; at most 200.
    pub async fn sessions(&self) -> Result<Vec<SessionInfo>> {
        store::sessions(&self.db, self.clock.now_ms()).await
    }

    /// Ends somebody's session. Needs `ManagePeople`.
    pub async fn revoke_session(&self, actor: &Actor, id: &str) -> Result<()> {
        self.allow(actor, domain::access::Action::ManagePeople).await?;
        let mut tx = self.db.begin_write().await?;
        if store::delete_session(&mut tx, id).await? == 0 {
            return Err(Error::NotFound { what: "session" });
        }
        let entry =
            audit::Entry { actor, action: "session.revoked", subject: id, detail: "a session was ended" };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn bounded(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}
