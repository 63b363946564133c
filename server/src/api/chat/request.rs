//! `OpenAI`'s request, as far as it is served: what would change the answer and is not served is refused by its name, what says
//! nothing here is left out.

use domain::field_error::FieldError;
use domain::id::UserId;
use ops::gateway::chat::{Absent, ChatAsk, ChatContent, ChatMessage, ChatParameters, ChatRole};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The name that stands for all models in their order.
pub(super) const AUTO: &str = "auto";

/// A chat. Also taken, and without effect: `metadata`, `store`, `service_tier`, `safety_identifier`, `prompt_cache_key`,
/// `prompt_cache_retention`, `verbosity`, `parallel_tool_calls`. Everything else is refused by its name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what says nothing here must still be known, or it would be refused")]
pub(super) struct ChatRequest {
    /// Of `GET /v1/models`: this one alone. Absent or `auto`: all in their order, until one answers.
    #[serde(default)]
    model: Option<String>,
    messages: Vec<ChatMessage>,
    /// At most what the model is configured to write, which is also the default.
    #[serde(default)]
    #[schema(minimum = 1)]
    max_tokens: Option<u32>,
    /// The same by its newer name; it wins.
    #[serde(default)]
    #[schema(minimum = 1)]
    max_completion_tokens: Option<u32>,
    #[serde(default)]
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    top_p: Option<f64>,
    #[serde(default)]
    #[schema(minimum = -2, maximum = 2)]
    frequency_penalty: Option<f64>,
    #[serde(default)]
    #[schema(minimum = -2, maximum = 2)]
    presence_penalty: Option<f64>,
    #[serde(default)]
    seed: Option<i64>,
    /// A text or a list of texts.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    stop: Option<Box<RawValue>>,
    /// `text`, `json_object`, or `json_schema` with its schema, which goes to the provider unchanged.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    response_format: Option<Box<RawValue>>,
    #[serde(default)]
    reasoning_effort: Option<String>,
    /// The answer comes in parts, as server-sent events.
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    /// The id of the person whom the answer is for: it counts in their limits and caps.
    #[serde(default)]
    user: Option<String>,
    /// Only 1.
    #[serde(default)]
    n: Option<u32>,
    /// Only false.
    #[serde(default)]
    logprobs: Option<bool>,
    #[serde(default)]
    #[schema(ignore)]
    metadata: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    store: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    service_tier: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    safety_identifier: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    prompt_cache_key: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    prompt_cache_retention: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    verbosity: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    parallel_tool_calls: IgnoredAny,
    #[serde(default)]
    #[schema(ignore)]
    tools: Absent,
    #[serde(default)]
    #[schema(ignore)]
    tool_choice: Absent,
    #[serde(default)]
    #[schema(ignore)]
    functions: Absent,
    #[serde(default)]
    #[schema(ignore)]
    function_call: Absent,
    #[serde(default)]
    #[schema(ignore)]
    audio: Absent,
    #[serde(default)]
    #[schema(ignore)]
    modalities: Absent,
    #[serde(default)]
    #[schema(ignore)]
    prediction: Absent,
    #[serde(default)]
    #[schema(ignore)]
    web_search_options: Absent,
    #[serde(default)]
    #[schema(ignore)]
    top_logprobs: Absent,
    #[serde(default)]
    #[schema(ignore)]
    logit_bias: Absent,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StreamOptions {
    /// Tokens and cost in a last part of their own.
    #[serde(default)]
    include_usage: bool,
    #[serde(default)]
    #[schema(ignore)]
    #[expect(dead_code, reason = "what says nothing here must still be known, or it would be refused")]
    include_obfuscation: IgnoredAny,
}

impl ChatRequest {
    pub(super) fn include_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage)
    }

    /// # Errors
    /// `Invalid` with every field that is wrong.
    pub(super) fn into_ask(self, request_id: String) -> ops::Result<ChatAsk> {
        let mut faults = self.faults();
        let user = self.user.map(|user| UserId::parse(&user)).transpose();
        let user = user.unwrap_or_else(|fault| {
            faults.push(FieldError::new("user", fault.detail));
            None
        });
        if !faults.is_empty() {
            return Err(ops::Error::Invalid(faults));
        }
        Ok(ChatAsk {
            request_id,
            user,
            model: self.model.filter(|model| !model.is_empty() && model != AUTO),
            messages: self.messages,
            parameters: ChatParameters {
                temperature: self.temperature,
                top_p: self.top_p,
                frequency_penalty: self.frequency_penalty,
                presence_penalty: self.presence_penalty,
                seed: self.seed,
                stop: self.stop,
                response_format: self.response_format,
                reasoning_effort: self.reasoning_effort,
            },
            max_output_tokens: self.max_completion_tokens.or(self.max_tokens),
            stream: self.stream.unwrap_or(false),
        })
    }

    fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut unless = |right: bool, field: &str, detail: &str| {
            if !right {
                faults.push(FieldError::new(field, detail));
            }
        };
        unless(!self.messages.is_empty(), "messages", "must have at least one message");
        for (index, message) in self.messages.iter().enumerate() {
            if matches!(message.content, ChatContent::Nothing) && message.role != ChatRole::Assistant {
                unless(
                    false,
                    &format!("messages[{index}].content"),
                    "must be a text or a list of text parts",
                );
            }
        }
        let at_least_one = |most: Option<u32>| most != Some(0);
        unless(at_least_one(self.max_tokens), "max_tokens", "must be at least 1");
        unless(at_least_one(self.max_completion_tokens), "max_completion_tokens", "must be at least 1");
        let within = |value: Option<f64>, least: f64, most: f64| {
            value.is_none_or(|value| (least..=most).contains(&value))
        };
        unless(within(self.temperature, 0.0, 2.0), "temperature", "must be from 0 to 2");
        unless(within(self.top_p, 0.0, 1.0), "top_p", "must be from 0 to 1");
        unless(within(self.frequency_penalty, -2.0, 2.0), "frequency_penalty", "must be from -2 to 2");
        unless(within(self.presence_penalty, -2.0, 2.0), "presence_penalty", "must be from -2 to 2");
        unless(self.stop.as_deref().is_none_or(is_stop), "stop", "must be a text or a list of texts");
        unless(
            self.response_format.as_deref().is_none_or(is_format),
            "response_format",
            "must be an object whose type is text, json_object or json_schema",
        );
        unless(matches!(self.n, None | Some(1)), "n", "must be 1: one question has one answer here");
        unless(self.logprobs != Some(true), "logprobs", "must be false: they are not served here");
        faults
    }
}

fn is_stop(stop: &RawValue) -> bool {
    serde_json::from_str::<String>(stop.get()).is_ok()
        || serde_json::from_str::<Vec<String>>(stop.get()).is_ok()
}

fn is_format(format: &RawValue) -> bool {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Format {
        Text,
        JsonObject,
        JsonSchema,
    }
    serde_json::from_str::<Format>(format.get()).is_ok()
}
