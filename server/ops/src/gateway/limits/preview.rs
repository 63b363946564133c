//! What a quota would do if it were in force now: shown before anybody changes it, from what is counted and what was refused.

use domain::limit::{Quota, Rule};
use serde::Serialize;

use crate::Ops;
use crate::error::Result;

const DAY_MINUTES: i64 = 24 * 60;

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LimitPreview {
    pub rule: String,
    /// Absent: no limit.
    pub quota: Option<u32>,
    /// Who used some of it and did not get it back yet, in the instance that answers; absent: not known, because nobody counts them
    /// yet or not by these parts.
    pub subjects: Option<u64>,
    /// Of these, who has used as much as the quota already: their next request is refused.
    pub above: Option<u64>,
    /// Used by whoever of them used most.
    pub most_used: Option<u64>,
    /// By the rule as it is, of all instances.
    pub refused_last_hour: u64,
    pub refused_last_day: u64,
    /// The wider rule that holds for them until then, and its quota.
    pub instead_of: Option<String>,
    /// Whether setting it may let more through than now: needs an operator with their password.
    pub loosens: bool,
}

impl Ops {
    /// What `quota` would do as that of `rule`.
    pub async fn limit_preview(&self, rule: &Rule, quota: Quota) -> Result<LimitPreview> {
        let text = rule.to_string();
        let hour = self.limit_refusals(60).await?;
        let day = self.limit_refusals(DAY_MINUTES).await?;
        let tried = self.gateway.limits.tried(rule, quota);
        let in_force = self.gateway.limits.in_force.get();
        let wider = in_force.book.given(rule).is_none().then(|| in_force.book.wider(rule)).flatten();
        Ok(LimitPreview {
            quota: quota.most(),
            subjects: tried.map(|tried| tried.subjects),
            above: tried.map(|tried| tried.above),
            most_used: tried.map(|tried| tried.most),
            refused_last_hour: hour.get(&text).copied().unwrap_or(0),
            refused_last_day: day.get(&text).copied().unwrap_or(0),
            instead_of: wider.map(|(wider, quota)| format!("{}: {quota}", wider.words())),
            loosens: in_force.book.loosened_by(rule, Some(quota)),
            rule: text,
        })
    }
}
