//! The part of a draft that a model may write, and the schema that its reply must fit.
//!
//! Both are made from the same findings, so the draft always fits its schema. Strict: every property is required and no other
//! is allowed; lists have as many items as the draft's.

use serde_json::{Map, Value, json};

use super::parts::{Form, Found, Items, Kind};

/// `HH:MM`.
const CLOCK: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
const LEAST_TOKENS: usize = 256;
const MOST_TOKENS: usize = 4_096;
/// English prose and JSON have four or more on average; three leave room for other languages and names.
const CHARACTERS_PER_TOKEN: usize = 3;

/// The draft, as far as a model may write it, in the shape of [`schema`].
pub(super) fn writable(parts: &[Found<'_>]) -> Value {
    shaped(parts, str::to_owned)
}

/// Writable parts with every text replaced by what `word` makes of it.
fn shaped(parts: &[Found<'_>], word: impl Fn(&str) -> String) -> Value {
    let text = |value: &Value| value.as_str().map_or(Value::Null, |text| Value::String(word(text)));
    let object = |of: &Items, value: &Value| -> Value {
        let id = of.id.map(|name| (name.to_owned(), value[name].clone()));
        let fields = of.fields.iter().map(|(name, kind)| {
            let said = &value[*name];
            ((*name).to_owned(), if matches!(kind, Kind::Clock) { said.clone() } else { text(said) })
        });
        Value::Object(id.into_iter().chain(fields).collect())
    };
    let part = |found: &Found<'_>| -> Value {
        let mut values = found.items.iter().map(|item| item.value);
        match found.form {
            Form::Text(_) => values.next().map_or(Value::Null, text),
            Form::Items(of) => values.map(|value| object(of, value)).collect(),
        }
    };
    Value::Object(parts.iter().map(|found| (found.key.to_owned(), part(found))).collect())
}

/// JSON schema of a reply.
pub(super) fn schema(parts: &[Found<'_>]) -> Value {
    let part = |found: &Found<'_>| {
        let list = |items: Value| {
            let count = found.items.len();
            json!({ "type": "array", "items": items, "minItems": count, "maxItems": count })
        };
        let text = |most: usize| json!({ "type": "string", "maxLength": most });
        match found.form {
            Form::Text(most) => text(found.longest(None, *most)),
            Form::Items(of) => {
                let ids = of.id.map(|name| {
                    let known: Value = found.items.iter().map(|item| item.value[name].clone()).collect();
                    (name.to_owned(), json!({ "type": "string", "enum": known }))
                });
                let fields = of.fields.iter().map(|(name, kind)| {
                    let field = match kind {
                        Kind::Text(most) => text(found.longest(Some(name), *most)),
                        Kind::Clock => json!({ "type": "string", "pattern": CLOCK }),
                    };
                    ((*name).to_owned(), field)
                });
                list(object(&ids.into_iter().chain(fields).collect()))
            }
        }
    };
    object(&parts.iter().map(|found| (found.key.to_owned(), part(found))).collect())
}

fn object(properties: &Map<String, Value>) -> Value {
    let names: Value = properties.keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

/// Tokens that a valid reply needs at most, 256–4096: the characters of the reply with empty texts, and the longest that
/// each text may be, divided by three and rounded up. Escapes and spaces between fields are not counted; a reply that is cut
/// off at 4096 is no JSON and refused as such.
pub(super) fn most_tokens(parts: &[Found<'_>]) -> u32 {
    let structure = shaped(parts, |_| String::new()).to_string().chars().count();
    let texts: usize = parts
        .iter()
        .map(|found| {
            let each = match found.form {
                Form::Text(most) => found.longest(None, *most),
                Form::Items(of) => {
                    let longest = |(name, kind): &(&str, Kind)| match kind {
                        Kind::Text(most) => found.longest(Some(name), *most),
                        Kind::Clock => 0,
                    };
                    of.fields.iter().map(longest).sum()
                }
            };
            each * found.items.len()
        })
        .sum();
    let tokens = (structure + texts).div_ceil(CHARACTERS_PER_TOKEN).clamp(LEAST_TOKENS, MOST_TOKENS);
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

impl Found<'_> {
    /// The longest that a text may be, in characters: `most`, or as long as the draft's longest, so that it fits too.
    pub(super) fn longest(&self, field: Option<&str>, most: usize) -> usize {
        let texts = self.items.iter().filter_map(|item| match field {
            Some(name) => item.value[name].as_str(),
            None => item.value.as_str(),
        });
        texts.map(|text| text.chars().count()).fold(most, usize::max)
    }
}
