//! What people set in place of the configuration's defaults: caps, limits and degrade policies, in force for the next call.
//!
//! One way of changing for all kinds. Tightening is open to whoever may cut cost, keys too; loosening asks an operator for
//! their password again. A change raises the kind's epoch in its transaction, so that it is in force here when the change
//! returns and, by the poll of the switches, a quarter of a second later in every instance.

mod change;
pub(crate) mod store;

use std::future::Future;
use std::sync::Arc;

use crate::Ops;
use crate::db::WriteTx;
use crate::error::Result;

/// Changes shown of one subject; older ones stay in the store.
pub(crate) const HISTORY: i64 = 200;

/// A kind of settings.
#[derive(Debug)]
pub(crate) struct Kind {
    /// In the store and before the dot of the audit log's actions: `cap`.
    pub(crate) name: &'static str,
    /// For people: `degrade policy`.
    pub(crate) words: &'static str,
    /// Whose epoch a change raises.
    pub(crate) switch: &'static str,
    /// Why loosening takes a person, and where: `it lets more be spent: the console's page Caps`.
    pub(crate) because: &'static str,
    /// What is wrong with an empty password: `is needed to raise or take away a cap`.
    pub(crate) without_password: &'static str,
    /// What was refused: `raising it`.
    pub(crate) loosening: &'static str,
}

/// One subject's change that somebody asks for.
pub(crate) trait Setting: Sync {
    /// What admission reads in memory, of all subjects.
    type InForce: Send + Sync;

    const KIND: &'static Kind;

    /// In the store, in links and in the audit log: `agent:routine:day`.
    fn subject(&self) -> String;

    /// For the audit log.
    fn words(&self) -> String;

    /// For timelines, which everybody reads: names no person.
    fn told(&self) -> String {
        self.words()
    }

    /// What the change does to what is in force.
    ///
    /// # Errors
    /// `Conflict` when it is so already, or cannot be reset; `Invalid` for a value that does not fit the others.
    fn judge(&self, ops: &Ops, in_force: &Self::InForce) -> Result<Judgement>;

    /// What this process goes by.
    fn known(&self, ops: &Ops) -> Arc<Self::InForce>;

    /// What is in force as a transaction sees it.
    fn stored(&self, ops: &Ops, tx: &mut WriteTx) -> impl Future<Output = Result<Self::InForce>> + Send;

    /// What ends because of the change, in its transaction, in words for the audit log: `; its override has ended`.
    fn ends(
        &self,
        _ops: &Ops,
        _tx: &mut WriteTx,
        _by: &str,
        _at: i64,
    ) -> impl Future<Output = Result<&'static str>> + Send {
        std::future::ready(Ok(""))
    }

    /// Takes what was read at `epoch` for the next call, and tells whoever looks on.
    fn put(&self, ops: &Ops, epoch: i64, in_force: Self::InForce);
}

/// What a change does.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// It allows something that was not.
    pub(crate) loosens: bool,
    /// As stored; `None`: back to the default.
    pub(crate) value: Option<String>,
    /// What is in force before it; `None`: nothing is.
    pub(crate) before: Option<String>,
    /// `$5.00 to $10.00, the default`.
    pub(crate) moved: String,
    /// `raised`.
    pub(crate) verb: &'static str,
}
