//! Deliveries: a durable outbox to email and Slack, retried until delivered or given up loudly.
//!
//! A row is made in the transaction of what it tells, so an alert raised is an alert that will be told. A process killed
//! between sending and marking sends again: at least once, never not at all.

mod email;
mod message;
mod picture;
mod slack;
pub(crate) mod store;

use std::time::Duration;

use domain::access::Action;
use domain::backoff::full_jitter;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::access::{Actor, audit};
use crate::config::Config;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::incidents::Incident;

pub(crate) use message::Message;

/// The ways out, as configured.
pub struct Notifier {
    email: Option<email::Mailer>,
    slack: Option<slack::Slack>,
    work: Notify,
}

/// One message on its way to one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    pub id: String,
    pub incident_id: Option<String>,
    /// `opened`, `raised`, `acknowledged`, `resolved`, `test`.
    pub kind: String,
    /// `email` or `slack`.
    pub channel: String,
    pub target: String,
    /// `waiting`, `delivered`, `failed`.
    pub state: String,
    pub attempts: i64,
    #[schema(value_type = String, format = DateTime)]
    pub next_at: Timestamp,
    pub last_error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Timestamp>,
}

/// Given up after this; the page and the log say so.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A claim is another process's again after this: longer than any attempt may take.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// Deliveries of one activation.
const AT_ONCE: usize = 50;

impl Notifier {
    /// # Errors
    /// `Config` names the setting that cannot be used.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        Ok(Self {
            email: email::Mailer::new(config)?,
            slack: slack::Slack::new(config)?,
            work: Notify::new(),
        })
    }

    /// Something is waiting: look now instead of at the next activation.
    pub(crate) fn wake(&self) {
        self.work.notify_one();
    }

    /// (channel, target) of everything configured.
    pub fn channels(&self) -> Vec<(&'static str, String)> {
        let email = self.email.as_ref().map(|email| ("email", email.target()));
        let slack = self.slack.as_ref().map(|slack| ("slack", slack.target()));
        email.into_iter().chain(slack).collect()
    }
}

/// Puts a message for every configured channel into the outbox, in the transaction of what it tells.
pub(crate) async fn enqueue(
    tx: &mut WriteTx,
    ops: &crate::Ops,
    incident: &Incident,
    kind: &str,
    facts: &str,
) -> Result<()> {
    let message = Message::of_incident(ops, incident, kind, facts);
    for (channel, target) in ops.notify.channels() {
        store::insert(tx, &ops.clock, Some(&incident.id), kind, channel, &target, &message).await?;
    }
    Ok(())
}

