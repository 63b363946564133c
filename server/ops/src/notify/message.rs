//! What a notification says: what, since when, how bad, where to look. Written for somebody woken at three.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::incidents::Incident;

/// The content id of the chart inside an email.
pub(super) const CHART: &str = "chart";

/// A snapshot, stored with the delivery: a retry tells what was true when it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// `opened`, `raised`, `acknowledged`, `resolved`, `test`.
    pub(crate) kind: String,
    /// `INC-48`; empty for a test.
    pub(crate) name: String,
    pub(crate) severity: String,
    pub(crate) title: String,
    pub(crate) facts: String,
    pub(crate) environment: String,
    pub(crate) url: String,
    pub(crate) at: Timestamp,
    /// Since when the incident is open.
    pub(crate) since: Timestamp,
}

impl Message {
    pub(super) fn of_incident(ops: &crate::Ops, incident: &Incident, kind: &str, facts: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            name: incident.name(),
            severity: incident.severity.as_str().to_owned(),
            title: incident.title.clone(),
            facts: facts.to_owned(),
            environment: environment(ops),
            url: format!("{}/incidents/{}", ops.config.server.public_url, incident.id),
            at: ops.clock.now(),
            since: incident.opened_at,
        }
    }

    pub(super) fn test(ops: &crate::Ops, by: &str) -> Self {
        let now = ops.clock.now();
        Self {
            kind: "test".to_owned(),
            name: "Test".to_owned(),
            severity: String::new(),
            title: "This is a test, nothing is wrong".to_owned(),
            facts: format!("sent by {by} to see whether messages arrive"),
            environment: environment(ops),
            url: format!("{}/alerts", ops.config.server.public_url),
            at: now,
            since: now,
        }
    }

    /// `[P1] INC-48 Error rate above 5 % (production)`; recovery begins with `Resolved`.
    pub(super) fn subject(&self) -> String {
        let tag = if self.severity.is_empty() { String::new() } else { format!("[{}] ", self.severity) };
        let word = match self.kind.as_str() {
            "resolved" => "Resolved: ",
            "acknowledged" => "Acknowledged: ",
            "raised" => "Worse: ",
            _ => "",
        };
        format!("{tag}{} {word}{} ({})", self.name, self.title, self.environment)
    }

    /// What happened, in one sentence.
    pub(super) fn lead(&self) -> String {
        let since = self.since.strftime("%Y-%m-%d %H:%M UTC");
        match self.kind.as_str() {
            "opened" => format!("Open since {since}."),
            "raised" => format!("Got worse. Open since {since}."),
            "acknowledged" => format!("Somebody is on it. Open since {since}."),
            "resolved" => format!("Over. It was open since {since}."),
            _ => "Messages of this channel arrive.".to_owned(),
        }
    }

    /// The plain text part.
    pub(super) fn text(&self) -> String {
        let url = &self.url;
        let (subject, lead, facts) = (self.subject(), self.lead(), &self.facts);
        format!(
            "{subject}\n\n{lead}\n{facts}.\n\nLook at it, acknowledge, roll back or cut cost:\n{url}\n\n-- \nHolisticOS, {}\n",
            self.environment
        )
    }

    /// State colour that reads on white and on black.
    fn tone(&self) -> &'static str {
        match (self.kind.as_str(), self.severity.as_str()) {
            ("resolved" | "test", _) => "#1a8f5c",
            ("acknowledged", _) => "#2b7fb8",
            (_, "P0" | "P1") => "#d1442f",
            _ => "#b97a16",
        }
    }

    /// The HTML part: one table, inline styles, nothing to load. `chart` describes the picture that travels as [`CHART`].
    pub(super) fn html(&self, chart: Option<&str>) -> String {
        let chart = chart.map_or_else(String::new, |description| {
            format!(
                r#"<p style="margin:0 0 18px"><img src="cid:{CHART}" width="512" alt="{}" style="width:100%;max-width:512px;height:auto;border-radius:6px"></p>
"#,
                escape(description)
            )
        });
        let (tone, url) = (self.tone(), escape(&self.url));
        let (subject, lead, facts) = (escape(&self.subject()), escape(&self.lead()), escape(&self.facts));
        let (title, environment) = (escape(&self.title), escape(&self.environment));
        let badge = escape(if self.severity.is_empty() { "Test" } else { &self.severity });
        let (name, at) = (escape(&self.name), self.at.strftime("%Y-%m-%d %H:%M:%S UTC"));
        format!(
            r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{subject}</title></head>
<body style="margin:0;padding:24px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;margin:0 auto;border:1px solid {tone};border-radius:10px">
<tr><td style="padding:20px 24px">
<p style="margin:0 0 6px;font-size:13px"><strong style="background:{tone};color:#ffffff;border-radius:4px;padding:2px 8px">{badge}</strong>&nbsp; {name} &middot; {environment}</p>
<h1 style="margin:0 0 8px;font-size:20px;line-height:1.3">{title}</h1>
<p style="margin:0 0 4px"><strong>{lead}</strong></p>
<p style="margin:0 0 18px">{facts}.</p>
{chart}<p style="margin:0 0 14px"><a href="{url}" style="background:{tone};color:#ffffff;text-decoration:none;border-radius:6px;padding:10px 16px;display:inline-block">Open it in the console</a></p>
<p style="margin:0;font-size:12px">{at} &middot; from there you can acknowledge, roll back and cut cost.</p>
</td></tr></table>
</body></html>
"#
        )
    }
}

/// Demo data is labelled demo wherever it shows.
fn environment(ops: &crate::Ops) -> String {
    if ops.config.demo { "demo".to_owned() } else { ops.config.server.environment.clone() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
