//! A chat-completions request, read from the bytes of its body.
//!
//! Promises that what it lets through can be answered; everything else is a 400 that names the field. Fields that it
//! does not know are ignored, as providers do.

use serde_json::{Map, Value};

use super::problem::Problem;

const ROLES: [&str; 6] = ["system", "developer", "user", "assistant", "tool", "function"];

/// What is asked, as far as it changes the answer.
pub(super) struct Request {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    /// At least 1.
    pub(super) max_tokens: Option<u64>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) format: Format,
}

pub(super) struct Message {
    pub(super) role: String,
    /// All text parts together; empty when the message has none.
    pub(super) text: String,
}

pub(super) enum Format {
    Text,
    /// Any JSON object.
    Object,
    /// An object that fits this schema.
    Schema(Value),
}

impl Request {
    /// `deployment`: the model that the address names; it goes before the body's.
    ///
    /// # Errors
    /// 400 with the field that is missing or wrong.
    pub(super) fn read(body: &[u8], deployment: Option<String>) -> Result<Self, Problem> {
        let body: Map<String, Value> = serde_json::from_slice(body).map_err(|error| {
            Problem::new(
                axum::http::StatusCode::BAD_REQUEST,
                format!("The body must be a JSON object: {error}. Send a chat-completions request."),
            )
        })?;
        let max_tokens = match count(&body, "max_completion_tokens")? {
            None => count(&body, "max_tokens")?,
            most => most,
        };
        check_temperature(&body)?;
        let include_usage = body
            .get("stream_options")
            .and_then(|options| options.get("include_usage"))
            .and_then(Value::as_bool)
            .unwrap_or(false);
        Ok(Self {
            model: model(&body, deployment)?,
            messages: messages(&body)?,
            max_tokens,
            stream: flag(&body, "stream")?,
            include_usage,
            format: format(&body)?,
        })
    }

    /// The field `draft` of the last message of the user. A repair ends with plain words; then the message before it
    /// that has a draft counts.
    pub(super) fn draft(&self) -> Option<Value> {
        self.messages.iter().rev().filter(|message| message.role == "user").find_map(|message| {
            let mut question: Map<String, Value> = serde_json::from_str(&message.text).ok()?;
            question.remove("draft")
        })
    }
}

/// A field with null is a field that is absent.
fn get<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

fn model(body: &Map<String, Value>, deployment: Option<String>) -> Result<String, Problem> {
    if let Some(model) = deployment {
        return Ok(model);
    }
    let model = get(body, "model").ok_or_else(|| Problem::field("model", "Say which model to use."))?;
    match model.as_str() {
        Some(model) if !model.trim().is_empty() => Ok(model.to_owned()),
        _ => Err(Problem::field("model", "The model must be a name.")),
    }
}

fn messages(body: &Map<String, Value>) -> Result<Vec<Message>, Problem> {
    let messages = get(body, "messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| {
        Problem::field("messages", "Send a list of at least one message, each with role and content.")
    })?;
    messages.iter().enumerate().map(|(index, message)| read_message(index, message)).collect()
}

fn read_message(index: usize, message: &Value) -> Result<Message, Problem> {
    let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
    if !ROLES.contains(&role) {
        let message = format!("The role must be one of {}.", ROLES.join(", "));
        return Err(Problem::field(format!("messages[{index}].role"), message));
    }
    let text = match message.get("content") {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(parts)) => {
            Some(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect())
        }
        // An assistant that called tools has said nothing.
        None | Some(Value::Null) if role == "assistant" => Some(String::new()),
        _ => None,
    };
    let text = text.ok_or_else(|| {
        Problem::field(format!("messages[{index}].content"), "The content must be a text or a list of parts.")
    })?;
    Ok(Message { role: role.to_owned(), text })
}

fn count(body: &Map<String, Value>, name: &str) -> Result<Option<u64>, Problem> {
    let Some(value) = get(body, name) else {
        return Ok(None);
    };
    match value.as_u64() {
        Some(count) if count > 0 => Ok(Some(count)),
        _ => Err(Problem::field(name, format!("{name} must be a whole number of at least 1."))),
    }
}

fn flag(body: &Map<String, Value>, name: &str) -> Result<bool, Problem> {
    let Some(value) = get(body, name) else {
        return Ok(false);
    };
    value.as_bool().ok_or_else(|| Problem::field(name, format!("{name} must be true or false.")))
}

fn check_temperature(body: &Map<String, Value>) -> Result<(), Problem> {
    match get(body, "temperature").map(Value::as_f64) {
        None => Ok(()),
        Some(Some(temperature)) if (0.0..=2.0).contains(&temperature) => Ok(()),
        Some(_) => Err(Problem::field("temperature", "The temperature must be a number from 0 to 2.")),
    }
}

fn format(body: &Map<String, Value>) -> Result<Format, Problem> {
    let Some(format) = get(body, "response_format") else {
        return Ok(Format::Text);
    };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::Object),
        Some("json_schema") => {
            let inner = format.get("json_schema").unwrap_or(&Value::Null);
            if inner.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(Problem::field("response_format.json_schema.name", "Give the schema a name."));
            }
            let schema = inner.get("schema").filter(|schema| schema.is_object()).cloned();
            schema.map(Format::Schema).ok_or_else(|| {
                Problem::field("response_format.json_schema.schema", "Send the schema as an object.")
            })
        }
        _ => Err(Problem::field(
            "response_format.type",
            "The type must be one of text, json_object, json_schema.",
        )),
    }
}
