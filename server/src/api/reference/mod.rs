//! `/docs/api`: the `OpenAPI` document as one page to read and to try.
//!
//! Rendered once at start, from the same document that `/api/openapi.json` serves, so it cannot differ from it. Reading needs no
//! script; a small one of our own runs the examples. The key typed into it stays in the page's memory.

mod operation;
mod schema;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use leptos::prelude::*;
use ops::Ops;
use serde_json::Value;
use utoipa::openapi::OpenApi as Document;

use operation::Operation;

/// Scripts and styles only from here; nothing can be framed, submitted elsewhere or loaded from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// `/api/openapi.json` and `/docs/api`.
///
/// # Errors
/// When the document cannot be written as JSON.
pub(crate) fn routes(document: &Document) -> serde_json::Result<Router<Ops>> {
    let value = serde_json::to_value(document)?;
    let page = Bytes::from(page(&value));
    let json = Bytes::from(serde_json::to_vec(&value)?);
    let send_page =
        move || async move { ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response() };
    let send_json =
        move || async move { ([(header::CONTENT_TYPE, "application/json")], json).into_response() };
    Ok(Router::new().route("/docs/api", get(send_page)).route("/api/openapi.json", get(send_json)))
}

/// The whole page.
pub(super) fn page(document: &Value) -> String {
    let info = &document["info"];
    let operations = Operation::all(document);
    let tags: Vec<(String, String)> =
        listed(&document["tags"]).iter().map(|tag| (text(&tag["name"]), text(&tag["description"]))).collect();
    let of_tag = |tag: &str| operations.iter().filter(|operation| operation.tag == tag).collect::<Vec<_>>();
    let contents = tags.iter().map(|(tag, _)| {
        let links = of_tag(tag).into_iter().map(Operation::link).collect_view();
        view! { <h2>{tag.clone()}</h2><ul>{links}</ul> }
    });
    let sections = tags.iter().map(|(tag, description)| {
        let operations = of_tag(tag).into_iter().map(Operation::view).collect_view();
        view! {
            <section class="stack" aria-label=tag.clone()>
                <h2 class="heading">{tag.clone()}</h2>
                <p>{prose(description)}</p>
                {operations}
            </section>
        }
    });
    let body = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="dark light"/>
                <title>"API reference · HolisticOS"</title>
                <link rel="icon" href="/icon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/pkg/holistic.css"/>
                <script type="module" src="/api-reference.js"></script>
            </head>
            <body class="reference">
                <a class="skip" href="#main">"Skip to the reference"</a>
                <nav id="contents" aria-label="Contents">
                    {contents.collect_view()}
                    <h2>"Schemas"</h2>
                    <ul><li><a href="#schemas">"All schemas"</a></li></ul>
                </nav>
                <main id="main" class="stack">
                    <h1>{format!("{} API", text(&info["title"]))}</h1>
                    {text(&info["description"]).split("\n\n").map(|part| view! { <p>{prose(part)}</p> }).collect_view()}
                    <p>
                        <a href="/api/openapi.json">"OpenAPI 3.1 document"</a>
                        {format!(" · version {} · ", text(&info["version"]))}
                        <a href="#contents">"Contents"</a>
                    </p>
                    <div class="try" hidden>
                        <div class="field">
                            <label for="key">"API key for the examples"</label>
                            <input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-hint"/>
                            <small id="key-hint">
                                "Kept in this page only, gone when it is left. Examples run on this server: what they change is changed."
                            </small>
                        </div>
                    </div>
                    <noscript>
                        <p class="notice">"Without JavaScript this page reads the same; run the examples by their curl lines."</p>
                    </noscript>
                    {sections.collect_view()}
                    <section class="stack" id="schemas" aria-label="Schemas">
                        <h2 class="heading">"Schemas"</h2>
                        {schema::all(&document["components"]["schemas"])}
                    </section>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", body.to_html())
}

/// The document's text, with `code` as such.
fn prose(text: &str) -> impl IntoView + use<> {
    let part = |(index, part): (usize, &str)| match index % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code>{part.to_owned()}</code> }.into_any(),
    };
    text.split('`').enumerate().map(part).collect_view()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn listed(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
