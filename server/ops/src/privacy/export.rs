//! All of a person in one JSON document, read in one snapshot, handed on in parts: its size does not matter to memory.

use std::sync::Arc;
use std::time::Duration;

use domain::id::{TenantId, UserId};
use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::registry::{BOOKS, OWNED};
use super::{handle, store};
use crate::access::Caller;
use crate::access::audit::{self, Entry};
use crate::error::{Error, Result};

/// Bytes of one part, about.
const PART: usize = 32 * 1024;
/// Parts that wait for a slow reader.
const WAITING: usize = 4;

/// At the same time in one process: each keeps a snapshot of the store open, and pages need connections, too.
pub(super) const AT_ONCE: usize = 2;
/// Of one export, however slowly it is read.
const LONGEST: Duration = Duration::from_secs(300);
const AGAIN_S: u64 = 10;

/// The document's parts in order. It is whole when it ends in `"complete": true}`; after an error it ends early.
pub type Exported = mpsc::Receiver<Result<Vec<u8>>>;

impl crate::Ops {
    /// Everything that is stored of a person. That it was exported is audited before the first byte leaves.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or one of another tenant; `TooMany` when as many are under way as may be.
    pub async fn export_person(&self, caller: &Caller, user: &UserId) -> Result<Exported> {
        let room = Arc::clone(&self.privacy.exports).try_acquire_owned().map_err(|_| Error::TooMany {
            retry_after_s: Some(AGAIN_S),
            limit_source: format!("{AT_ONCE} exports under way"),
            allowances: Vec::new(),
            reached: None,
        })?;
        let mut tx = self.db.begin_write().await?;
        let handle = handle::of(&mut tx, &self.clock, &caller.tenant, user).await?;
        let actor = caller.actor();
        let detail = "all data of a person exported";
        let entry = Entry { actor: &actor, action: "person.exported", subject: &handle, detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        let (parts, exported) = mpsc::channel(WAITING);
        let (ops, tenant, user) = (self.clone(), caller.tenant.clone(), user.clone());
        self.jobs.spawn_aside(async move {
            let _room = room;
            let writing = ops.write_export(&tenant, &user, &parts);
            let late = |_| Err(Error::internal("exporting a person", "it was read too slowly"));
            if let Err(error) = tokio::time::timeout(LONGEST, writing).await.unwrap_or_else(late) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an export of a person ended early"
                );
                // A reader that went away, or is full of what it does not take, needs no word.
                let _ = parts.try_send(Err(error));
            }
        });
        Ok(exported)
    }

    async fn write_export(
        &self,
        tenant: &TenantId,
        user: &UserId,
        parts: &mpsc::Sender<Result<Vec<u8>>>,
    ) -> Result<()> {
        let mut tx = self.db.begin_snapshot().await?;
        let mut part =
            format!("{{\"user_id\":\"{user}\",\"exported_at\":\"{}\"", self.clock.now()).into_bytes();
        for owned in OWNED.iter().rev().chain(&BOOKS) {
            part.extend_from_slice(format!(",\n\"{}\":[", owned.section).as_bytes());
            let mut rows = std::pin::pin!(store::rows(&mut tx, owned, tenant, user));
            let mut first = true;
            while let Some(row) = rows.next().await {
                part.extend_from_slice(if first { b"\n" } else { b",\n" });
                first = false;
                let row = serde_json::to_vec(&row?);
                part.extend(row.map_err(|error| Error::internal("writing an export", error))?);
                if part.len() >= PART && parts.send(Ok(std::mem::take(&mut part))).await.is_err() {
                    return Ok(());
                }
            }
            part.push(b']');
        }
        part.extend_from_slice(b",\n\"complete\":true}\n");
        let _ = parts.send(Ok(part)).await;
        Ok(())
    }
}