impl crate::Ops {
    pub(crate) fn start_notify_jobs(&self) {
        let deliver = |ops: crate::Ops| async move { ops.deliver_due().await };
        self.jobs.every_on_duty("deliveries", Duration::from_secs(1), self.clock.clone(), deliver, self);
        let (ops, stopping) = (self.clone(), self.jobs.stopping());
        self.jobs.spawn_aside(async move {
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = ops.notify.work.notified() => {}
                }
                if let Err(error) = ops.deliver_due().await {
                    tracing::error!(error = &error as &dyn std::error::Error, "delivering failed");
                }
            }
        });
    }

    /// Sends everything that is due, one after the other; at most fifty.
    pub async fn deliver_due(&self) -> Result<()> {
        for _ in 0..AT_ONCE {
            // What is not claimed waits in the outbox for the process that takes over, or for the next start.
            if !self.lifecycle.on_duty() || self.jobs.stopping().is_cancelled() {
                return Ok(());
            }
            let now = self.clock.now();
            let until = (now + CLAIM).as_millisecond();
            let Some(due) = store::claim(&self.db, now.as_millisecond(), until).await? else { return Ok(()) };
            let outcome = self.send(&due).await;
            self.mark(&due, outcome).await?;
            self.events.publish(Topic::Deliveries, due.incident_id);
        }
        Ok(())
    }

    /// The receipt, or what went wrong and after how long to try again when the channel said so.
    async fn send(&self, due: &store::Due) -> Result<Sent, SendError> {
        let picture = self.picture(due).await;
        let sending = async {
            match due.channel.as_str() {
                "email" => match &self.notify.email {
                    Some(mailer) => mailer.send(due, picture).await,
                    None => Err(SendError::new("email is not configured any more")),
                },
                "slack" => match &self.notify.slack {
                    Some(slack) => {
                        let thread = match &due.incident_id {
                            Some(incident) => {
                                store::first_receipt(&self.db, incident, "slack").await.unwrap_or(None)
                            }
                            None => None,
                        };
                        slack.send(due, picture, thread).await
                    }
                    None => Err(SendError::new("Slack is not configured any more")),
                },
                other => Err(SendError::new(format!("no such channel: {other}"))),
            }
        };
        tokio::time::timeout(ATTEMPT_TIMEOUT, sending)
            .await
            .unwrap_or_else(|_| Err(SendError::new("no answer within 20 s")))
    }

    async fn mark(&self, due: &store::Due, outcome: Result<Sent, SendError>) -> Result<()> {
        let now = self.clock.now();
        match outcome {
            Ok(sent) => store::delivered(&self.db, &due.id, now.as_millisecond(), &sent).await,
            Err(error) if now.duration_since(due.created_at) >= GIVE_UP_AFTER => {
                tracing::error!(
                    delivery.id = due.id,
                    channel = due.channel,
                    "a delivery was given up after 24 hours"
                );
                store::failed(&self.db, &due.id, &error.what).await
            }
            Err(error) => {
                let wait = error.retry_after.unwrap_or_else(|| backoff(due.attempts, rand::random()));
                tracing::warn!(
                    delivery.id = due.id,
                    channel = due.channel,
                    attempts = due.attempts,
                    "a delivery failed"
                );
                store::retry(&self.db, &due.id, (now + wait).as_millisecond(), &error.what).await
            }
        }
    }

    /// Sends a test message. Needs `SendTestAlert`.
    ///
    /// # Errors
    /// `Conflict` when the channel is not configured.
    pub async fn send_test(&self, actor: &Actor, channel: &str) -> Result<()> {
        self.allow(actor, Action::SendTestAlert).await?;
        let found = self.notify.channels().into_iter().find(|(name, _)| *name == channel);
        let (channel, target) =
            found.ok_or_else(|| Error::Conflict(format!("{channel} is not configured")))?;
        let message = Message::test(self, &actor.label());
        let mut tx = self.db.begin_write().await?;
        store::insert(&mut tx, &self.clock, None, "test", channel, &target, &message).await?;
        let entry = audit::Entry {
            actor,
            action: "channel.tested",
            subject: channel,
            detail: "a test message was sent",
        };
        audit::append(&mut tx, &self.clock, &entry).await?;
        tx.commit().await?;
        self.notify.wake();
        Ok(())
    }

    /// The last deliveries, newest first; at most 200.
    pub async fn deliveries(&self, limit: u32) -> Result<Vec<Delivery>> {
        store::list(&self.db, None, i64::from(limit.min(200))).await
    }

    pub(crate) async fn deliveries_of(&self, incident: &str) -> Result<Vec<Delivery>> {
        store::list(&self.db, Some(incident), 200).await
    }
}

/// What a channel took.
#[derive(Debug)]
pub(crate) struct Sent {
    /// By which the channel knows the message: an email's id, a Slack timestamp.
    receipt: String,
    /// What is missing from it: the message arrived, its chart did not.
    without: Option<String>,
}

impl Sent {
    pub(crate) fn whole(receipt: impl Into<String>) -> Self {
        Self { receipt: receipt.into(), without: None }
    }
}

/// Why a channel did not take a message.
#[derive(Debug)]
pub(crate) struct SendError {
    what: String,
    retry_after: Option<SignedDuration>,
}

impl SendError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), retry_after: None }
    }
}

/// 5 s, 10 s, 20 s … up to 5 min, with full jitter: `chance` is 0–1.
fn backoff(attempts: i64, chance: f64) -> SignedDuration {
    let (first, longest) = (SignedDuration::from_secs(5), SignedDuration::from_mins(5));
    let attempt = u32::try_from(attempts).unwrap_or(u32::MAX);
    SignedDuration::from_secs(1) + full_jitter(first, longest, attempt, chance)
}

#[cfg(test)]
mod tests;
