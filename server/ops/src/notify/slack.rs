//! Slack: an incoming webhook, or a bot token with a channel, which can answer in the thread of the first message.

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::*;

use super::message::Message;
use super::picture::Picture;
use super::store::Due;
use super::{SendError, Sent};
use crate::config::Config;
use crate::error::{Error, Result};

type Connector = SlackClientHyperConnector<HttpsConnector<HttpConnector>>;
type Client = SlackClient<Connector>;
type Session<'a> = SlackClientSession<'a, Connector>;

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
    pub(super) fn new(config: &Config) -> Result<Option<Self>> {
        let slack = &config.slack;
        let (webhook, token) = (slack.webhook_url.expose_secret(), slack.bot_token.expose_secret());
        let way = match (webhook.is_empty(), token.is_empty()) {
            (true, true) => return Ok(None),
            (_, false) if slack.channel.is_empty() => {
                let what = "is empty, but slack.bot_token is set: name the channel to post to";
                return Err(config.fault("slack.channel", what));
            }
            (_, false) => {
                Way::Bot { token: SlackApiToken::new(token.into()), channel: slack.channel.clone() }
            }
            (false, true) => Way::Webhook(webhook.parse().map_err(|_| {
                config.fault("slack.webhook_url", "must be a URL, such as https://hooks.slack.com/services/…")
            })?),
        };
        let tls = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| {
                Error::Config(format!("Slack needs the certificate authorities of this machine: {error}"))
            })?
            .https_or_http()
            .enable_http1()
            .build();
        let connector = SlackClientHyperConnector::with_connector(tls)
            .with_slack_api_url(slack.api_base_url.trim_end_matches('/'));
        Ok(Some(Self { client: SlackClient::new(connector), way }))
    }

    pub(super) fn target(&self) -> String {
        match &self.way {
            Way::Webhook(_) => "webhook".to_owned(),
            Way::Bot { channel, .. } => format!("#{}", channel.trim_start_matches('#')),
        }
    }

    /// The receipt is the message's timestamp, by which answers find its thread.
    ///
    /// A webhook cannot carry pictures; a bot puts the chart into the message's thread.
    pub(super) async fn send(
        &self,
        due: &Due,
        picture: Option<Picture>,
        thread: Option<String>,
    ) -> Result<Sent, SendError> {
        let content = content(&due.message);
        match &self.way {
            Way::Webhook(url) => {
                let message = SlackApiPostWebhookMessageRequest::new(content);
                self.client.post_webhook_message(url, &message).await.map_err(failure)?;
                Ok(Sent::whole("webhook"))
            }
            Way::Bot { token, channel } => {
                let mut message = SlackApiChatPostMessageRequest::new(channel.as_str().into(), content);
                message.thread_ts = thread.clone().map(Into::into);
                let session = self.client.open_session(token);
                let answer = session.chat_post_message(&message).await.map_err(failure)?;
                let head = thread.map_or_else(|| answer.ts.clone(), Into::into);
                let without = match picture {
                    Some(picture) => upload(&session, picture, answer.channel, head).await.err(),
                    None => None,
                };
                // The message is told already: to send it again for its chart would tell it twice.
                let without =
                    without.map(|error| format!("arrived without its chart: {}", failure(error).what));
                Ok(Sent { receipt: answer.ts.to_string(), without })
            }
        }
    }
}

/// Needs the scope `files:write`.
async fn upload(
    session: &Session<'_>,
    picture: Picture,
    channel: SlackChannelId,
    thread: SlackTs,
) -> Result<(), SlackClientError> {
    let mut place = SlackApiFilesGetUploadUrlExternalRequest::new("chart.png".to_owned(), picture.png.len());
    place.alt_txt = Some(picture.description);
    let place = session.get_upload_url_external(&place).await?;
    let content =
        SlackApiFilesUploadViaUrlRequest::new(place.upload_url, picture.png, "image/png".to_owned());
    session.files_upload_via_url(&content).await?;
    let file = SlackApiFilesComplete::new(place.file_id).with_title(picture.title);
    let mut complete = SlackApiFilesCompleteUploadExternalRequest::new(vec![file]);
    complete.channel_id = Some(channel);
    complete.thread_ts = Some(thread);
    session.files_complete_upload_external(&complete).await?;
    Ok(())
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
