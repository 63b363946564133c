//! What the first screen takes from other areas: money, the shutoff, incidents, changes.
//!
//! The one place where they are plugged in. An area that is not there yet is `None` or empty, and shown as such.

use std::collections::BTreeMap;

use domain::agent::Agent;
use domain::health::Status;
use domain::money::MicroUsd;
use domain::shutoff::Shutoff;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Tone;
use crate::access::audit::AuditEntry;
use crate::cost::CostDimension;
use crate::error::Result;
use crate::telemetry::Window;
use crate::telemetry::figures::as_usd;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Everything from elsewhere, read at one moment.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    pub spend: Option<Spend>,
    /// What each agent spent today.
    pub costs: BTreeMap<Agent, MicroUsd>,
    /// In force, the widest first.
    pub shutoffs: Vec<Shutoff>,
    /// Open incidents, the most urgent first.
    pub incidents: Vec<OpenIncident>,
    /// Newest first.
    pub changes: Vec<ChangeRow>,
}

/// Today's money against its limits.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Spend {
    #[serde(rename = "spent_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub spent: MicroUsd,
    /// Somebody is told.
    #[serde(rename = "alert_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub alert: MicroUsd,
    /// Models are spared.
    #[serde(rename = "budget_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub budget: MicroUsd,
    /// Never crossed.
    #[serde(rename = "ceiling_usd", serialize_with = "as_usd")]
    #[schema(value_type = f64)]
    pub ceiling: MicroUsd,
}

/// An incident that is not resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenIncident {
    pub id: String,
    /// `INC-48`.
    pub name: String,
    /// `P0` to `P3`.
    pub severity: String,
    pub title: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    pub acknowledged: bool,
}

/// Something that changed: a release, a switch, an incident, a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangeRow {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `health`, `release`, `shutoff`, `incident`, `config`.
    pub kind: String,
    pub tone: Tone,
    /// One sentence.
    pub text: String,
    /// By whom, or with what effect.
    pub note: String,
    /// The page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

impl crate::Ops {
    /// Reads everything from elsewhere.
    pub(super) async fn outside(&self, now: Timestamp) -> Result<Outside> {
        let cost = self.cost_now().await?;
        let spend = Spend {
            spent: MicroUsd::from_usd(cost.spent_usd),
            alert: MicroUsd::from_usd(cost.alert_usd),
            budget: MicroUsd::from_usd(cost.budget_usd),
            ceiling: MicroUsd::from_usd(cost.ceiling_usd),
        };
        let today = self.gateway.today.day(now);
        let costs = self.cost_by(CostDimension::Agent, today.start, today.end).await?;
        let costs = costs
            .into_iter()
            .filter_map(|line| Some((Agent::parse(&line.name)?, MicroUsd::from_usd(line.cost_usd))));
        let incidents = self.open_incidents().await?.into_iter().map(|incident| OpenIncident {
            name: incident.name(),
            severity: incident.severity.as_str().to_owned(),
            title: incident.title,
            since: incident.opened_at,
            acknowledged: incident.acknowledged_at.is_some(),
            id: incident.id,
        });
        let mut changes = self.health_changes(Window::last(now, HOUR)).await?;
        changes.extend(self.changes_since(now - HOUR).await?.iter().filter_map(changed));
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        changes.truncate(20);
        Ok(Outside {
            spend: Some(spend),
            costs: costs.collect(),
            shutoffs: self.shutoffs(),
            incidents: incidents.collect(),
            changes,
        })
    }

    /// Components that failed, limped or came back.
    pub async fn health_changes(&self, window: Window) -> Result<Vec<ChangeRow>> {
        let report = self.health_now();
        let changes = self.stored_health_changes(window).await?;
        let told = changes.into_iter().filter(|change| change.from.max(change.to) >= Status::Degraded);
        let rows = told.map(|change| {
            let title =
                report.component(&change.component).map_or(change.component.clone(), |c| c.title.clone());
            let text = match change.to {
                Status::Ok => format!("{title} is fine again"),
                Status::Unknown => format!("{title} is unknown"),
                Status::Degraded => format!("{title} is degraded"),
                Status::Failing => format!("{title} is failing"),
            };
            ChangeRow {
                at: change.at,
                kind: "health".to_owned(),
                tone: Tone::from(change.to),
                text,
                note: change.detail,
                href: Some("/health".to_owned()),
            }
        });
        Ok(rows.collect())
    }
}

/// An audit entry as a line of the change strip; what changes nothing for users is left out.
fn changed(entry: &AuditEntry) -> Option<ChangeRow> {
    let kind = entry.action.split('.').next()?;
    let (tone, href) = match kind {
        "release" => (Tone::Ok, "/releases"),
        "shutoff" => (Tone::Warn, "/cost/shutoff"),
        "cap" if entry.action != "cap.refused" && everybodys(&entry.subject) => (Tone::Warn, "/cost/caps"),
        "limit" if entry.action != "limit.refused" && of_nobody(&entry.subject) => {
            (Tone::Warn, "/cost/limits")
        }
        "degrade" if entry.action != "degrade.refused" => (Tone::Warn, "/cost/policies"),
        "incident" => (if entry.action == "incident.opened" { Tone::Bad } else { Tone::Ok }, "/incidents"),
        "key" | "user" | "channel" => (Tone::Ok, "/audit"),
        _ => return None,
    };
    let words = entry.action.replace(['.', '-'], " ");
    Some(ChangeRow {
        at: entry.at,
        kind: kind.to_owned(),
        tone,
        text: format!("{} {}: {}", capital(&words), entry.subject, entry.detail),
        note: format!("by {}", entry.actor),
        href: Some(href.to_owned()),
    })
}

/// Whether a cap is for everybody to see: those of one person are not.
fn everybodys(rule: &str) -> bool {
    domain::cap::Rule::parse(rule).is_ok_and(|rule| !rule.is_of_a_person())
}

/// Likewise a limit.
fn of_nobody(rule: &str) -> bool {
    domain::limit::Rule::parse(rule).is_ok_and(|rule| !rule.is_of_a_person())
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
