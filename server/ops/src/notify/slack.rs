//! Slack: an incoming webhook, or a bot token with a channel, which can answer in the thread of the first message.

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::*;

use super::SendError;
use super::message::Message;
use super::store::Due;
use crate::config;
use crate::error::{Error, Result};

type Client = SlackClient<SlackClientHyperConnector<HttpsConnector<HttpConnector>>>;

pub(super) struct Slack {
    client: Client,
    way: Way,
}

enum Way {
    Webhook(url::Url),
    Bot { token: SlackApiToken, channel: String },
}

impl Slack {
    /// `None` when Slack is not configured.
    pub(super) fn new(config: &config::Slack) -> Result<Option<Self>> {
        let wrong = |what: &str| Error::Config(format!("[slack] {what}"));
        let (webhook, token) = (config.webhook_url.expose_secret(), config.bot_token.expose_secret());
        let way = match (webhook.is_empty(), token.is_empty()) {
            (true, true) => return Ok(None),
            (_, false) if config.channel.is_empty() => {
                return Err(wrong("channel is empty, but bot_token is set: name the channel to post to"));
            }
            (_, false) => {
                Way::Bot { token: SlackApiToken::new(token.into()), channel: config.channel.clone() }
            }
            (false, true) => Way::Webhook(webhook.parse().map_err(|_| wrong("webhook_url is not a URL"))?),
        };
        let tls = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| wrong(&format!("no certificate authorities on this machine: {error}")))?
            .https_or_http()
            .enable_http1()
            .build();
        let connector = SlackClientHyperConnector::with_connector(tls)
            .with_slack_api_url(config.api_base_url.trim_end_matches('/'));
        Ok(Some(Self { client: SlackClient::new(connector), way }))
    }

    pub(super) fn target(&self) -> String {
        match &self.way {
            Way::Webhook(_) => "webhook".to_owned(),
            Way::Bot { channel, .. } => format!("#{}", channel.trim_start_matches('#')),
        }
    }

    /// The receipt is the message's timestamp, by which answers find its thread.
    pub(super) async fn send(&self, due: &Due, thread: Option<String>) -> Result<String, SendError> {
        let content = content(&due.message);
        match &self.way {
            Way::Webhook(url) => {
                let message = SlackApiPostWebhookMessageRequest::new(content);
                self.client.post_webhook_message(url, &message).await.map_err(failure)?;
                Ok("webhook".to_owned())
            }
            Way::Bot { token, channel } => {
                let mut message = SlackApiChatPostMessageRequest::new(channel.as_str().into(), content);
                message.thread_ts = thread.map(Into::into);
                let session = self.client.open_session(token);
                let answer = session.chat_post_message(&message).await.map_err(failure)?;
                Ok(answer.ts.to_string())
            }
        }
    }
}

fn failure(error: SlackClientError) -> SendError {
    match error {
        SlackClientError::RateLimitError(limit) => SendError {
            what: "Slack asks to wait".to_owned(),
            retry_after: limit
                .retry_after
                .map(|wait| SignedDuration::from_secs(i64::try_from(wait.as_secs()).unwrap_or(60))),
        },
        SlackClientError::ApiError(error) => SendError::new(format!("Slack refused it: {}", error.code)),
        other => SendError::new(format!("Slack could not be reached: {other}")),
    }
}

fn content(message: &Message) -> SlackMessageContent {
    let mark = match (message.kind.as_str(), message.severity.as_str()) {
        ("resolved" | "test", _) => ":large_green_circle:",
        ("acknowledged", _) => ":large_blue_circle:",
        (_, "P0" | "P1") => ":red_circle:",
        _ => ":large_orange_circle:",
    };
    let head = format!("{mark} *{}*", escape(&message.subject()));
    let lines = format!("*{}*\n{}.", escape(&message.lead()), escape(&message.facts));
    let link = format!("<{}|Open it in the console> to acknowledge, roll back or cut cost", message.url);
    let block = |text: String| -> SlackBlock { SlackSectionBlock::new().with_text(md!(text)).into() };
    SlackMessageContent::new().with_text(message.subject()).with_blocks(vec![
        block(head),
        block(lines),
        SlackContextBlock::new(slack_blocks![some(md!(link))]).into(),
    ])
}

/// The three characters that mean something in Slack's text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
