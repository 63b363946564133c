//! Email over SMTP: text and HTML, the messages of one incident in one thread.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::SendError;
use super::store::Due;
use crate::config;
use crate::error::{Error, Result};

pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mailer {
    /// `None` when no server is configured.
    pub(super) fn new(config: &config::Email) -> Result<Option<Self>> {
        let url = config.smtp_url.expose_secret();
        if url.is_empty() {
            return Ok(None);
        }
        let wrong = |what: &str| Error::Config(format!("[email] {what}"));
        let mailbox = |text: &str| {
            text.parse::<Mailbox>()
                .map_err(|_| wrong("from and to must be email addresses, like Console <console@example.org>"))
        };
        let to: Vec<Mailbox> = config.to.iter().map(|text| mailbox(text)).collect::<Result<_>>()?;
        if to.is_empty() {
            return Err(wrong(
                "to is empty, but smtp_url is set: name at least one address, or remove smtp_url",
            ));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| wrong("smtp_url must be smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT"))?
            .timeout(Some(std::time::Duration::from_secs(15)))
            .build();
        Ok(Some(Self { transport, from: mailbox(&config.from)?, to }))
    }

    pub(super) fn target(&self) -> String {
        self.to.iter().map(|mailbox| mailbox.email.to_string()).collect::<Vec<_>>().join(", ")
    }

    pub(super) async fn send(&self, due: &Due) -> Result<String, SendError> {
        let host = self.from.email.domain().to_owned();
        let id = format!("<{}@{host}>", due.id);
        let sent_at_ms = u64::try_from(due.message.at.as_millisecond()).unwrap_or(0);
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .subject(due.message.subject())
            .message_id(Some(id.clone()))
            .date(std::time::UNIX_EPOCH + std::time::Duration::from_millis(sent_at_ms));
        for mailbox in &self.to {
            builder = builder.to(mailbox.clone());
        }
        if let Some(incident) = &due.incident_id {
            let thread = format!("<{incident}@{host}>");
            builder = builder.in_reply_to(thread.clone()).references(thread);
        }
        let body = MultiPart::alternative_plain_html(due.message.text(), due.message.html());
        let mut message = builder.multipart(body).map_err(|error| SendError::new(error.to_string()))?;
        // So that out-of-office robots stay quiet (RFC 3834).
        let quiet =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        message.headers_mut().insert_raw(quiet);
        self.transport.send(message).await.map_err(|error| SendError::new(chain(&error)))?;
        Ok(id)
    }
}

/// The error with its causes: "connection error: refused" helps, "connection error" does not.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}
