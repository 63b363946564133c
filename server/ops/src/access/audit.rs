//! The audit log: append-only, hash-chained, written in the transaction of the change it records.
//!
//! Each hash covers the entry and the hash before it, and the head is kept apart: an edit, a deletion, a reordering and a
//! cut at the end all show. Whoever can write both tables can still forge the whole chain; print the head elsewhere.

pub(crate) mod store;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::Actor;
use crate::clock::Clock;
use crate::db::WriteTx;
use crate::error::Result;

/// One change, as its maker describes it. No health value, no secret.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub actor: &'a Actor,
    /// Dotted verb: `shutoff.set`, `release.rolled-back`, `incident.acknowledged`, `key.created`.
    pub action: &'a str,
    /// What it was done to: an id or name.
    pub subject: &'a str,
    /// One sentence for people, with the reason given.
    pub detail: &'a str,
}

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    pub seq: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: String,
    pub previous_hash: String,
    pub hash: String,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditVerdict {
    pub entries: i64,
    pub head_hash: String,
    /// The first entry that does not fit; `None`: the log is whole.
    pub first_broken: Option<Broken>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Broken {
    pub seq: i64,
    pub reason: String,
}

/// Which entries to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// A beginning of the action: `release.`.
    pub action: Option<String>,
    /// Older than this entry.
    pub before: Option<i64>,
    /// 1–500; 0 counts as 100.
    pub limit: u32,
}

/// Appends to the chain. Must be called in every transaction that makes a person's change.
pub async fn append(tx: &mut WriteTx, clock: &Clock, entry: &Entry<'_>) -> Result<()> {
    let (seq, previous_hash) = store::take_turn(tx).await?;
    let mut stored = AuditEntry {
        seq,
        at: crate::clock::at(clock.now_ms()),
        actor: entry.actor.label(),
        action: entry.action.to_owned(),
        subject: entry.subject.to_owned(),
        detail: entry.detail.to_owned(),
        previous_hash,
        hash: String::new(),
    };
    stored.hash = hash(&stored);
    store::insert(tx, &stored).await
}

/// SHA-256 over every field, each with its length before it, so that nothing can move between fields.
fn hash(entry: &AuditEntry) -> String {
    let (seq, at) = (entry.seq.to_string(), entry.at.as_millisecond().to_string());
    let fields =
        [&seq, &at, &entry.actor, &entry.action, &entry.subject, &entry.detail, &entry.previous_hash];
    let mut digest = Sha256::new();
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    hex::encode(digest.finalize())
}

impl crate::Ops {
    /// Recomputes the whole chain, a page at a time.
    pub async fn audit_verify(&self) -> Result<AuditVerdict> {
        let (head_seq, head_hash) = store::head(&self.db).await?;
        let (mut seq, mut previous) = (0, String::new());
        loop {
            let page = store::after(&self.db, seq, 1_000).await?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                let reason = if entry.seq != seq + 1 {
                    Some("an entry before it is missing")
                } else if entry.previous_hash != previous {
                    Some("it does not follow from the entry before it")
                } else if entry.hash != hash(&entry) {
                    Some("it was changed after it was written")
                } else {
                    None
                };
                if let Some(reason) = reason {
                    return Ok(broken(head_seq, head_hash, entry.seq, reason));
                }
                seq = entry.seq;
                previous = entry.hash;
            }
        }
        if seq < head_seq || previous != head_hash {
            return Ok(broken(head_seq, head_hash, seq + 1, "entries at the end are missing"));
        }
        Ok(AuditVerdict { entries: head_seq, head_hash, first_broken: None })
    }

    /// Entries, newest first.
    pub async fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        store::list(&self.db, filter).await
    }

    /// What changed the service since then, newest first, at most 100: releases, shutoffs, incidents, keys, people.
    pub async fn changes_since(&self, from: Timestamp) -> Result<Vec<AuditEntry>> {
        store::changes(&self.db, from.as_millisecond(), 100).await
    }

    /// An entry that records no change of the store, such as a refusal.
    pub async fn audit_alone(&self, actor: &Actor, action: &str, subject: &str, detail: &str) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        append(&mut tx, &self.clock, &Entry { actor, action, subject, detail }).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn broken(entries: i64, head_hash: String, seq: i64, reason: &str) -> AuditVerdict {
    AuditVerdict { entries, head_hash, first_broken: Some(Broken { seq, reason: reason.to_owned() }) }
}
