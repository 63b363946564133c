//! Whether a value fits a schema, as far as the simulator's schemas go.
//!
//! Checks types, `enum`, `const`, bounds of numbers, lengths, required fields and what is inside. Patterns, formats and
//! fields beyond the schema are not looked at: this chooses among alternatives and guards no door.

use serde_json::{Number, Value};

use super::resolve;

/// Values inside values: deeper ones are believed.
const DEEPEST: usize = 32;

pub(super) fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    fits_at(root, schema, value, 0)
}

fn fits_at(root: &Value, schema: &Value, value: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return true;
    }
    if let Value::Bool(anything) = schema {
        return *anything;
    }
    let schema = resolve::plain(root, schema);
    let types = resolve::types(&schema);
    if !types.is_empty() && !types.iter().any(|name| resolve::is_of(value, name)) {
        return false;
    }
    if !is_listed(&schema, value) {
        return false;
    }
    let inside = match value {
        Value::Number(number) => number_fits(&schema, number),
        Value::String(text) => within(&schema, "minLength", "maxLength", text.chars().count()),
        Value::Array(items) => {
            let schema_of_items = schema.get("items").unwrap_or(&Value::Bool(true));
            within(&schema, "minItems", "maxItems", items.len())
                && items.iter().all(|item| fits_at(root, schema_of_items, item, depth + 1))
        }
        Value::Object(fields) => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            required.filter_map(Value::as_str).all(|name| fields.contains_key(name))
                && properties
                    .filter_map(|(name, part)| Some((part, fields.get(name)?)))
                    .all(|(part, field)| fits_at(root, part, field, depth + 1))
        }
        Value::Null | Value::Bool(_) => true,
    };
    // Last, so that a schema that is its own alternative fails at its first word and not after all ways around.
    let alternatives = resolve::alternatives(&schema);
    inside
        && (alternatives.is_empty() || alternatives.iter().any(|part| fits_at(root, part, value, depth + 1)))
}

/// Whether `const` and `enum`, where they are, name the value.
pub(super) fn is_listed(schema: &Value, value: &Value) -> bool {
    schema.get("const").is_none_or(|only| only == value)
        && schema.get("enum").and_then(Value::as_array).is_none_or(|listed| listed.contains(value))
}

pub(super) fn number_fits(schema: &Value, number: &Number) -> bool {
    let Some(number) = number.as_f64() else {
        return false;
    };
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    bound("minimum").is_none_or(|least| number >= least)
        && bound("exclusiveMinimum").is_none_or(|least| number > least)
        && bound("maximum").is_none_or(|most| number <= most)
        && bound("exclusiveMaximum").is_none_or(|most| number < most)
        // A sum of decimal steps is seldom exact in binary.
        && step.is_none_or(|step| (number / step - (number / step).round()).abs() < 1e-9)
}

fn within(schema: &Value, least: &str, most: &str, size: usize) -> bool {
    length(schema, least).is_none_or(|least| size >= least)
        && length(schema, most).is_none_or(|most| size <= most)
}

/// A bound of lengths or sizes.
pub(super) fn length(schema: &Value, name: &str) -> Option<usize> {
    schema.get(name).and_then(Value::as_u64).map(|bound| usize::try_from(bound).unwrap_or(usize::MAX))
}
