//! Types in words, and every named schema with its fields.

use leptos::prelude::*;
use serde_json::Value;

use super::{listed, prose, text};

/// Every named schema, by name.
pub(super) fn all(schemas: &Value) -> impl IntoView + use<> {
    let named = schemas.as_object().into_iter().flatten();
    named
        .map(|(name, schema)| {
            view! {
                <article class="panel" id=anchor(name)>
                    <header><h3><code>{name.clone()}</code></h3></header>
                    <div class="body">
                        <p>{prose(&text(&schema["description"]))}</p>
                        {fields(schema)}
                    </div>
                </article>
            }
        })
        .collect_view()
}

fn anchor(name: &str) -> String {
    format!("schema-{name}")
}

/// What a schema holds: its fields, or its type where it has none.
fn fields(schema: &Value) -> AnyView {
    let parts = listed(&schema["allOf"]);
    if !parts.is_empty() {
        return parts.iter().map(fields).collect_view().into_any();
    }
    let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty())
    else {
        return view! { <p>{words(schema)}</p> }.into_any();
    };
    let required = listed(&schema["required"]);
    let rows = properties.iter().map(|(name, field)| {
        let needed = required.iter().any(|required| required == name.as_str());
        view! {
            <dt><code>{name.clone()}</code>{needed.then(|| view! { " " <small>"required"</small> })}</dt>
            <dd>{words(field)}{about(field)}</dd>
        }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}

/// Description, default and bounds of a field.
fn about(field: &Value) -> impl IntoView + use<> {
    let own = text(&field["description"]);
    let inner =
        listed(&field["oneOf"]).iter().map(|one| text(&one["description"])).find(|text| !text.is_empty());
    let description = if own.is_empty() { inner.unwrap_or_default() } else { own };
    let default = &field["default"];
    let default = (!default.is_null()).then(|| format!(" Default {default}."));
    view! { {(!description.is_empty()).then_some(" — ")}{prose(&description)}{default} }
}

/// A type in words; named schemas are links.
pub(super) fn words(schema: &Value) -> AnyView {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return view! { <a href=format!("#{}", anchor(name))>{name.to_owned()}</a> }.into_any();
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        let choices = listed(&schema[key]);
        if !choices.is_empty() {
            let between = if key == "allOf" { " and " } else { " or " };
            let choice =
                |(index, one): (usize, &Value)| view! { {(index > 0).then_some(between)}{words(one)} };
            return choices.iter().enumerate().map(choice).collect_view().into_any();
        }
    }
    if let Some(fixed) = schema.get("const") {
        return format!("always {fixed}").into_any();
    }
    let values: Vec<String> = listed(&schema["enum"])
        .iter()
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .collect();
    if !values.is_empty() {
        return format!("one of {}", values.join(", ")).into_any();
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    if kinds.contains(&"array") {
        let or_null = kinds.contains(&"null").then_some(" or null");
        return view! { "list of " {words(&schema["items"])}{or_null} }.into_any();
    }
    if kinds.is_empty() {
        return "any JSON".into_any();
    }
    if schema["properties"].is_object() {
        return fields(schema);
    }
    if kinds == ["object"] && schema["additionalProperties"].is_object() {
        return view! { "object of " {words(&schema["additionalProperties"])} }.into_any();
    }
    let format = schema["format"].as_str().map(|format| format!(" ({format})")).unwrap_or_default();
    format!("{}{format}", kinds.join(" or ")).into_any()
}
