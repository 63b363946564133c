//! What people read of the caps: each with its amount and where that is from, and what was changed when.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Tier;
use domain::cap::Rule;
use domain::cap::book::Book;
use jiff::Timestamp;
use serde::Serialize;

use super::{amount_of, change, read};
use crate::Ops;
use crate::clock::at;
use crate::error::Result;
use crate::settings::HISTORY;
use crate::settings::store::{SetRow, history};

/// Where an amount is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapSource {
    /// The configuration.
    Default,
    /// A person or key set it.
    Set,
    /// More was allowed for a while.
    Override,
}

impl CapSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Set => "set",
            Self::Override => "override",
        }
    }

    /// Of what holds for a rule.
    pub(crate) fn of(book: &Book, rule: &Rule, tier: Tier, now: Timestamp) -> Self {
        if book.holds(rule, tier, now) > book.base(rule, tier) {
            Self::Override
        } else if book.set.contains_key(&giver(book, rule, tier)) {
            Self::Set
        } else {
            Self::Default
        }
    }
}

/// The rule that `rule` has its amount from: itself, or the broader one.
fn giver(book: &Book, rule: &Rule, tier: Tier) -> Rule {
    match rule.broader(tier) {
        Some(broader) if book.given(rule).is_none() => broader,
        _ => rule.clone(),
    }
}

/// One cap.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CapRule {
    /// `agent:routine:day`: its name in links and in this API.
    pub rule: String,
    /// In words: `agent routine, a day`.
    pub of: String,
    /// `day` or `month`.
    pub window: &'static str,
    /// What holds now, overrides included; absent: no cap.
    pub amount_usd: Option<f64>,
    /// Without overrides; absent: no cap.
    pub base_usd: Option<f64>,
    /// What would hold had nobody set it; absent: no cap.
    pub default_usd: Option<f64>,
    pub source: CapSource,
    /// The rule it has its amount from: itself, or a broader one. For a person, by the tier they were last answered under.
    pub from: String,
    /// Who set it, when and why; absent for defaults.
    pub set_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub set_at: Option<Timestamp>,
    pub reason: Option<String>,
    /// When the override ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub override_until: Option<Timestamp>,
}

/// One change of a cap.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CapChange {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub rule: String,
    /// Absent: no cap.
    pub before_usd: Option<f64>,
    /// Absent: no cap, or back to the default.
    pub amount_usd: Option<f64>,
    pub back_to_default: bool,
    pub by: String,
    pub reason: String,
}

impl Ops {
    /// Every cap that has a default or was set or raised for a while, in the order people read them; those of one person only
    /// with `people`.
    pub async fn cap_rules(&self, people: bool) -> Result<Vec<CapRule>> {
        let book = self.gateway.today.caps.get().book.clone();
        let changes = self.who_set().await?;
        let now = self.clock.now();
        let running = book.overrides.iter().filter(|more| now < more.until).map(|more| &more.rule);
        let own: BTreeSet<&Rule> = book.set.keys().chain(running).filter(|rule| rule.is_of_one()).collect();
        let mut rules = Vec::new();
        for rule in Rule::all_defaults().iter().chain(own) {
            if people || !rule.is_of_a_person() {
                rules.push(self.describe(&book, rule, &changes).await?);
            }
        }
        Ok(rules)
    }

    /// One cap, also of an agent, model, key or person that has none of its own.
    pub async fn cap_rule(&self, rule: &Rule) -> Result<CapRule> {
        let book = self.gateway.today.caps.get().book.clone();
        self.describe(&book, rule, &self.who_set().await?).await
    }

    async fn who_set(&self) -> Result<BTreeMap<String, SetRow>> {
        let rows = self.caps_set().await?;
        Ok(rows.into_iter().map(|row| (row.subject.clone(), row)).collect())
    }

    async fn describe(
        &self,
        book: &Book,
        rule: &Rule,
        changes: &BTreeMap<String, SetRow>,
    ) -> Result<CapRule> {
        let now = self.clock.now();
        let tier = self.tiers_of(rule).await?.last().copied().unwrap_or(Tier::Free);
        let from = giver(book, rule, tier);
        let unset = Book {
            set: book.set.iter().filter(|(set, _)| *set != rule).map(|(r, a)| (r.clone(), *a)).collect(),
            ..book.clone()
        };
        let text = from.to_string();
        let set = changes.get(&text).filter(|_| book.set.contains_key(&from));
        let running = book.override_of(rule, now).or_else(|| book.override_of(&from, now));
        Ok(CapRule {
            rule: rule.to_string(),
            of: rule.words(),
            window: rule.window().as_str(),
            amount_usd: book.holds(rule, tier, now).usd(),
            base_usd: book.base(rule, tier).usd(),
            default_usd: unset.base(rule, tier).usd(),
            source: CapSource::of(book, rule, tier, now),
            from: text,
            set_by: set.map(|row| row.made_by.clone()),
            set_at: set.map(|row| at(row.at)),
            reason: set.map(|row| row.reason.clone()),
            override_until: running.map(|more| more.until),
        })
    }

    /// The last 200 changes of a cap, newest first.
    pub async fn cap_history(&self, rule: &Rule) -> Result<Vec<CapChange>> {
        let rows = history(self.db.read(), change::KIND.name, &rule.to_string(), HISTORY).await?;
        let usd = |stored: Option<String>| -> Result<Option<f64>> {
            stored.map_or(Ok(None), |stored| Ok(amount_of(&stored)?.usd()))
        };
        let told = rows.into_iter().map(|row| {
            Ok(CapChange {
                at: at(row.at),
                rule: read(&row.subject)?.to_string(),
                before_usd: usd(row.before)?,
                back_to_default: row.value.is_none(),
                amount_usd: usd(row.value)?,
                id: row.id,
                by: row.made_by,
                reason: row.reason,
            })
        });
        told.collect()
    }
}
