//! Incidents: opened by alerts or by hand, with a clock, a timeline and an end.
//!
//! Titles and timelines hold figures and names of components, never a person or a health value.

mod chart;
pub(crate) mod store;

use domain::access::Action;
use domain::incident::{IncidentState, Severity};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Actor, audit};
use crate::alerts::{Condition, EVALUATOR};
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::notify::{self, Delivery};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Incident {
    pub id: String,
    /// 48 of `INC-48`.
    pub number: i64,
    pub title: String,
    pub severity: Severity,
    pub state: IncidentState,
    /// The alert that opened it (`error-rate`, `component:memory`); absent when a person did.
    pub fingerprint: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    pub opened_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    pub acknowledged_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    pub resolved_by: Option<String>,
    /// When people must feel it no longer.
    #[schema(value_type = String, format = DateTime)]
    pub mitigate_by: Timestamp,
    /// When its cause must be gone.
    #[schema(value_type = String, format = DateTime)]
    pub resolve_by: Timestamp,
}

impl Incident {
    /// `INC-48`.
    pub fn name(&self) -> String {
        format!("INC-{}", self.number)
    }
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentEvent {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `opened`, `alert`, `raised`, `acknowledged`, `note`, `change`, `recovered`, `resolved`.
    pub kind: String,
    pub text: String,
    pub by: String,
}

/// An incident with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct IncidentDetail {
    pub incident: Incident,
    pub timeline: Vec<IncidentEvent>,
    pub deliveries: Vec<Delivery>,
}

impl crate::Ops {
    /// Open ones first, then the newest; at most `limit`.
    pub async fn incidents(&self, limit: u32) -> Result<Vec<Incident>> {
        store::list(&self.db, i64::from(limit.min(500))).await
    }

    /// Those that are not resolved, the worst first.
    pub async fn open_incidents(&self) -> Result<Vec<Incident>> {
        store::open(&self.db).await
    }

    pub async fn incident(&self, id: &str) -> Result<IncidentDetail> {
        let incident = store::find(&self.db, id).await?.ok_or(Error::NotFound { what: "incident" })?;
        let timeline = store::events(&self.db, id).await?;
        let deliveries = self.deliveries_of(id).await?;
        Ok(IncidentDetail { incident, timeline, deliveries })
    }

