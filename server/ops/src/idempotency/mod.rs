//! A write that is sent again is not done again (decision 20): who sends the same key with the same request gets the first answer.
//!
//! A key is claimed by inserting its row: of two processes one wins. A claim ends by itself when nobody renews it, so a crash does not
//! lock a key. Kept answers are health data: each names its person, and goes when it is a day old or its person is erased.

mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::field_error::FieldError;
use domain::id::{TenantId, UserId};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::access::Caller;
use crate::error::Result;

/// How long an answer is kept.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Without being renewed a claim lapses after this.
const CLAIM: SignedDuration = SignedDuration::from_secs(30);
/// How often who works renews it.
pub const RENEW_EVERY: Duration = Duration::from_secs(10);
/// Rows of one tenant. Counted every minute, so two processes may exceed it by what one writes in a minute.
const MOST_ROWS: u64 = 50_000;
/// A larger answer is not kept, bytes; that it was given is. A run of all agents is about 60 KB.
pub const MOST_BODY: usize = 256 * 1024;
/// Asking again makes sense after this, seconds.
const AGAIN_S: u64 = 1;
const FULL_AGAIN_S: u64 = 60;
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// What an app calls its request: 1 to 255 visible characters of ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A string of structured fields (`"8e03978e"`, RFC 9651), as the draft has it, or the bare word that many clients send.
    ///
    /// # Errors
    /// Names the header.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let fits = (1..=255).contains(&inner.len())
            && inner.bytes().all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'"' && byte != b'\\');
        if fits {
            Ok(Self(inner.to_owned()))
        } else {
            Err(FieldError::new(
                "Idempotency-Key",
                "must be 1 to 255 visible ASCII characters, no quotes or backslashes inside",
            ))
        }
    }
}

/// Of a request: the same key with another one is a mistake of the app.
pub fn fingerprint(method: &str, path_and_query: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path_and_query.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// The right to do a request. Nobody else has it until it is ended or lapses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    tenant: TenantId,
    key_id: String,
    key: IdempotencyKey,
    token: String,
}

/// What a request with a key finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nobody did this: do it, and end the claim.
    First(Claim),
    /// It was done: this was the answer.
    Answered(KeptAnswer),
    /// It was done, and its answer was too large to keep.
    AnsweredAtLength,
    /// It is being done.
    Running { retry_after_s: u64 },
    /// The key named another request.
    OtherRequest,
    /// The tenant has too many keys.
    Full { retry_after_s: u64 },
}

/// Rows by tenant, as counted last and added since.
#[derive(Default)]
pub struct Kept(Mutex<HashMap<TenantId, u64>>);

impl Kept {
    fn full(&self, tenant: &TenantId) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(tenant).is_some_and(|count| *count >= MOST_ROWS)
    }

    fn one_more(&self, tenant: &TenantId) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(tenant.clone()).or_default() += 1;
    }

    fn counted(&self, counts: HashMap<TenantId, u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }
}

/// Times of a claim and its answer, milliseconds.
#[derive(Clone, Copy)]
struct Times {
    now: i64,
    claimed_until: i64,
    expires_at: i64,
}

impl crate::Ops {
    /// Claims a key for a request, or tells what became of it. `user`: whose data the answer may hold.
    pub async fn begin_once(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        fingerprint: &str,
        user: Option<&UserId>,
    ) -> Result<Begun> {
        let claim = Claim {
            tenant: caller.tenant.clone(),
            key_id: caller.key_id.clone(),
            key: key.clone(),
            token: self.clock.new_id(),
        };
        // A row that is gone between two looks was released or swept: try again.
        for _ in 0..3 {
            let times = self.times();
            let full = self.kept.full(&claim.tenant);
            if !full && store::insert(&self.db, &claim, fingerprint, user, times).await? {
                self.kept.one_more(&claim.tenant);
                return Ok(Begun::First(claim));
            }
            let Some(row) = store::find(&self.db, &claim).await? else {
                if full {
                    return Ok(Begun::Full { retry_after_s: FULL_AGAIN_S });
                }
                continue;
            };
            let over = row.expires_at <= times.now;
            if !over && row.fingerprint != fingerprint {
                return Ok(Begun::OtherRequest);
            }
            let lapsed = row.claimed_until > 0 && row.claimed_until <= times.now;
            if over || lapsed {
                if store::take_over(&self.db, &claim, &row.claim, fingerprint, user, times).await? {
                    return Ok(Begun::First(claim));
                }
                continue;
            }
            return Ok(match row.answer {
                Some(answer) => Begun::Answered(answer),
                None if row.claimed_until == 0 => Begun::AnsweredAtLength,
                None => Begun::Running { retry_after_s: AGAIN_S },
            });
        }
        Ok(Begun::Running { retry_after_s: AGAIN_S })
    }

    fn times(&self) -> Times {
        let now = self.clock.now();
        let ms = |time: jiff::Timestamp| time.as_millisecond();
        Times { now: ms(now), claimed_until: ms(now + CLAIM), expires_at: ms(now + KEPT_FOR) }
    }

    /// While a request takes long; every [`RENEW_EVERY`].
    pub async fn renew_claim(&self, claim: &Claim) -> Result<()> {
        store::renew(&self.db, claim, self.times().claimed_until).await
    }

    /// The request was done: this was its answer. `about`: whose data it holds, where the request did not say.
    pub async fn keep_answer(
        &self,
        claim: &Claim,
        answer: &KeptAnswer,
        about: Option<&UserId>,
    ) -> Result<()> {
        store::answer(&self.db, claim, answer, answer.body.len() <= MOST_BODY, about).await
    }

    /// Nothing was done: the key is free again.
    pub async fn release_claim(&self, claim: &Claim) -> Result<()> {
        store::release(&self.db, claim).await
    }

    pub(crate) fn start_idempotency_jobs(&self) {
        let sweep = |ops: crate::Ops| async move { ops.sweep_kept_answers().await };
        self.jobs.every("kept-answers", SWEEP_EVERY, self.clock.clone(), sweep, self);
    }

    /// Removes what is over, and counts what is left.
    pub(crate) async fn sweep_kept_answers(&self) -> Result<()> {
        if self.lifecycle.on_duty() {
            while store::sweep(&self.db, self.clock.now_ms()).await? {}
        }
        self.kept.counted(store::counts(&self.db).await?);
        Ok(())
    }
}
