//! What apps are told of limits: what is left of each, and which one said no, until when, and who can change it.

use std::sync::Arc;
use std::time::Duration;

use domain::access::Action;
use domain::limit::{Resource, Window};
use serde::Serialize;

use super::Limits;
use super::counts::{Asked, Wait};
use super::in_force::Held;
use crate::error::Error;

/// What is left of one limit, as apps are told in `RateLimit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The rule: `requests:minute:person=*`.
    pub policy: Arc<str>,
    pub resource: Resource,
    pub quota: u32,
    /// `None`: a limit of requests under way at the same time.
    pub window: Option<Duration>,
    pub remaining: u32,
    /// Until all of the quota is free again.
    pub whole_in: Duration,
}

/// The limit that said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reached {
    /// Its name in the API, in `RateLimit` and on the console: `requests:hour:tier=free,agent=behavior,person=*`.
    pub rule: String,
    /// `requests`, `tokens` or `parallel`.
    pub resource: &'static str,
    pub quota: u32,
    /// Seconds in which the quota refills, evenly; absent: at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u64>,
    /// One request, or the likely tokens of the model call.
    pub asked: u32,
    pub used: u64,
    /// Seconds until so many are free again; absent: never, for it is more than the quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_in_s: Option<u64>,
    /// Seconds until the whole quota is free again; absent where nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_in_s: Option<u64>,
    /// `default`: by the configuration; `set`: by a person or key.
    pub source: &'static str,
    /// Who can change it, and where.
    pub change: String,
    /// The console's page of this limit, below the service's public address.
    pub change_at: String,
}

/// Why a request or a model call was not let through.
#[derive(Debug)]
pub(crate) struct Refused {
    /// For metrics: names nobody.
    pub(crate) label: String,
    /// `None`: never.
    pub(crate) wait: Wait,
    /// `3 behavior requests an hour for one person of tier free`.
    pub(crate) told: String,
    pub(crate) reached: Reached,
    pub(crate) allowances: Vec<Allowance>,
}

impl Limits {
    pub(super) fn refuse(
        &self,
        limit: &Asked,
        asked: u32,
        (used, whole_in): (u64, Duration),
        wait: Wait,
        allowances: Vec<Allowance>,
    ) -> Refused {
        let held = &limit.held;
        self.refusals.count(&held.text, self.clock.now_ms());
        let rate = limit.resource() != Resource::Parallel;
        let reached = Reached {
            rule: held.text.to_string(),
            resource: limit.resource().as_str(),
            quota: held.quota.number(),
            window_s: limit.counted.window.map(|window| window.span().as_secs()),
            asked,
            used,
            free_in_s: wait.map(|wait| whole_seconds(wait).max(1)),
            whole_in_s: rate.then(|| whole_seconds(whole_in)),
            source: if held.set { "set" } else { "default" },
            change: format!(
                "Somebody with the role {} or higher can raise it on the console's page Cost, Limits.",
                Action::RestoreSpending.least_role()
            ),
            change_at: change_link(&held.text),
        };
        let told = held.rule.told(held.quota);
        Refused { label: label(held), wait, told, reached, allowances }
    }
}

impl Refused {
    /// Why a model call was withheld, for an answer's meta.
    pub(crate) fn reason(&self) -> String {
        match self.wait {
            Some(_) => format!("the limit of {} is reached", self.told),
            None => format!("one call alone is likely to use more than the limit of {}", self.told),
        }
    }

    pub(crate) fn into_error(self) -> Error {
        Error::TooMany {
            retry_after_s: self.reached.free_in_s,
            limit_source: self.told,
            allowances: self.allowances,
            reached: Some(Box::new(self.reached)),
        }
    }
}

/// Whom the longest wait is for: who waits so long passes the others, too. Never is longest.
pub(super) fn longest_wait(refused: Vec<(&Asked, Wait)>) -> Option<(&Asked, Wait)> {
    let length = |wait: &Wait| wait.unwrap_or(Duration::MAX);
    refused.into_iter().reduce(|best, other| if length(&other.1) > length(&best.1) { other } else { best })
}

/// The rule's text without the name of a person, which no label may have.
fn label(held: &Held) -> String {
    if !held.rule.is_of_a_person() {
        return held.text.to_string();
    }
    let window =
        held.rule.window().map_or_else(String::new, |window: Window| format!(":{}", window.as_str()));
    format!("{}{window}:person=one", held.rule.resource().as_str())
}

/// The page that changes a limit.
pub fn change_link(rule: &str) -> String {
    let mut link = "/cost/limits/change?of=".to_owned();
    for byte in rule.bytes() {
        // What may stand in a query as it is; names of models may have anything else.
        if byte.is_ascii_alphanumeric() || b"-._~:/*@,".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

impl Allowance {
    /// Rounded up: who waits so long finds it free.
    pub fn reset_s(&self) -> u64 {
        whole_seconds(self.whole_in)
    }
}

pub(super) fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
