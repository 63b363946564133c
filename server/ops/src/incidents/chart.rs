//! The one chart that tells of an incident: what its alert measured, before, while and after it was open.

use jiff::{SignedDuration, Timestamp};

use super::Incident;
use crate::charts::{Line, LineChart, Mark, Tone};
use crate::cost::CostStep;
use crate::error::Result;
use crate::telemetry::{Filter, Window};

/// What is drawn from before the incident, to see how it was when all was well.
const BEFORE: SignedDuration = SignedDuration::from_mins(45);
/// What is drawn from after it.
const AFTER: SignedDuration = SignedDuration::from_mins(15);
/// An incident open for days is drawn by its last day.
const MOST: SignedDuration = SignedDuration::from_hours(24);

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Errors,
    Latency,
    Spend,
    Memory,
}

impl Subject {
    /// Of a component that fails, and of an incident opened by hand, errors tell whether people feel it.
    fn of(fingerprint: Option<&str>) -> Self {
        match fingerprint {
            Some("p95") => Self::Latency,
            Some("daily-cost" | "cost-forecast") => Self::Spend,
            Some("component:memory") => Self::Memory,
            _ => Self::Errors,
        }
    }
}

impl crate::Ops {
    /// As known at `at`: a message that is late shows what was true when it was written.
    pub async fn incident_chart(&self, incident: &Incident, at: Timestamp) -> Result<LineChart> {
        let over = incident.resolved_at.filter(|resolved| *resolved <= at);
        let to = over.map_or(at, |resolved| at.min(resolved + AFTER)).max(incident.opened_at);
        let from = (incident.opened_at - BEFORE).max(to - MOST);
        let window = Window { from, to };
        let mut chart = self.chart_of(Subject::of(incident.fingerprint.as_deref()), window).await?;
        chart.marks.push(Mark {
            at: incident.opened_at.as_millisecond(),
            label: format!("{} opened", incident.name()),
            tone: Tone::Bad,
            until: Some(over.unwrap_or(to).as_millisecond()),
        });
        Ok(chart)
    }

    /// The last hour of errors: what a test message carries.
    pub(crate) async fn test_chart(&self, at: Timestamp) -> Result<LineChart> {
        self.chart_of(Subject::Errors, Window::last(at, SignedDuration::from_hours(1))).await
    }

    async fn chart_of(&self, subject: Subject, window: Window) -> Result<LineChart> {
        let alerts = &self.config.alerts;
        match subject {
            Subject::Errors => {
                let mut chart = self.error_chart(window, &Filter::default()).await?;
                let limit = alerts.error_rate_percent;
                chart.title = "Errors of agent requests".to_owned();
                chart.target = Some((limit, format!("alert above {limit} %")));
                Ok(chart)
            }
            Subject::Latency => {
                let mut chart = self.latency_chart(window, &Filter::default()).await?;
                chart.title = "p95 latency of agent requests".to_owned();
                chart.target = Some((alerts.p95_ms as f64, format!("alert above {} ms", alerts.p95_ms)));
                Ok(chart)
            }
            Subject::Spend => self.spend_chart(window.to).await,
            Subject::Memory => self.memory_chart(window).await,
        }
    }

    /// Dollars spent since the day began, hour by hour, against the budget.
    async fn spend_chart(&self, to: Timestamp) -> Result<LineChart> {
        let from = self.gateway.today.day(to).start;
        let mut sum = 0.0;
        let mut points = vec![(from.as_millisecond(), Some(0.0))];
        for point in self.cost_series(CostStep::Hour, from, to).await? {
            sum += point.cost_usd;
            let hour_ends = (point.at + SignedDuration::from_hours(1)).min(to);
            points.push((hour_ends.as_millisecond(), Some(sum)));
        }
        Ok(LineChart {
            title: "Spent today".to_owned(),
            unit: "USD".to_owned(),
            series: vec![Line { name: "spent".to_owned(), tone: Tone::Accent, points }],
            target: Some((self.config.cost.budget_usd, "budget".to_owned())),
            marks: Vec::new(),
            from: from.as_millisecond(),
            to: to.as_millisecond(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use domain::incident::{IncidentState, Severity};

    fn incident(opened_at: Timestamp, fingerprint: Option<&str>) -> Incident {
        Incident {
            id: "i".to_owned(),
            number: 7,
            title: "Something".to_owned(),
            severity: Severity::P1,
            state: IncidentState::Open,
            fingerprint: fingerprint.map(str::to_owned),
            opened_at,
            opened_by: "alerts".to_owned(),
            acknowledged_at: None,
            acknowledged_by: None,
            resolved_at: None,
            resolved_by: None,
            mitigate_by: opened_at,
            resolve_by: opened_at,
        }
    }

    #[tokio::test]
    async fn each_alert_has_its_chart_and_the_incident_is_on_it() {
        let ops = testing::ops().await;
        let opened = ops.clock.now();
        let at = opened + SignedDuration::from_mins(10);
        let cases = [
            (Some("error-rate"), "Errors of agent requests", "%"),
            (Some("p95"), "p95 latency of agent requests", "ms"),
            (Some("daily-cost"), "Spent today", "USD"),
            (Some("component:memory"), "Memory of the process", "MB"),
            (Some("component:store"), "Errors of agent requests", "%"),
            (None, "Errors of agent requests", "%"),
        ];
        for (fingerprint, title, unit) in cases {
            let chart = ops.incident_chart(&incident(opened, fingerprint), at).await.unwrap();
            assert_eq!((chart.title.as_str(), chart.unit.as_str()), (title, unit));
            assert!(chart.target.is_some(), "{title} has a target");
            let mark = &chart.marks[0];
            assert_eq!((mark.label.as_str(), mark.until), ("INC-7 opened", Some(at.as_millisecond())));
        }
    }

    #[tokio::test]
    async fn the_window_ends_soon_after_the_incident_and_is_a_day_at_most() {
        let ops = testing::ops().await;
        let opened = ops.clock.now();
        let hours = |n| opened + SignedDuration::from_hours(n);
        let mut over = incident(opened, None);
        over.resolved_at = Some(hours(1));
        let chart = ops.incident_chart(&over, hours(9)).await.unwrap();
        assert_eq!(chart.to, (hours(1) + AFTER).as_millisecond());
        assert_eq!(chart.from, (opened - BEFORE).as_millisecond());
        let chart = ops.incident_chart(&over, opened + SignedDuration::from_mins(5)).await.unwrap();
        assert_eq!(chart.to, (opened + SignedDuration::from_mins(5)).as_millisecond(), "as known then");
        let chart = ops.incident_chart(&incident(opened, None), hours(72)).await.unwrap();
        assert_eq!(chart.to - chart.from, MOST.as_millis() as i64);
    }
}
