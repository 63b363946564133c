//! An answer that fits a schema, as close to the planner's draft as the schema lets it be.
//!
//! Each field takes the draft's value at the same place when it fits, else something plausible; fields that the schema
//! does not name are dropped. Texts for people go through the wording. Patterns cannot be met except by the draft.

use serde_json::{Map, Value, json};

use super::fit;
use super::resolve;
use super::wording::Wording;

/// Deeper schemas without a draft are circles; then what may be left out is.
const DEEP: usize = 8;
/// Nothing is nested deeper.
const DEEPEST: usize = 64;
/// Values in one answer: schemas come from outside and may branch without end.
const MOST_VALUES: usize = 20_000;
/// The longest text that is made up or that a schema without `maxLength` may let grow.
const LONGEST: usize = 10_000;
const MADE_UP: &str = "A calm and steady start to the day.";

/// The answer; `draft` is absent when the question held none.
pub(super) fn fill(schema: &Value, draft: Option<&Value>, wording: &mut Wording) -> Value {
    Filling { root: schema, wording, left: MOST_VALUES }.value(schema, draft, "", 0)
}

struct Filling<'a> {
    root: &'a Value,
    wording: &'a mut Wording,
    left: usize,
}

impl Filling<'_> {
    /// `name` is the field that holds the value, empty within lists.
    fn value(&mut self, schema: &Value, draft: Option<&Value>, name: &str, depth: usize) -> Value {
        if depth > DEEPEST || self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        let root = self.root;
        let schema = resolve::plain(root, schema);
        let alternatives = resolve::alternatives(&schema);
        if let Some(alternative) = self.best(alternatives, draft, depth) {
            let whole = resolve::chosen(root, &schema, alternative);
            return self.value(&whole, draft, name, depth + 1);
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(listed) = schema.get("enum").and_then(Value::as_array) {
            let kept = draft.filter(|draft| listed.contains(draft));
            return kept.or(listed.first()).cloned().unwrap_or_default();
        }
        let types = resolve::types(&schema);
        if types.is_empty() {
            return draft.cloned().unwrap_or_else(|| Value::from(MADE_UP));
        }
        let fitting = draft.and_then(|draft| {
            types.iter().find(|name| resolve::is_of(draft, name)).map(|name| (*name, Some(draft)))
        });
        let (kind, draft) = fitting.unwrap_or_else(|| (made_up_type(&types, depth), None));
        match kind {
            "object" => self.object(&schema, draft.and_then(Value::as_object), depth),
            "array" => self.array(&schema, draft.and_then(Value::as_array), depth),
            "string" => self.text(&schema, draft.and_then(Value::as_str), name),
            "integer" | "number" => number(&schema, draft, kind == "integer"),
            "boolean" => draft.cloned().unwrap_or(Value::Bool(false)),
            _ => Value::Null,
        }
    }

    /// The first alternative that the draft fits, else the first of its type, else the first that is not null.
    fn best<'s>(&self, alternatives: &'s [Value], draft: Option<&Value>, depth: usize) -> Option<&'s Value> {
        let is_null =
            |part: &&Value| resolve::types(&resolve::plain(self.root, part)).first() == Some(&"null");
        let of_type = |part: &&Value| {
            let part = resolve::plain(self.root, part);
            let types = resolve::types(&part);
            draft.is_some_and(|draft| types.iter().any(|name| resolve::is_of(draft, name)))
        };
        let fitting = |part: &&Value| draft.is_some_and(|draft| fit::fits(self.root, part, draft));
        let mut parts = alternatives.iter();
        if draft.is_none() && depth >= DEEP {
            return parts.clone().find(is_null).or_else(|| parts.next());
        }
        parts
            .clone()
            .find(fitting)
            .or_else(|| parts.clone().find(of_type))
            .or_else(|| parts.clone().find(|part| !is_null(part)))
            .or_else(|| parts.next())
    }

    fn object(&mut self, schema: &Value, draft: Option<&Map<String, Value>>, depth: usize) -> Value {
        let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut filled = Map::new();
        for (name, part) in properties.into_iter().flatten() {
            let field = draft.and_then(|draft| draft.get(name));
            if field.is_some() || depth < DEEP || required.iter().any(|wanted| wanted == name) {
                filled.insert(name.clone(), self.value(part, field, name, depth + 1));
            }
        }
        // A map: its names are the draft's, its values the schema's.
        if let Some(part) = schema.get("additionalProperties").filter(|part| part.is_object()) {
            for (name, field) in draft.into_iter().flatten() {
                if !filled.contains_key(name) {
                    filled.insert(name.clone(), self.value(part, Some(field), name, depth + 1));
                }
            }
        }
        Value::Object(filled)
    }

    fn array(&mut self, schema: &Value, draft: Option<&Vec<Value>>, depth: usize) -> Value {
        let anything = Value::Bool(true);
        let part = schema.get("items").unwrap_or(&anything);
        let drafts = draft.map_or(&[][..], Vec::as_slice);
        let least = fit::length(schema, "minItems").unwrap_or(0);
        let most = fit::length(schema, "maxItems").unwrap_or(usize::MAX);
        let count = drafts.len().max(least).min(most);
        let mut items = Vec::new();
        for index in 0..count {
            if self.left == 0 {
                break;
            }
            items.push(self.value(part, drafts.get(index), "", depth + 1));
        }
        Value::Array(items)
    }

    fn text(&mut self, schema: &Value, draft: Option<&str>, name: &str) -> Value {
        let least = fit::length(schema, "minLength").unwrap_or(0).min(LONGEST);
        let most = fit::length(schema, "maxLength").unwrap_or(usize::MAX);
        let long_enough = draft.filter(|draft| draft.chars().count() >= least);
        let text = match long_enough {
            Some(draft) => draft.chars().take(most).collect(),
            None => made_up_text(schema, least, most),
        };
        Value::from(self.wording.tell(name, text, most))
    }
}

