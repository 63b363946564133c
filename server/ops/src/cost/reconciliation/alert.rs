//! The alert "provider disagrees about spend", and the one for providers that no longer tell.

use domain::incident::Severity;
use domain::money::MicroUsd;
use domain::reconciliation::Verdict;
use jiff::{SignedDuration, ToSpan};

use super::ReconciledLine;
use super::compare::utc_day;
use crate::Ops;
use crate::alerts::Condition;
use crate::error::Result;

/// The newest days that are final; an older drift is on the page, and was told when it was new.
const DAYS: usize = 3;
/// An invoice is of the month before.
const LOOK_BACK: i64 = 45;
/// Two nights without an answer are not a slow provider.
const RULES: [&str; 2] = ["provider-spend", "provider-silent"];
const SILENT: SignedDuration = SignedDuration::from_hours(48);

impl Ops {
    /// One condition per provider. What it did not tell neither fires nor resolves.
    pub(crate) async fn spend_conditions(&self, conditions: &mut Vec<Condition>) -> Result<()> {
        let now = self.clock.now();
        let from = utc_day(now).checked_sub(LOOK_BACK.days()).unwrap_or(utc_day(now));
        let mut lines = self.whole_days(from).await?;
        lines.retain(|line| line.state != Verdict::TooEarly);
        let mut names: Vec<&String> = lines.iter().map(|line| &line.provider).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            // The newest first.
            let newest: Vec<_> = lines.iter().filter(|line| line.provider == *name).take(DAYS).collect();
            conditions.push(disagreement(name, &newest));
        }
        for source in self.reconciliation_sources().await?.into_iter().filter(|source| source.configured) {
            let silent = source.failing_since.map(|since| now.duration_since(since) >= SILENT);
            let since = source.failing_since.map(|since| since.strftime("%Y-%m-%d %H:%M UTC").to_string());
            conditions.push(Condition {
                fingerprint: format!("provider-silent:{}", source.provider),
                rule: "provider-silent",
                title: "Provider does not tell what it billed".to_owned(),
                severity: Severity::P3,
                holds: Some(silent.unwrap_or(false)),
                hold_for: SignedDuration::ZERO,
                facts: match (since, source.error) {
                    (Some(since), Some(why)) => format!("{} {why}; unknown since {since}", source.provider),
                    _ => format!("{} tells what it billed", source.provider),
                },
            });
        }
        self.settle_gone(conditions).await
    }

    /// What is no longer compared disagrees with nobody.
    async fn settle_gone(&self, conditions: &mut Vec<Condition>) -> Result<()> {
        for alert in self.alerts_now().await? {
            let rule = RULES.into_iter().find(|rule| alert.rule == *rule);
            let measured = conditions.iter().any(|condition| condition.fingerprint == alert.fingerprint);
            if let Some(rule) = rule.filter(|_| !measured) {
                conditions.push(Condition {
                    fingerprint: alert.fingerprint,
                    rule,
                    title: alert.title,
                    severity: alert.severity,
                    holds: Some(false),
                    hold_for: SignedDuration::ZERO,
                    facts: "no longer compared: no configured provider, no recent invoice".to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// `days`: whole days that are final, the newest first.
fn disagreement(provider: &str, days: &[&ReconciledLine]) -> Condition {
    let apart = |line: &&&ReconciledLine| line.difference_usd.unwrap_or(0.0).abs();
    let drifted = days.iter().filter(|line| line.state.is_drift());
    let worst = drifted.max_by(|one, two| apart(one).total_cmp(&apart(two)));
    let money = |usd: f64| MicroUsd::from_usd(usd).to_string();
    let told = days.iter().filter(|line| line.their_usd.is_some()).count();
    let facts = match worst {
        Some(line) => {
            let (theirs, difference) = (line.their_usd.unwrap_or(0.0), line.difference_usd.unwrap_or(0.0));
            let meaning = if difference > 0.0 {
                "more than any cap knew of"
            } else {
                "less: caps close earlier than they need to"
            };
            let (theirs, ours, apart) = (money(theirs), money(line.our_usd), money(difference.abs()));
            format!(
                "{provider} billed {theirs} for {} (UTC), the ledger says {ours}: {apart} {meaning}",
                line.day
            )
        }
        None if told == 0 => format!("{provider} has not told what it billed on the last days"),
        None => format!(
            "{provider} bills what the ledger says, as far as it told: {told} of the last {} days",
            days.len()
        ),
    };
    Condition {
        fingerprint: format!("provider-spend:{provider}"),
        rule: "provider-spend",
        title: "Provider disagrees about spend".to_owned(),
        severity: Severity::P2,
        holds: match worst {
            Some(_) => Some(true),
            None => (told > 0).then_some(false),
        },
        hold_for: SignedDuration::ZERO,
        facts,
    }
}
