//! The caps in force: configuration gives the defaults, people set others in their place, admission reads them in memory.
//!
//! A change raises the switch's epoch in its transaction, so that it is in force for the next call here and, by the poll of the
//! switches, a quarter of a second later everywhere. Sums do not know their caps: changing one resets none.

mod change;
mod overrides;
mod preview;
mod rules;
pub(in crate::cost) mod store;

#[cfg(test)]
mod tests;

pub use overrides::{CapOverride, OverrideState};
pub use preview::CapPreview;
pub use rules::{CapChange, CapRule, CapSource};

use std::collections::BTreeMap;

use domain::access::Tier;
use domain::cap::book::{Book, Override};
use domain::cap::{Amount, Rule, Window};
use domain::money::MicroUsd;
use jiff::Timestamp;

use crate::Ops;
use crate::clock::at;
use crate::config::Config;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::gateway::store::epoch;
use crate::gateway::switch;
use crate::settings::store::{SetRow, set};

/// What admission reads.
pub(crate) struct InForce {
    pub(crate) book: Book,
    /// Overrides that wait or are in force, each with its end: somebody must write down that it came.
    open: Vec<(String, Timestamp)>,
}

impl InForce {
    /// Before the store was read.
    pub(crate) fn defaults(config: &Config) -> Self {
        Self { book: Book { defaults: defaults(config), ..Book::default() }, open: Vec::new() }
    }

    fn assemble(config: &Config, set: Vec<SetRow>, open: Vec<store::OverrideRow>) -> Result<Self> {
        let mut all = Self::defaults(config);
        for row in set {
            if let Some(amount) = row.value {
                all.book.set.insert(read(&row.subject)?, amount_of(&amount)?);
            }
        }
        for row in open {
            all.open.push((row.id, at(row.expires_at)));
            if row.approved_at.is_some() {
                let (rule, amount) = (read(&row.rule)?, MicroUsd(row.amount_micro));
                all.book.overrides.push(Override { rule, amount, until: at(row.expires_at) });
            }
        }
        Ok(all)
    }
}

/// A stored rule is ours: one that cannot be read must not be taken for no cap.
fn read(rule: &str) -> Result<Rule> {
    Rule::parse(rule).map_err(|fault| Error::internal("reading a cap", fault))
}

/// Stored as micro-dollars.
fn amount_of(stored: &str) -> Result<Amount> {
    let micro = stored.parse().map_err(|fault| Error::internal("reading a cap", fault))?;
    Ok(Amount::of_micro(micro))
}

/// What the configuration gives to every rule that is not of one agent, model, key or person.
fn defaults(config: &Config) -> BTreeMap<Rule, Amount> {
    let (cost, caps) = (config.cost.caps(), &config.caps);
    // A cap so small that it would be rounded to 0 is still a cap.
    let usd = |usd: f64| Amount::of_micro(if usd > 0.0 { MicroUsd::from_usd(usd).0.max(1) } else { 0 });
    let amount = |rule: &Rule| match rule {
        Rule::Alert => Amount::of_micro(cost.alert.0),
        Rule::Budget => Amount::of_micro(cost.budget.0),
        Rule::Ceiling => Amount::of_micro(cost.ceiling.0),
        Rule::Month => usd(caps.global_month_usd),
        Rule::Tier(tier) => usd(caps.tier_day(*tier)),
        Rule::Agent(_) => usd(caps.agent_day_usd),
        Rule::Model(_) => usd(caps.model_day_usd),
        Rule::Key(_) => usd(caps.key_day_usd),
        Rule::People(tier, Window::Day) => usd(caps.person(*tier).0),
        Rule::People(tier, Window::Month) => usd(caps.person(*tier).1),
        Rule::Person(..) => Amount::NoCap,
    };
    Rule::all_defaults().into_iter().map(|rule| (rule.clone(), amount(&rule))).collect()
}

impl Ops {
    /// Reads from the store what people set.
    pub async fn load_caps(&self) -> Result<()> {
        let epoch = epoch(self.db.read(), switch::CAPS).await?;
        let (set, open) = (self.caps_set().await?, store::open(self.db.read()).await?);
        let caps = InForce::assemble(&self.config, set, open)?;
        if self.gateway.today.caps.set(epoch, caps) {
            self.events.publish(Topic::Caps, None);
        }
        Ok(())
    }

    /// What people set.
    async fn caps_set(&self) -> Result<Vec<SetRow>> {
        set(self.db.read(), change::KIND.name).await
    }

    /// The caps as a transaction sees them.
    async fn caps_in(&self, tx: &mut WriteTx) -> Result<InForce> {
        let (set, open) = (set(&mut **tx, change::KIND.name).await?, store::open(&mut **tx).await?);
        InForce::assemble(&self.config, set, open)
    }

    /// Commits a change of caps and puts it in force here.
    async fn put_caps_in_force(&self, mut tx: WriteTx, epoch: i64, rule: &Rule) -> Result<()> {
        let caps = self.caps_in(&mut tx).await?;
        tx.commit().await?;
        self.put_caps(epoch, caps, rule);
        Ok(())
    }

    fn put_caps(&self, epoch: i64, caps: InForce, changed: &Rule) {
        self.gateway.today.caps.set(epoch, caps);
        self.events.publish(Topic::Caps, Some(changed.to_string()));
    }

    /// Under which tiers a rule is asked: for a person those of this month and the one before, the latest last, else all; for
    /// the others it makes no difference.
    async fn tiers_of(&self, rule: &Rule) -> Result<Vec<Tier>> {
        let Rule::Person(tenant, user, _) = rule else { return Ok(vec![Tier::Free]) };
        let db = self.db.read();
        let day = self.gateway.today.day(self.clock.now()).date;
        let month = |date: jiff::civil::Date| date.to_string()[..7].to_owned();
        let (this, before) = (month(day), month(day.first_of_month().yesterday().unwrap_or(day)));
        let seen = store::seen(db, &format!("user:{tenant}/{user}"), (&this, &before)).await?;
        let last = store::last_tier(db, tenant.as_str(), user.as_str()).await?;
        let last = last.and_then(|tier| Tier::parse(&tier).ok());
        let mut tiers: Vec<Tier> = seen.tiers().collect();
        tiers.sort_by_key(|tier| Some(*tier) == last);
        Ok(if tiers.is_empty() { Tier::ALL.to_vec() } else { tiers })
    }
}

/// Somebody's change as the timeline of an incident tells it: everybody sees that, so it names no person.
fn told(rule: &Rule) -> String {
    if rule.is_of_a_person() { format!("one person, a {}", rule.window().as_str()) } else { rule.words() }
}
