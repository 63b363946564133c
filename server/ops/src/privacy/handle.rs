//! What audits call a person: a random name that is stored with them and erased with them.

use domain::id::{TenantId, UserId};

use super::store;
use crate::clock::Clock;
use crate::db::WriteTx;
use crate::error::{Error, Result};

/// The person's handle, made now when they have none yet. Holds the person's row until `tx` ends.
///
/// # Errors
/// `NotFound` for an unknown person, or one of another tenant.
pub(crate) async fn of(tx: &mut WriteTx, clock: &Clock, tenant: &TenantId, user: &UserId) -> Result<String> {
    let fresh = format!("person-{}", clock.new_id());
    store::handle(tx, tenant, user, &fresh).await?.ok_or(Error::NotFound { what: "person" })
}