fn made_up_type<'a>(types: &[&'a str], depth: usize) -> &'a str {
    let wanted = |name: &&&str| (**name == "null") == (depth >= DEEP);
    types.iter().find(wanted).or(types.first()).copied().unwrap_or("null")
}

fn made_up_text(schema: &Value, least: usize, most: usize) -> String {
    let known = match schema.get("format").and_then(Value::as_str) {
        Some("date") => Some("2026-01-01"),
        Some("time") => Some("08:00:00Z"),
        Some("date-time") => Some("2026-01-01T08:00:00Z"),
        Some("uuid") => Some("00000000-0000-7000-8000-000000000000"),
        Some("email") => Some("somebody@example.com"),
        Some("uri") => Some("https://example.com/"),
        _ => None,
    };
    if let Some(known) = known {
        return known.to_owned();
    }
    let mut text = MADE_UP.to_owned();
    while text.chars().count() < least {
        text.push(' ');
        text.push_str(MADE_UP);
    }
    text.chars().take(most).collect()
}

/// The draft's number when it is within the bounds, else the least that is.
fn number(schema: &Value, draft: Option<&Value>, whole: bool) -> Value {
    if let Some(Value::Number(number)) = draft
        && fit::number_fits(schema, number)
    {
        return Value::Number(number.clone());
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let above = |least: f64| (least / step).floor() * step + step;
    let mut least = match (bound("minimum"), bound("exclusiveMinimum")) {
        (Some(least), _) if !whole && bound("multipleOf").is_none() => least,
        (Some(least), _) => (least / step).ceil() * step,
        (None, Some(least)) => above(least),
        (None, None) => {
            let below = bound("exclusiveMaximum").map(|most| (most / step).ceil() * step - step);
            bound("maximum").map(|most| (most / step).floor() * step).or(below).unwrap_or(0.0).min(0.0)
        }
    };
    // A range narrower than a step: its middle is the only number that is certain.
    if let (Some(low), Some(high)) =
        (bound("exclusiveMinimum"), bound("exclusiveMaximum").or(bound("maximum")))
        && !whole
        && least >= high
    {
        least = f64::midpoint(low, high);
    }
    if whole { whole_number(least) } else { json!(least) }
}

/// JSON knows no difference, but readers do: 3 and not 3.0.
fn whole_number(number: f64) -> Value {
    format!("{number:.0}").parse::<i64>().map_or_else(|_| json!(0), Value::from)
}
