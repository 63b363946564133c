//! What people read of the limits: each rule with its quota and where that is from, who is nearest to it, how often it said no, and
//! what was changed when.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::limit::{Quota, Rule};
use jiff::Timestamp;
use serde::Serialize;

use super::change;
use super::in_force::{quota_of, read};
use super::standing::Standing;
use crate::Ops;
use crate::clock::at;
use crate::error::Result;
use crate::settings::HISTORY;
use crate::settings::store::{SetRow, history};

/// Where a quota is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LimitSource {
    /// The configuration.
    Default,
    /// A person or key set it.
    Set,
    /// There is no such rule: a wider one holds, or none.
    None,
}

impl LimitSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Set => "set",
            Self::None => "none",
        }
    }
}

/// One limit.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LimitRule {
    /// `requests:hour:tier=free,agent=behavior,person=*`: its name in links, in this API and in `RateLimit`.
    pub rule: String,
    /// In words: `behavior requests an hour, each person of tier free`.
    pub of: String,
    /// `requests`, `tokens` or `parallel`.
    pub resource: &'static str,
    /// `second`, `minute`, `hour` or `day`; absent: at the same time.
    pub window: Option<&'static str>,
    /// Absent: no limit.
    pub quota: Option<u32>,
    /// Of the configuration; absent: no limit.
    pub default_quota: Option<u32>,
    /// Whether the configuration has this rule: without it the wider one holds.
    pub has_default: bool,
    pub source: LimitSource,
    /// Who set it, when and why; absent for defaults.
    pub set_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub set_at: Option<Timestamp>,
    pub reason: Option<String>,
    /// The wider rule that holds where this one is missing.
    pub wider: Option<String>,
    /// Who used some of it and did not get it back yet, in the instance that answers.
    pub subjects: u64,
    /// Used by whoever of them is nearest to it.
    pub nearest_used: u64,
    /// Of the quota; absent: no limit.
    pub nearest_share: Option<f64>,
    /// Who that is; people only for roles that may see them.
    pub nearest: Option<String>,
    /// Requests and model calls refused, of all instances.
    pub refused_last_hour: u64,
}

/// One change of a limit.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LimitChange {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub rule: String,
    /// Absent: there was no such rule; 0: no limit.
    pub before: Option<u32>,
    /// Absent: back to the default, or gone; 0: no limit.
    pub quota: Option<u32>,
    pub by: String,
    pub reason: String,
}

/// What is known beside the rules.
struct Known {
    changes: BTreeMap<String, SetRow>,
    standings: HashMap<Arc<str>, Standing>,
    refused: BTreeMap<String, u64>,
}

impl Ops {
    /// Whether any limit is in force: `limits.enabled` of the configuration.
    pub fn limits_enabled(&self) -> bool {
        self.gateway.limits.enabled
    }

    /// Every rule there is, in the order people read them; those of one person, and who is nearest, only with `people`.
    pub async fn limit_rules(&self, people: bool) -> Result<Vec<LimitRule>> {
        let known = self.known_of_limits().await?;
        let in_force = self.gateway.limits.in_force.get();
        let rules = in_force.book.rules().into_keys().filter(|rule| people || !rule.is_of_a_person());
        Ok(rules.map(|rule| describe(&in_force.book, rule, &known, people)).collect())
    }

    /// One rule, also one that nobody made yet.
    pub async fn limit_rule(&self, rule: &Rule, people: bool) -> Result<LimitRule> {
        let known = self.known_of_limits().await?;
        let in_force = self.gateway.limits.in_force.get();
        Ok(describe(&in_force.book, rule, &known, people))
    }

    async fn known_of_limits(&self) -> Result<Known> {
        let rows = self.limits_set().await?;
        Ok(Known {
            changes: rows.into_iter().map(|row| (row.subject.clone(), row)).collect(),
            refused: self.limit_refusals(60).await?,
            standings: self.gateway.limits.standings(),
        })
    }

    /// The last 200 changes of a limit, newest first.
    pub async fn limit_history(&self, rule: &Rule) -> Result<Vec<LimitChange>> {
        let rows = history(self.db.read(), change::KIND.name, &rule.to_string(), HISTORY).await?;
        let number = |stored: Option<String>| -> Result<Option<u32>> {
            stored.map(|stored| Ok(quota_of(&stored)?.number())).transpose()
        };
        let told = rows.into_iter().map(|row| {
            Ok(LimitChange {
                id: row.id,
                at: at(row.at),
                rule: read(&row.subject)?.to_string(),
                before: number(row.before)?,
                quota: number(row.value)?,
                by: row.made_by,
                reason: row.reason,
            })
        });
        told.collect()
    }
}

fn describe(book: &domain::limit::book::Book, rule: &Rule, known: &Known, people: bool) -> LimitRule {
    let text = rule.to_string();
    let given = book.given(rule);
    let quota = given.and_then(Quota::most);
    let is_set = book.set.contains_key(rule);
    let set = known.changes.get(&text).filter(|_| is_set);
    let standing = known.standings.get(text.as_str()).cloned().unwrap_or_default();
    let nearest = standing.nearest.filter(|subject| people || !subject.shape().has_person());
    let in_words = |subject: domain::limit::Subject| {
        let parts = subject.parts().into_iter().map(|(name, value)| format!("{name} {value}"));
        let words = parts.collect::<Vec<_>>().join(", ");
        if words.is_empty() { "all together".to_owned() } else { words }
    };
    LimitRule {
        of: rule.words(),
        resource: rule.resource().as_str(),
        window: rule.window().map(domain::limit::Window::as_str),
        quota,
        default_quota: book.defaults.get(rule).and_then(|quota| quota.most()),
        has_default: book.defaults.contains_key(rule),
        source: match (given, is_set) {
            (None, _) => LimitSource::None,
            (Some(_), true) => LimitSource::Set,
            (Some(_), false) => LimitSource::Default,
        },
        set_by: set.map(|row| row.made_by.clone()),
        set_at: set.map(|row| at(row.at)),
        reason: set.map(|row| row.reason.clone()),
        wider: book.wider(rule).map(|(wider, _)| wider.to_string()),
        subjects: standing.subjects,
        nearest_used: standing.most,
        nearest_share: quota.map(|quota| standing.most as f64 / f64::from(quota)),
        nearest: nearest.map(in_words),
        refused_last_hour: known.refused.get(&text).copied().unwrap_or(0),
        rule: text,
    }
}