    /// Opens one by hand. Needs `HandleIncident`. `title` 3–120 characters.
    pub async fn open_incident(&self, actor: &Actor, severity: Severity, title: &str) -> Result<Incident> {
        self.allow(actor, Action::HandleIncident).await?;
        let title = title.trim();
        if !(3..=120).contains(&title.chars().count()) {
            return Err(Error::invalid("title", "must be 3 to 120 characters"));
        }
        let mut tx = self.db.begin_write().await?;
        let incident = open(&mut tx, self, severity, title, None, actor, "Opened by hand").await?;
        let subject = incident.name();
        let detail = format!("{severity} opened: {title}");
        let entry = audit::Entry { actor, action: "incident.opened", subject: &subject, detail: &detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.tell_incidents(&incident.id);
        Ok(incident)
    }

    /// Somebody is on it. Needs `HandleIncident`.
    pub async fn acknowledge_incident(&self, actor: &Actor, id: &str) -> Result<()> {
        self.change_incident(actor, id, Change::Acknowledge).await
    }

    /// It is over. Needs `HandleIncident`. Alerts that still fire open a new one when they fire again.
    pub async fn resolve_incident(&self, actor: &Actor, id: &str, reason: &str) -> Result<()> {
        self.change_incident(actor, id, Change::Resolve(domain::reason::parse("reason", reason)?)).await
    }

    /// A line on the timeline. Needs `HandleIncident`. 3–500 characters.
    pub async fn add_incident_note(&self, actor: &Actor, id: &str, text: &str) -> Result<()> {
        self.change_incident(actor, id, Change::Note(domain::reason::parse("note", text)?)).await
    }

    async fn change_incident(&self, actor: &Actor, id: &str, change: Change) -> Result<()> {
        self.allow(actor, Action::HandleIncident).await?;
        let mut tx = self.db.begin_write().await?;
        let incident = store::find_in(&mut tx, id).await?.ok_or(Error::NotFound { what: "incident" })?;
        let (action, detail) = match &change {
            Change::Acknowledge => ("incident.acknowledged", "is on it"),
            Change::Note(text) => ("incident.noted", text.as_str()),
            Change::Resolve(reason) => ("incident.resolved", reason.as_str()),
        };
        match &change {
            Change::Acknowledge => acknowledge(&mut tx, self, &incident, &actor.label()).await?,
            Change::Note(text) => {
                store::add_event(&mut tx, &self.clock, id, "note", text, &actor.label()).await?;
            }
            Change::Resolve(reason) => resolve(&mut tx, self, &incident, &actor.label(), reason).await?,
        }
        let entry = audit::Entry { actor, action, subject: &incident.name(), detail };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.tell_incidents(id);
        Ok(())
    }

    fn tell_incidents(&self, id: &str) {
        self.events.publish(Topic::Incidents, Some(id.to_owned()));
        self.notify.wake();
    }
}

/// What a person does to an incident.
enum Change {
    Acknowledge,
    Note(String),
    Resolve(String),
}

async fn acknowledge(tx: &mut WriteTx, ops: &crate::Ops, incident: &Incident, by: &str) -> Result<()> {
    if incident.state != IncidentState::Open {
        return Err(Error::Conflict(format!("{} is {} already", incident.name(), incident.state.as_str())));
    }
    store::acknowledge(tx, &incident.id, ops.clock.now_ms(), by).await?;
    store::add_event(tx, &ops.clock, &incident.id, "acknowledged", "acknowledged", by).await?;
    notify::enqueue(tx, ops, incident, "acknowledged", &format!("{by} is on it")).await
}

async fn open(
    tx: &mut WriteTx,
    ops: &crate::Ops,
    severity: Severity,
    title: &str,
    alert: Option<&Condition>,
    actor: &Actor,
    facts: &str,
) -> Result<Incident> {
    let now = ops.clock.now();
    let incident = Incident {
        id: ops.clock.new_id(),
        number: store::next_number(tx).await?,
        title: title.to_owned(),
        severity,
        state: IncidentState::Open,
        fingerprint: alert.map(|condition| condition.fingerprint.clone()),
        opened_at: now,
        opened_by: actor.label(),
        acknowledged_at: None,
        acknowledged_by: None,
        resolved_at: None,
        resolved_by: None,
        mitigate_by: now + severity.mitigate_within(),
        resolve_by: now + severity.resolve_within(),
    };
    store::insert(tx, &incident, alert.map(|condition| condition.rule)).await?;
    let text = format!("{severity} opened: {title}. {facts}");
    store::add_event(tx, &ops.clock, &incident.id, "opened", &text, &incident.opened_by).await?;
    notify::enqueue(tx, ops, &incident, "opened", facts).await?;
    Ok(incident)
}

/// An alert fires: it joins the open incident of its family, or opens one. Returns the incident's id.
pub(crate) async fn alert_fired(tx: &mut WriteTx, ops: &crate::Ops, condition: &Condition) -> Result<String> {
    let Some(incident) = store::open_of_rule(tx, condition.rule).await? else {
        let opened = open(
            tx,
            ops,
            condition.severity,
            &condition.title,
            Some(condition),
            &EVALUATOR,
            &condition.facts,
        )
        .await?;
        let detail = format!("{} opened: {}", condition.severity, condition.title);
        let entry = audit::Entry {
            actor: &EVALUATOR,
            action: "incident.opened",
            subject: &opened.name(),
            detail: &detail,
        };
        audit::append(tx, &ops.clock, &entry).await?;
        return Ok(opened.id);
    };
    let text = format!("{}: {}", condition.title, condition.facts);
    store::add_event(tx, &ops.clock, &incident.id, "alert", &text, &EVALUATOR.label()).await?;
    if condition.severity < incident.severity {
        raise(tx, ops, &incident.id, condition.severity, &condition.facts).await?;
    }
    Ok(incident.id)
}

/// It got worse. An incident that is over stays over.
pub(crate) async fn raise(
    tx: &mut WriteTx,
    ops: &crate::Ops,
    id: &str,
    severity: Severity,
    facts: &str,
) -> Result<()> {
    let Some(mut incident) = store::find_in(tx, id).await? else { return Ok(()) };
    if incident.state == IncidentState::Resolved || severity >= incident.severity {
        return Ok(());
    }
    store::set_severity(tx, id, severity).await?;
    let text = format!("raised from {} to {severity}: {facts}", incident.severity);
    store::add_event(tx, &ops.clock, id, "raised", &text, &EVALUATOR.label()).await?;
    incident.severity = severity;
    notify::enqueue(tx, ops, &incident, "raised", facts).await
}

/// An alert is fine again; with the last one of its incident the incident ends, and that is told.
pub(crate) async fn alert_cleared(
    tx: &mut WriteTx,
    ops: &crate::Ops,
    id: &str,
    condition: &Condition,
    left: i64,
) -> Result<()> {
    let Some(incident) = store::find_in(tx, id).await? else { return Ok(()) };
    if incident.state == IncidentState::Resolved {
        return Ok(());
    }
    let text = format!("fine again: {}", condition.facts);
    store::add_event(tx, &ops.clock, id, "recovered", &text, &EVALUATOR.label()).await?;
    if left == 0 {
        resolve(tx, ops, &incident, &EVALUATOR.label(), &condition.facts).await?;
    }
    Ok(())
}

async fn resolve(
    tx: &mut WriteTx,
    ops: &crate::Ops,
    incident: &Incident,
    by: &str,
    reason: &str,
) -> Result<()> {
    if incident.state == IncidentState::Resolved {
        return Err(Error::Conflict(format!("{} is resolved already", incident.name())));
    }
    store::resolve(tx, &incident.id, ops.clock.now_ms(), by).await?;
    store::add_event(tx, &ops.clock, &incident.id, "resolved", &format!("resolved: {reason}"), by).await?;
    notify::enqueue(tx, ops, incident, "resolved", reason).await
}

/// Writes a line on the timeline of one incident, in the transaction of what it tells. Its name: `INC-48`.
///
/// # Errors
/// `NotFound`; `Conflict` when it is over.
pub(crate) async fn note_on(
    tx: &mut WriteTx,
    ops: &crate::Ops,
    id: &str,
    text: &str,
    by: &str,
) -> Result<String> {
    let incident = store::find_in(tx, id).await?.ok_or(Error::NotFound { what: "incident" })?;
    if incident.state == IncidentState::Resolved {
        return Err(Error::Conflict(format!("{} is resolved: open an incident first", incident.name())));
    }
    store::add_event(tx, &ops.clock, id, "change", text, by).await?;
    Ok(incident.name())
}

/// Writes a line on the timeline of every open incident, in the transaction of what it tells: a shutoff, a rollback.
pub(crate) async fn note_on_open(tx: &mut WriteTx, ops: &crate::Ops, text: &str, by: &str) -> Result<()> {
    for incident in store::open_in(tx).await? {
        store::add_event(tx, &ops.clock, &incident, "change", text, by).await?;
    }
    Ok(())
}
