//! Keys of apps: hashed, prefixed, scoped, expiring, revocable; shown once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::access::{Action, Scope, Tier};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Actor, Caller, audit, store, token};
use crate::error::{Error, Result};
use crate::events::Topic;

/// What a new key may do.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub tenant: TenantId,
    /// What it is for, 1–100 characters.
    pub name: String,
    pub tier: Tier,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<Timestamp>,
}

/// The secret, this once.
#[derive(Clone)]
pub struct CreatedKey {
    pub secret: String,
    pub key: KeyInfo,
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyInfo {
    pub id: String,
    /// The first characters of the secret.
    pub prefix: String,
    pub name: String,
    pub tenant: TenantId,
    pub tier: Tier,
    pub scopes: Vec<Scope>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

/// Keys verified in the last seconds, by the hash of their secret. A revocation by this process empties it at once; one by
/// another process is seen after at most `FRESH`.
#[derive(Default)]
pub(super) struct Verified(Mutex<HashMap<String, (Timestamp, Caller)>>);

const FRESH: SignedDuration = SignedDuration::from_secs(5);
/// Above it the cache starts anew: it is seconds old anyway.
const VERIFIED: usize = 10_000;
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// `hos_` and eight characters: enough to find a key by, too little to guess it from.
const PREFIX: usize = 12;

impl Verified {
    fn get(&self, hash: &str, now: Timestamp) -> Option<Caller> {
        let verified = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, caller) = verified.get(hash)?;
        (now.duration_since(*at) < FRESH).then(|| caller.clone())
    }

    fn put(&self, hash: String, now: Timestamp, caller: &Caller) {
        let mut verified = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= VERIFIED {
            verified.clear();
        }
        verified.insert(hash, (now, caller.clone()));
    }

    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl crate::Ops {
    /// Makes a key, and its tenant when that is new. Needs `ManageKeys`.
    pub async fn create_key(&self, actor: &Actor, new: NewKey) -> Result<CreatedKey> {
        self.allow(actor, Action::ManageKeys).await?;
        let name = new.name.trim().to_owned();
        if !(1..=100).contains(&name.chars().count()) {
            return Err(Error::invalid("name", "must be 1 to 100 characters"));
        }
        if new.scopes.is_empty() {
            return Err(Error::invalid("scopes", "must name at least one scope"));
        }
        let now = self.clock.now();
        let secret = format!("hos_{}", token::random());
        let key = KeyInfo {
            id: self.clock.new_id(),
            prefix: secret[..PREFIX].to_owned(),
            name,
            tenant: new.tenant,
            tier: new.tier,
            scopes: new.scopes,
            created_at: now,
            created_by: actor.label(),
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let mut tx = self.db.begin_write().await?;
        store::ensure_tenant(&mut tx, &key.tenant, self.config.demo, now.as_millisecond()).await?;
        store::insert_key(&mut tx, &key, &token::hash(&secret)).await?;
        let detail = format!(
            "key {} for {}: {} ({})",
            key.prefix,
            key.tenant,
            Scope::join(&key.scopes),
            key.tier.as_str()
        );
        let entry = audit::Entry { actor, action: "key.created", subject: &key.prefix, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.events.publish(Topic::Access, None);
        Ok(CreatedKey { secret, key })
    }

    /// All keys, newest first; at most 500.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>> {
        store::keys(&self.db).await
    }

    /// Ends a key, in force for this process at once. Needs `ManageKeys`.
    pub async fn revoke_key(&self, actor: &Actor, id: &str) -> Result<()> {
        self.allow(actor, Action::ManageKeys).await?;
        let mut tx = self.db.begin_write().await?;
        let prefix = store::revoke_key(&mut tx, id, self.clock.now_ms()).await?;
        let prefix = prefix.ok_or(Error::NotFound { what: "key in force" })?;
        let detail = format!("key {prefix} revoked");
        let entry = audit::Entry { actor, action: "key.revoked", subject: &prefix, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.access.keys.forget();
        self.events.publish(Topic::Access, None);
        Ok(())
    }

    /// Whose key this is: on the path of every request, from memory when it was seen in the last seconds.
    ///
    /// # Errors
    /// `Unauthenticated` in different words for unknown, revoked and expired.
    pub async fn caller(&self, secret: &str) -> Result<Caller> {
        let now = self.clock.now();
        let hash = token::hash(secret);
        if let Some(caller) = self.access.keys.get(&hash, now) {
            return Ok(caller);
        }
        let unknown = Error::Unauthenticated("this key is not known: check that it was copied whole");
        let key = in_force(store::key_by_hash(&self.db, &hash).await?.ok_or(unknown)?, now)?;
        if key.last_used_at.is_none_or(|last| now.duration_since(last) >= TOUCH_EVERY) {
            store::touch_key(&self.db, &key.id, now.as_millisecond()).await?;
        }
        let expires_at = key.expires_at;
        let caller = caller_of(key);
        // A key that ends within the cache's time is looked up every time, so that it ends on time.
        if expires_at.is_none_or(|end| end.duration_since(now) > FRESH) {
            self.access.keys.put(hash, now, &caller);
        }
        Ok(caller)
    }

    /// Whose key this is now, of work that was asked for with it before.
    ///
    /// # Errors
    /// `Unauthenticated` when it is not in force any more.
    pub(crate) async fn caller_by_key_id(&self, id: &str) -> Result<Caller> {
        let unknown = Error::Unauthenticated("the key that asked for it is not known any more");
        let key = store::key_by_id(&self.db, id).await?.ok_or(unknown)?;
        Ok(caller_of(in_force(key, self.clock.now())?))
    }
}

fn in_force(key: KeyInfo, now: Timestamp) -> Result<KeyInfo> {
    if key.revoked_at.is_some() {
        return Err(Error::Unauthenticated("this key was revoked: ask an admin for a new one"));
    }
    if key.expires_at.is_some_and(|end| now >= end) {
        return Err(Error::Unauthenticated("this key has expired: ask an admin for a new one"));
    }
    Ok(key)
}

fn caller_of(key: KeyInfo) -> Caller {
    Caller { key_id: key.id, key_prefix: key.prefix, tenant: key.tenant, tier: key.tier, scopes: key.scopes }
}
