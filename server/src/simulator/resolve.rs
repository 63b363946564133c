//! JSON schemas made plain: references followed, parts of `allOf` put together, types listed.
//!
//! Only references into the same document (`#/$defs/...`) are followed, without escapes of URLs. What cannot be followed
//! counts as a schema that demands nothing. Which value fits is decided elsewhere.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A reference to a reference, or a part of a part: deeper ones are circles.
const DEEPEST: usize = 16;

/// The schema without `$ref` and `allOf`; borrowed when it had neither.
pub(super) fn plain<'a>(root: &'a Value, schema: &'a Value) -> Cow<'a, Value> {
    let has = |name| schema.get(name).is_some();
    if !has("$ref") && !has("allOf") {
        return Cow::Borrowed(schema);
    }
    let mut whole = Map::new();
    gather(root, schema, 0, &mut whole);
    Cow::Owned(Value::Object(whole))
}

/// The schema with one of its alternatives instead of `anyOf` and `oneOf`.
pub(super) fn chosen(root: &Value, schema: &Value, alternative: &Value) -> Value {
    let mut whole = Map::new();
    gather(root, schema, 0, &mut whole);
    whole.retain(|name, _| name != "anyOf" && name != "oneOf");
    gather(root, alternative, 0, &mut whole);
    Value::Object(whole)
}

/// The alternatives of `anyOf` or `oneOf`, none when there are none.
pub(super) fn alternatives(schema: &Value) -> &[Value] {
    let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    alternatives.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The names of the types that the schema allows, guessed from its other words when it does not say; empty for any.
pub(super) fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => {
            let has = |names: &[&str]| names.iter().any(|name| schema.get(*name).is_some());
            if has(&["properties", "required", "additionalProperties"]) {
                vec!["object"]
            } else if has(&["items", "minItems", "maxItems"]) {
                vec!["array"]
            } else if has(&["minLength", "maxLength", "pattern", "format"]) {
                vec!["string"]
            } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) {
                vec!["number"]
            } else {
                Vec::new()
            }
        }
    }
}

/// Whether a value is of a type, by its name in schemas.
pub(super) fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        _ => false,
    }
}

fn gather(root: &Value, schema: &Value, depth: usize, whole: &mut Map<String, Value>) {
    let Value::Object(words) = schema else {
        return;
    };
    if depth > DEEPEST {
        return;
    }
    if let Some(target) = words.get("$ref").and_then(Value::as_str) {
        let target = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        gather(root, target.unwrap_or(&Value::Null), depth + 1, whole);
    }
    for part in words.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        gather(root, part, depth + 1, whole);
    }
    for (name, word) in words {
        match (name.as_str(), whole.get_mut(name), word) {
            ("$ref" | "allOf", ..) => {}
            ("properties", Some(Value::Object(known)), Value::Object(more)) => {
                known.extend(more.iter().map(|(name, schema)| (name.clone(), schema.clone())));
            }
            ("required", Some(Value::Array(known)), Value::Array(more)) => {
                let new: Vec<Value> = more.iter().filter(|name| !known.contains(name)).cloned().collect();
                known.extend(new);
            }
            _ => {
                whole.insert(name.clone(), word.clone());
            }
        }
    }
}
