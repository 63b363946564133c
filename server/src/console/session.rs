//! From cookie to person: read once per request, put where pages and actions look for it.

use app::actions::outcome::{FLASH_COOKIE, read_flash};
use app::visitor::{Flash, PagePath, Theme, Visitor};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use ops::Ops;

/// Paths of the console that need nobody signed in.
const OPEN: [&str; 2] = ["/sign-in", "/setup"];

/// With https the name is bound to the host and to TLS by the browser itself; without, browsers refuse that prefix.
pub(crate) fn cookie_name(ops: &Ops) -> &'static str {
    if secure(ops) { "__Host-holisticos" } else { "holisticos" }
}

pub(crate) fn secure(ops: &Ops) -> bool {
    ops.config.server.public_url.starts_with("https://")
}

/// Finds the person, or sends to the door. Reading the one message clears it.
pub(crate) async fn load_visitor(
    State(ops): State<Ops>,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let person = match jar.get(cookie_name(&ops)) {
        Some(cookie) => match ops.session(cookie.value()).await {
            Ok(person) => person,
            Err(error) => return crate::problem::Problem::from(error).into_response(),
        },
        None => None,
    };
    let path = request.uri().path();
    if person.is_none() && !OPEN.contains(&path) {
        return Redirect::to(&door(request.uri())).into_response();
    }
    let flash = jar.get(FLASH_COOKIE).and_then(|cookie| read_flash(cookie.value()));
    let shown = flash.is_some() && request.method() == axum::http::Method::GET && path != "/events";
    let theme = jar.get("theme").map(|cookie| Theme::parse(cookie.value())).unwrap_or_default();
    let page = request.uri().path_and_query().map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned());
    let extensions = request.extensions_mut();
    extensions.insert(Visitor(person));
    extensions.insert(Flash(flash));
    extensions.insert(theme);
    extensions.insert(PagePath(page));
    let mut response = next.run(request).await;
    if shown {
        let cleared = HeaderValue::from_static("flash=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
        response.headers_mut().append(header::SET_COOKIE, cleared);
    }
    response
}

fn door(asked: &Uri) -> String {
    match asked.path_and_query().map(http::uri::PathAndQuery::as_str) {
        None | Some("/") => "/sign-in".to_owned(),
        Some(path) => format!("/sign-in?next={}", encode(path)),
    }
}

/// Percent-encodes what has a meaning inside a query.
fn encode(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
