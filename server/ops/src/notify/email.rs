//! Email over SMTP: text and HTML, the messages of one incident in one thread.

use lettre::message::header::ContentType;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::message::{CHART, Message};
use super::picture::Picture;
use super::store::Due;
use super::{SendError, Sent};
use crate::config::Config;
use crate::error::Result;

pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mailer {
    /// `None` when no server is configured.
    pub(super) fn new(config: &Config) -> Result<Option<Self>> {
        let email = &config.email;
        let url = email.smtp_url.expose_secret();
        if url.is_empty() {
            return Ok(None);
        }
        let mailbox = |key: &str, text: &str| {
            let what = format!("has {text:?}, but must be like Console <console@example.org>");
            text.parse::<Mailbox>().map_err(|_| config.fault(key, what))
        };
        let to: Vec<Mailbox> =
            email.to.iter().map(|text| mailbox("email.to", text)).collect::<Result<_>>()?;
        if to.is_empty() {
            let what =
                "is empty, but email.smtp_url is set: name at least one address, or remove email.smtp_url";
            return Err(config.fault("email.to", what));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| {
                let what = "must be smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT";
                config.fault("email.smtp_url", what)
            })?
            .timeout(Some(std::time::Duration::from_secs(15)))
            .build();
        Ok(Some(Self { transport, from: mailbox("email.from", &email.from)?, to }))
    }

    pub(super) fn target(&self) -> String {
        self.to.iter().map(|mailbox| mailbox.email.to_string()).collect::<Vec<_>>().join(", ")
    }

    pub(super) async fn send(&self, due: &Due, picture: Option<Picture>) -> Result<Sent, SendError> {
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
        let mut message = builder
            .multipart(body(&due.message, picture))
            .map_err(|error| SendError::new(error.to_string()))?;
        // So that out-of-office robots stay quiet (RFC 3834).
        let quiet =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        message.headers_mut().insert_raw(quiet);
        self.transport.send(message).await.map_err(|error| SendError::new(chain(&error)))?;
        Ok(Sent::whole(id))
    }
}

/// Text for those who read text; HTML with the chart inside the message, so that nothing is fetched to see it.
fn body(message: &Message, picture: Option<Picture>) -> MultiPart {
    let text = SinglePart::plain(message.text());
    let html = SinglePart::html(message.html(picture.as_ref().map(|picture| picture.description.as_str())));
    let alternatives = MultiPart::alternative().singlepart(text);
    match (picture, ContentType::parse("image/png")) {
        (Some(picture), Ok(png)) => {
            let chart = Attachment::new_inline_with_name(CHART.to_owned(), "chart.png".to_owned());
            let related = MultiPart::related().singlepart(html).singlepart(chart.body(picture.png, png));
            alternatives.multipart(related)
        }
        _ => alternatives.singlepart(html),
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
