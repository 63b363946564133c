//! The rules that admission reads, in memory without a lock: what the configuration gives, and what people set in its place.

use std::sync::Arc;

use domain::limit::book::Book;
use domain::limit::index::Index;
use domain::limit::{Quota, Resource, Rule, Window};
use domain::rate::Rate;

use super::change;
use crate::Ops;
use crate::config::{self, Config};
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::store::epoch;
use crate::gateway::switch;
use crate::settings::store::{SetRow, set};

#[derive(Debug)]
pub(super) struct InForce {
    pub(super) book: Book,
    pub(super) index: Index<Arc<Held>>,
}

/// One rule as it holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) rule: Rule,
    pub(super) text: Arc<str>,
    pub(super) quota: Quota,
    /// `None`: no limit.
    pub(super) limit: Option<Limit>,
    /// A person or key set it.
    pub(super) set: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    Rate(Rate),
    Parallel(u32),
}

impl InForce {
    /// Before the store was read.
    pub(super) fn defaults(config: &Config) -> Self {
        let defaults = config::limits::defaults(config).into_iter().collect();
        Self::of(Book { defaults, ..Book::default() })
    }

    pub(super) fn of(book: Book) -> Self {
        let held = |rule: &Rule, quota: Quota| Held {
            rule: rule.clone(),
            text: rule.to_string().into(),
            quota,
            limit: limit(rule, quota),
            set: book.set.contains_key(rule),
        };
        let all = book.rules();
        let index =
            Index::new(all.into_iter().map(|(rule, quota)| (rule.clone(), Arc::new(held(rule, quota)))));
        Self { book, index }
    }

    fn assemble(config: &Config, rows: Vec<SetRow>) -> Result<Self> {
        let mut book = Self::defaults(config).book;
        for row in rows {
            if let Some(quota) = row.value {
                book.set.insert(read(&row.subject)?, quota_of(&quota)?);
            }
        }
        Ok(Self::of(book))
    }
}

fn limit(rule: &Rule, quota: Quota) -> Option<Limit> {
    match (rule.resource(), rule.window().map(Window::span)) {
        (Resource::Requests | Resource::Tokens, Some(window)) => {
            Rate::new(quota.number(), window).map(Limit::Rate)
        }
        _ => quota.most().map(Limit::Parallel),
    }
}

/// A stored rule is ours: one that cannot be read must not be taken for no limit.
pub(super) fn read(rule: &str) -> Result<Rule> {
    Rule::parse(rule).map_err(|fault| Error::internal("reading a limit", fault))
}

pub(super) fn quota_of(stored: &str) -> Result<Quota> {
    let number = stored.parse().map_err(|fault| Error::internal("reading a limit", fault))?;
    Quota::parse("quota", number).map_err(|fault| Error::internal("reading a limit", fault))
}

impl Ops {
    /// Reads from the store what people set.
    pub async fn load_limits(&self) -> Result<()> {
        let epoch = epoch(self.db.read(), switch::LIMITS).await?;
        let in_force = InForce::assemble(&self.config, self.limits_set().await?)?;
        if self.gateway.limits.in_force.set(epoch, in_force) {
            self.events.publish(Topic::Limits, None);
        }
        Ok(())
    }

    /// What people set.
    pub(super) async fn limits_set(&self) -> Result<Vec<SetRow>> {
        set(self.db.read(), change::KIND.name).await
    }

    /// The rules as a transaction sees them.
    pub(super) async fn limits_in(&self, tx: &mut WriteTx) -> Result<InForce> {
        InForce::assemble(&self.config, set(&mut **tx, change::KIND.name).await?)
    }

    pub(crate) fn limits_epoch(&self) -> i64 {
        self.gateway.limits.in_force.epoch()
    }
}
