//! Nothing of a person any more: deleted, verified, audited.

use std::collections::BTreeMap;

use domain::id::{TenantId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::registry::{BOOKS, COUNTS, OWNED, RULES, renamed};
use super::{handle, store};
use crate::access::Caller;
use crate::access::audit::{self, Entry};
use crate::db::WriteTx;
use crate::error::{Error, Result};

/// The receipt of an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erased {
    pub id: String,
    /// What the audit called the person. It leads to nobody any more.
    pub handle: String,
    #[schema(value_type = String, format = DateTime)]
    pub erased_at: Timestamp,
    /// Rows deleted, by section of the export.
    pub deleted: BTreeMap<String, u64>,
    /// Rows of the service's own books that name a pseudonym now.
    pub renamed: BTreeMap<String, u64>,
    /// Counted after the deletion, in its transaction.
    pub left: u64,
}

/// Whose rows, and what they say afterwards.
pub(super) struct Renaming<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) user: &'a UserId,
    pub(super) pseudonym: &'a str,
    /// Rows of books up to then: whoever comes back under the same id is somebody else.
    pub(super) until: i64,
}

impl Renaming<'_> {
    /// What books and rules say of the person, and will say.
    fn names(&self) -> (String, String) {
        let Self { tenant, user, pseudonym, .. } = self;
        (format!("{tenant}/{user}"), format!("{tenant}/{pseudonym}"))
    }
}

impl crate::Ops {
    /// Erases a person: every row of theirs, in one transaction, after their requests under way have ended.
    /// What the service's books say of them later (a request that another process still answered) is renamed by the next sweep.
    ///
    /// # Errors
    /// `NotFound` for an unknown person, or one of another tenant. `Internal` when something was left: then nothing was erased.
    pub async fn erase_person(&self, caller: &Caller, user: &UserId) -> Result<Erased> {
        let tenant = &caller.tenant;
        self.profile(tenant, user).await?;
        // A run may last as long as its deadline: nobody waits for that to be erased.
        self.cancel_workflows_of(caller, user).await?;
        let erased = self.when_alone(tenant, user, self.erase(caller, user)).await?;
        self.words.forget_person(tenant, user);
        self.overwrite_erased().await?;
        Ok(erased)
    }

    async fn erase(&self, caller: &Caller, user: &UserId) -> Result<Erased> {
        let tenant = &caller.tenant;
        // What is in memory of them becomes rows, and is renamed with these.
        self.flush_telemetry().await?;
        self.return_leases().await?;
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let pseudonym = format!("erased-{}", id.replace('-', ""));
        let mut tx = self.db.begin_write().await?;
        let handle = handle::of(&mut tx, &self.clock, tenant, user).await?;
        let mut deleted = BTreeMap::new();
        for owned in &OWNED {
            let rows = store::delete(&mut tx, owned, tenant, user).await?;
            deleted.insert(owned.section.to_owned(), rows);
        }
        let until = now.as_millisecond();
        let renaming = Renaming { tenant, user, pseudonym: &pseudonym, until };
        let renamed = rename(&mut tx, &renaming).await?;
        let mut left = 0;
        for owned in &OWNED {
            left += store::count(&mut tx, owned, tenant, user).await?;
        }
        if left > 0 {
            return Err(Error::internal("erasing a person", format!("{left} rows were left")));
        }
        let erased = Erased { id, handle, erased_at: now, deleted, renamed, left };
        let actor = caller.actor();
        store::insert(&mut tx, tenant, user, &pseudonym, &actor.label(), &erased).await?;
        let rows: u64 = erased.deleted.values().sum();
        let detail = format!("all data of a person erased: {rows} rows");
        let entry =
            Entry { actor: &actor, action: "person.erased", subject: &erased.handle, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        Ok(erased)
    }
}

/// Puts the pseudonym where books, sums and rules name the person.
async fn rename(tx: &mut WriteTx, renaming: &Renaming<'_>) -> Result<BTreeMap<String, u64>> {
    let mut renamed_rows = rename_books(tx, renaming).await?;
    let (from, to) = renaming.names();
    let mut rules = rename_counts(tx, renaming).await?;
    for (table, column) in RULES {
        for text in store::mentions(tx, table, column, &from).await? {
            if let Some(new) = renamed(&text, &from, &to) {
                rules += store::rename_rule(tx, (table, column), &text, &new).await?;
            }
        }
    }
    renamed_rows.insert("sums_and_rules".to_owned(), rules);
    Ok(renamed_rows)
}

/// Doing it twice changes nothing.
pub(super) async fn rename_books(tx: &mut WriteTx, renaming: &Renaming<'_>) -> Result<BTreeMap<String, u64>> {
    let mut renamed_rows = BTreeMap::new();
    for book in &BOOKS {
        let rows = store::rename_book(tx, book.table, renaming).await?;
        renamed_rows.insert(book.section.to_owned(), rows);
    }
    Ok(renamed_rows)
}

/// Doing it twice changes nothing.
pub(super) async fn rename_counts(tx: &mut WriteTx, renaming: &Renaming<'_>) -> Result<u64> {
    let (from, to) = renaming.names();
    // A process that holds money of the person's sum would write it anew under the old name: the sweep waits until it does not.
    let held = store::is_held(tx, &format!("user:{from}")).await?;
    let mut rows = 0;
    for counts in COUNTS.iter().filter(|counts| !(held && counts.table == "cost_counter")) {
        for text in store::mentions(tx, counts.table, counts.of, &from).await? {
            if let Some(new) = renamed(&text, &from, &to) {
                rows += store::add_up(tx, counts, &text, &new).await?;
            }
        }
    }
    Ok(rows)
}
