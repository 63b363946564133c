//! The default rules, measured: error rate and p95 of agents over five minutes, the day's spend and where it goes, failed
//! health checks.
//! Thresholds are the runbook's; they stand in the configuration.

use domain::health::Status;
use domain::incident::Severity;
use domain::money::MicroUsd;
use jiff::SignedDuration;

use crate::error::Result;
use crate::health;
use crate::telemetry::{Filter, Window};

/// One condition, measured once.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// One alert each: `error-rate`, `component:memory`.
    pub fingerprint: String,
    /// The family; open incidents of the same family are shared.
    pub rule: &'static str,
    pub title: String,
    pub severity: Severity,
    /// `None`: it could not be measured.
    pub holds: Option<bool>,
    pub hold_for: SignedDuration,
    /// One sentence with the figures. No id of a person, no health value.
    pub facts: String,
}

/// Both burn rates must reach the budget sooner: one long call is no trend.
const FORECAST_MINUTES: u64 = 60;
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

impl crate::Ops {
    pub(crate) async fn conditions(&self) -> Result<Vec<Condition>> {
        let mut conditions = Vec::new();
        self.traffic_conditions(&mut conditions).await?;
        self.cost_condition(&mut conditions).await?;
        self.spend_conditions(&mut conditions).await?;
        self.health_conditions(&mut conditions);
        Ok(conditions)
    }

    /// Below `min_requests` nothing is known: neither do a few errors alert, nor does silence resolve.
    async fn traffic_conditions(&self, conditions: &mut Vec<Condition>) -> Result<()> {
        let limits = &self.config.alerts;
        let recent = self.summary(Window::last(self.clock.now(), WINDOW), &Filter::default()).await?;
        let enough = recent.requests >= limits.min_requests;
        let hold_for = SignedDuration::from_secs(i64::try_from(limits.for_seconds).unwrap_or(30));
        let share = recent.error_rate.filter(|_| enough).map(|share| share * 100.0);
        conditions.push(Condition {
            fingerprint: "error-rate".to_owned(),
            rule: "error-rate",
            title: format!("Error rate above {} %", limits.error_rate_percent),
            severity: if share.is_some_and(|share| share > 2.0 * limits.error_rate_percent) {
                Severity::P0
            } else {
                Severity::P1
            },
            holds: share.map(|share| share > limits.error_rate_percent),
            hold_for,
            facts: match share {
                Some(share) => {
                    format!("{share:.1} % of {} agent requests failed in the last 5 minutes", recent.requests)
                }
                None => format!("{} agent requests in 5 minutes are too few to judge", recent.requests),
            },
        });
        let p95_ms = recent.p95_us.filter(|_| enough).map(|us| us / 1_000);
        conditions.push(Condition {
            fingerprint: "p95".to_owned(),
            rule: "p95",
            title: format!("p95 latency above {} s", limits.p95_ms as f64 / 1e3),
            severity: if p95_ms.is_some_and(|ms| ms > 3 * limits.p95_ms) {
                Severity::P1
            } else {
                Severity::P2
            },
            holds: p95_ms.map(|ms| ms > limits.p95_ms),
            hold_for,
            facts: match p95_ms {
                Some(ms) => {
                    format!("p95 {ms} ms over {} agent requests in the last 5 minutes", recent.requests)
                }
                None => format!("{} agent requests in 5 minutes are too few to judge", recent.requests),
            },
        });
        Ok(())
    }

    async fn cost_condition(&self, conditions: &mut Vec<Condition>) -> Result<()> {
        let cost = self.cost_now().await?;
        let (severity, passed) = match cost.spent_usd {
            usd if usd >= cost.ceiling_usd => (Severity::P0, cost.ceiling_usd),
            usd if usd >= cost.budget_usd => (Severity::P1, cost.budget_usd),
            _ => (Severity::P2, cost.alert_usd),
        };
        let money = |usd: f64| MicroUsd::from_usd(usd).to_string();
        conditions.push(Condition {
            fingerprint: "daily-cost".to_owned(),
            rule: "daily-cost",
            title: format!("Daily cost above {}", money(passed)),
            severity,
            holds: Some(cost.spent_usd >= cost.alert_usd),
            hold_for: SignedDuration::ZERO,
            facts: format!(
                "{} spent today, {} at midnight if it goes on so; budget {}, ceiling {}",
                money(cost.spent_usd),
                money(cost.forecast_midnight_usd),
                money(cost.budget_usd),
                money(cost.ceiling_usd)
            ),
        });
        // Past the budget the rule above says so.
        let soon = |minutes: Option<u64>| minutes.is_some_and(|minutes| minutes < FORECAST_MINUTES);
        let in_words = |minutes: Option<u64>| {
            minutes.map_or_else(|| "not today".to_owned(), |minutes| format!("in {minutes} min"))
        };
        conditions.push(Condition {
            fingerprint: "cost-forecast".to_owned(),
            rule: "cost-forecast",
            title: format!("Budget of {} reached within the hour", money(cost.budget_usd)),
            severity: if soon(cost.minutes_to_ceiling) { Severity::P1 } else { Severity::P2 },
            holds: Some(cost.spent_usd < cost.budget_usd && soon(cost.minutes_to_budget)),
            hold_for: SignedDuration::ZERO,
            facts: format!(
                "{} spent today; at the slower of the 5- and the 30-minute rate the budget is reached {}, the ceiling of {} {}",
                money(cost.spent_usd),
                in_words(cost.minutes_to_budget),
                money(cost.ceiling_usd),
                in_words(cost.minutes_to_ceiling),
            ),
        });
        Ok(())
    }

    /// Failing already means three failures in a row: no further waiting.
    fn health_conditions(&self, conditions: &mut Vec<Condition>) {
        for component in self.health_now().components {
            conditions.push(Condition {
                fingerprint: format!("component:{}", component.name),
                rule: "component-failing",
                title: format!("{} is failing", component.title),
                severity: match component.name.as_str() {
                    "store" => Severity::P0,
                    // People are served by the planners.
                    health::PROVIDER => Severity::P2,
                    _ => Severity::P1,
                },
                holds: match component.status {
                    Status::Failing => Some(true),
                    Status::Ok | Status::Degraded => Some(false),
                    Status::Unknown => None,
                },
                hold_for: SignedDuration::ZERO,
                facts: component.detail,
            });
        }
    }
}
