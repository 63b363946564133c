//! What an app says to a model: messages of text, and how the reply should be. What else OpenAI's clients can send is refused by
//! its name, or says nothing here and is left out.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use domain::price::most_input_tokens;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// `developer` is the same by another name.
    #[serde(alias = "developer")]
    System,
    User,
    Assistant,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what says nothing here must still be known, or it would be refused")]
pub struct ChatMessage {
    pub role: ChatRole,
    #[serde(default)]
    pub content: ChatContent,
    /// Tells people of the same role apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Clients send an answer back as they got it: these say nothing here.
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    refusal: IgnoredAny,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    annotations: IgnoredAny,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    audio: Absent,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    tool_calls: Absent,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    function_call: Absent,
}

/// A field that is known, and not served: it may only be null or an empty list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Absent;

/// A text, or its parts.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ChatContent {
    Text(String),
    Parts(Vec<ChatText>),
    /// Of an assistant that declined.
    #[default]
    Nothing,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatText {
    #[serde(rename = "type")]
    pub kind: TextKind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    Text,
}

/// How the reply should be; what is absent is the provider's choice.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChatParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// A text or a list of texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Box<RawValue>>,
    /// As it came: schemas go on unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
}

impl ChatContent {
    /// The length of each text, bytes.
    fn lengths(&self) -> impl Iterator<Item = usize> {
        let (one, parts) = match self {
            Self::Text(text) => (Some(text.len()), [].as_slice()),
            Self::Parts(parts) => (None, parts.as_slice()),
            Self::Nothing => (None, [].as_slice()),
        };
        one.into_iter().chain(parts.iter().map(|part| part.text.len()))
    }
}

/// Tokens that the question can have at most.
pub(super) fn most_input(messages: &[ChatMessage], parameters: &ChatParameters) -> u64 {
    let lengths = messages.iter().flat_map(|message| {
        // The frame of a message without a text, or of its name.
        let name = message.name.as_ref().map_or(0, String::len);
        std::iter::once(name).chain(message.content.lengths())
    });
    let format = parameters.response_format.as_ref().map_or(0, |format| format.get().len());
    most_input_tokens(lengths, format)
}

impl<'de> Deserialize<'de> for ChatContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Content;
        impl<'de> Visitor<'de> for Content {
            type Value = ChatContent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of text parts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ChatContent, E> {
                Ok(ChatContent::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<ChatContent, E> {
                Ok(ChatContent::Text(text))
            }

            fn visit_unit<E: de::Error>(self) -> Result<ChatContent, E> {
                Ok(ChatContent::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<ChatContent, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(parts)).map(ChatContent::Parts)
            }
        }
        deserializer.deserialize_any(Content)
    }
}

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Nothing;
        impl<'de> Visitor<'de> for Nothing {
            type Value = Absent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("absent: it is not served here")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Absent, E> {
                Ok(Absent)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Absent, A::Error> {
                match parts.next_element::<IgnoredAny>()? {
                    None => Ok(Absent),
                    Some(_) => Err(de::Error::custom("must be absent: it is not served here")),
                }
            }
        }
        deserializer.deserialize_any(Nothing)
    }
}
