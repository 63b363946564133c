//! One endpoint: what it takes, what it answers, and a form that tries it.

use leptos::prelude::*;
use serde_json::Value;

use super::schema::words;
use super::{listed, prose, text};

/// In the order in which a reader looks for them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) struct Operation {
    pub(super) tag: String,
    id: String,
    method: String,
    path: String,
    summary: String,
    /// False: answers without a key.
    needs_key: bool,
    document: Value,
}

impl Operation {
    pub(super) fn all(document: &Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let operation = item.get(method)?;
                Some(Self {
                    tag: text(&operation["tags"][0]),
                    id: text(&operation["operationId"]),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    summary: text(&operation["summary"]),
                    needs_key: operation.get("security").is_none(),
                    document: operation.clone(),
                })
            })
        });
        operations.collect()
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn link(&self) -> impl IntoView + use<> {
        view! {
            <li><a href=format!("#{}", self.id)><code>{self.method.clone()}</code>" "<span>{self.summary.clone()}</span></a></li>
        }
    }

    pub(super) fn view(&self) -> impl IntoView + use<> {
        let description = text(&self.document["description"]);
        view! {
            <article class="panel" id=self.id.clone()>
                <header>
                    <h3><code>{self.name()}</code></h3>
                    <small>{if self.needs_key { "needs a key" } else { "no key" }}</small>
                </header>
                <div class="body">
                    <p class="strong">{prose(&self.summary)}</p>
                    {(!description.is_empty()).then(|| view! { <p>{prose(&description)}</p> })}
                    {self.answers()}
                    <pre><code>{self.curl()}</code></pre>
                    {self.form()}
                </div>
            </article>
        }
    }

    fn answers(&self) -> impl IntoView + use<> {
        let body = self.body().map(|body| view! { <dt>"Body"</dt><dd>{words(&body["schema"])}</dd> });
        let parameters = self.parameters().iter().map(|parameter| {
            let description = text(&parameter["description"]);
            view! {
                <dt><code>{text(&parameter["name"])}</code></dt>
                <dd>
                    {format!("in the {}, ", text(&parameter["in"]))}{words(&parameter["schema"])}
                    {(!description.is_empty()).then_some(" — ")}{prose(&description)}
                </dd>
            }
        });
        let answers = self.document["responses"].as_object().into_iter().flatten().map(|(status, answer)| {
            let content = answer["content"].as_object().into_iter().flatten();
            let kinds = content.map(|(kind, content)| {
                view! { {words(&content["schema"])}" "<small>{kind.clone()}</small>" " }
            });
            view! { <dt>{format!("Answers {status}")}</dt><dd>{kinds.collect_view()}{prose(&text(&answer["description"]))}</dd> }
        });
        view! { <dl class="facts">{parameters.collect_view()}{body}{answers.collect_view()}</dl> }
    }

    fn parameters(&self) -> &[Value] {
        listed(&self.document["parameters"])
    }

    fn body(&self) -> Option<&Value> {
        self.document["requestBody"]["content"].get("application/json")
    }

    /// The example that the document gives; without one an empty object.
    fn example(&self) -> Option<String> {
        let body = self.body()?;
        let example = body.get("example").cloned().unwrap_or_else(|| serde_json::json!({}));
        Some(format!("{example:#}"))
    }

    fn curl(&self) -> String {
        let mut lines = format!("curl -X {} \"$URL{}\"", self.method, self.path);
        if self.needs_key {
            lines.push_str(" \\\n  -H \"Authorization: Bearer $KEY\"");
        }
        if let Some(example) = self.example() {
            // A quote inside a quoted word of a shell.
            let example = example.replace('\'', "'\\''");
            lines.push_str(&format!(" \\\n  -H 'Content-Type: application/json' \\\n  -d '{example}'"));
        }
        lines
    }

    fn form(&self) -> impl IntoView + use<> {
        let fields = self.parameters().iter().map(|parameter| {
            let name = text(&parameter["name"]);
            let id = format!("{}-{name}", self.id);
            let field = format!("{}:{name}", text(&parameter["in"]));
            let needed = parameter["required"] == true;
            view! {
                <div class="field">
                    <label for=id.clone()>{name}</label>
                    <input id=id name=field required=needed/>
                </div>
            }
        });
        let body = self.example().map(|example| {
            let id = format!("{}-body", self.id);
            let rows = example.lines().count().clamp(2, 16).to_string();
            view! {
                <div class="field">
                    <label for=id.clone()>"JSON body"</label>
                    <textarea id=id name="body" rows=rows spellcheck="false" class="mono">{example}</textarea>
                </div>
            }
        });
        let fields = fields.collect_view();
        view! {
            <details class="try" hidden>
                <summary>{format!("Try {}", self.name())}</summary>
                <form class="stack" data-method=self.method.clone() data-path=self.path.clone()>
                    <div class="fields">{fields}</div>
                    {body}
                    <p><button class="btn primary">{format!("Send {}", self.name())}</button></p>
                    <output></output>
                </form>
            </details>
        }
    }
}
