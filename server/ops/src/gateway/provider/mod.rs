//! The client of one model: an OpenAI-compatible chat, whole or streamed.
//!
//! It cannot be called without a [`Hold`], which only admission's permit gives: no call leaves that is not counted. It makes
//! one attempt; retries, breakers and other models are its callers' business. Nothing of what is sent or answered is logged.

#[cfg(test)]
pub(crate) mod double;
mod events;
mod failure;
mod relay;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use domain::agent::TokenUse;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::Hold;
use crate::telemetry::metrics::ChunkTimes;

pub(crate) use failure::Failure;
pub use failure::FailureKind;
pub(crate) use relay::{Parts, Relay};

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) messages: Vec<Message>,
    /// Name and JSON schema that the reply must fit.
    pub(crate) schema: Option<(String, Value)>,
    pub(crate) max_output_tokens: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    /// `system`, `user`, `assistant`.
    pub(crate) role: &'static str,
    pub(crate) content: String,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) content: String,
    /// `None`: the provider did not say, or said what cannot be.
    pub(crate) tokens: Option<TokenUse>,
    /// The reply ended where it had to, not where it wanted to.
    pub(crate) cut: bool,
    /// To the first part of a streamed reply.
    pub(crate) first_token: Option<Duration>,
}

pub(crate) struct Provider {
    clients: Clients,
    url: Url,
    model: String,
    key: SecretString,
    times: ChunkTimes,
}

/// More than any answer of an agent; what is longer is not read.
const LONGEST_REPLY: usize = 1 << 20;

impl Provider {
    pub(crate) fn new(clients: Clients, url: Url, model: &str, key: SecretString, times: ChunkTimes) -> Self {
        Self { clients, url, model: model.to_owned(), key, times }
    }

    /// One attempt within `timeout`, charged to `hold`, which stays the caller's to settle. `stream`: the reply comes in parts.
    pub(crate) async fn complete(
        &self,
        hold: &Hold,
        chat: &Chat,
        stream: bool,
        timeout: Duration,
    ) -> Result<Reply, Failure> {
        debug_assert!(hold.bound().0 > 0, "a hold holds something");
        let began = tokio::time::Instant::now();
        match tokio::time::timeout(timeout, self.exchange(chat, stream, began)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::new(FailureKind::Timeout)),
        }
    }

    async fn exchange(
        &self,
        chat: &Chat,
        stream: bool,
        began: tokio::time::Instant,
    ) -> Result<Reply, Failure> {
        let request = wire::Request::of(&self.model, chat, stream);
        let body = serde_json::to_vec(&request).map_err(|_| Failure::new(FailureKind::BadRequest))?;
        let response = self.post(body).await?;
        if stream {
            return stream::read(response, began, &self.times).await;
        }
        let body = read(response).await?;
        wire::whole(&body)
    }

    /// The head of the answer; all but 2xx are failures.
    async fn post(&self, body: Vec<u8>) -> Result<reqwest::Response, Failure> {
        let mut asked =
            self.clients.calls.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let key = self.key.expose_secret();
        if !key.is_empty() {
            asked = asked.header(AUTHORIZATION, secret(&format!("Bearer {key}"))?);
            if self.url.query().is_some_and(|query| query.contains("api-version")) {
                asked = asked.header("api-key", secret(key)?);
            }
        }
        let response = asked.send().await.map_err(|error| Failure::sending(&error))?;
        let status = response.status().as_u16();
        let retry_after = failure::retry_after(response.headers());
        if !(200..300).contains(&status) {
            let body = read(response).await.unwrap_or_default();
            return Err(Failure::of_status(status, retry_after, &body));
        }
        Ok(response)
    }

    /// Whether the provider answers at all: its list of models, which costs nothing.
    pub(crate) async fn reachable(&self, timeout: Duration) -> Result<(), String> {
        let mut url = self.url.clone();
        let path = url.path().trim_end_matches("/chat/completions").to_owned();
        url.set_path(&format!("{path}/models"));
        let mut asked = self.clients.probes.get(url).timeout(timeout);
        let key = self.key.expose_secret();
        if !key.is_empty()
            && let Ok(value) = secret(&format!("Bearer {key}"))
        {
            asked = asked.header(AUTHORIZATION, value);
        }
        let response =
            asked.send().await.map_err(|error| Failure::sending(&error).kind.as_str().to_owned())?;
        match response.status().as_u16() {
            401 | 403 => Err("the key was refused".to_owned()),
            status @ 500.. => Err(format!("answered {status}")),
            // Some have no list of models; that they answered is what was asked.
            _ => Ok(()),
        }
    }
}

fn secret(text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Failure::new(FailureKind::Unauthorized))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|_| Failure::new(FailureKind::CutOff))? {
        if body.len() + part.len() > LONGEST_REPLY {
            return Err(Failure::new(FailureKind::BadReply));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// Of all models.
#[derive(Clone)]
pub(crate) struct Clients {
    /// Its connections are driven by the threads that answer apps, who alone use them.
    calls: reqwest::Client,
    /// Health asks from other threads: a call that took over a connection of theirs would wait for them, every time.
    probes: reqwest::Client,
}

impl Clients {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        Ok(Self { calls: http().build()?, probes: http().pool_max_idle_per_host(0).build()? })
    }
}

pub(crate) fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(90))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("holisticos/", env!("CARGO_PKG_VERSION")))
}
