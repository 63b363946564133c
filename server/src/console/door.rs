//! Signing in and out, the first admin, the theme: plain forms answered by redirects.

use std::net::SocketAddr;

use app::actions::outcome::{explain, flash_cookie};
use app::visitor::{Notice, Theme};
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use ops::Ops;
use serde::Deserialize;

use super::session::{cookie_name, secure};

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn sign_in(
    State(ops): State<Ops>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Response {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match ops.sign_in(&form.email, &form.password, &address.ip().to_string(), agent).await {
        Ok(signed_in) => {
            ([session_cookie(&ops, &signed_in.token)], Redirect::to(inside(&form.next))).into_response()
        }
        Err(error) => back("/sign-in", &error),
    }
}

#[derive(Deserialize)]
pub(crate) struct SetupForm {
    token: String,
    email: String,
    password: String,
}

pub(crate) async fn complete_setup(State(ops): State<Ops>, Form(form): Form<SetupForm>) -> Response {
    match ops.complete_setup(&form.token, &form.email, &form.password).await {
        Ok(signed_in) => ([session_cookie(&ops, &signed_in.token)], Redirect::to("/")).into_response(),
        Err(error) => {
            let token: String =
                form.token.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            back(&format!("/setup?token={token}"), &error)
        }
    }
}

pub(crate) async fn sign_out(State(ops): State<Ops>, jar: CookieJar) -> Response {
    if let Some(cookie) = jar.get(cookie_name(&ops))
        && let Err(error) = ops.sign_out(cookie.value()).await
    {
        return back("/", &error);
    }
    let gone = format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", cookie_name(&ops));
    ([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response()
}

#[derive(Deserialize)]
pub(crate) struct ThemeForm {
    theme: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn choose_theme(Form(form): Form<ThemeForm>) -> Response {
    let theme = Theme::parse(&form.theme);
    let cookie = format!("theme={}; Path=/; SameSite=Lax; Max-Age=31536000", theme.as_str());
    ([(header::SET_COOKIE, cookie)], Redirect::to(inside(&form.next))).into_response()
}

fn session_cookie(ops: &Ops, token: &str) -> (HeaderName, String) {
    let secure = if secure(ops) { "; Secure" } else { "" };
    (header::SET_COOKIE, format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(ops)))
}

/// Back to the form, with what went wrong shown once.
fn back(path: &str, error: &ops::Error) -> Response {
    let text = match error {
        ops::Error::Unauthenticated(why) => (*why).to_owned(),
        error => explain(error),
    };
    ([(header::SET_COOKIE, flash_cookie(&Notice { good: false, text }))], Redirect::to(path)).into_response()
}

/// Only paths of our own: `//evil.example` and `https://…` lead home. So does what browsers read as one of these: they take `\` for
/// `/`, and leave out tabs and line ends. Source: WHATWG URL, basic URL parser.
fn inside(next: &str) -> &str {
    let strange = |c: char| c == '\\' || c.is_control();
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(strange);
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_redirect_stays_inside() {
        assert_eq!(super::inside("/cost?x=1"), "/cost?x=1");
        for outside in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
            "/\t/evil.example",
            "/\t\\evil.example",
            "/\u{0}/evil.example",
            "/\u{85}/evil.example",
        ] {
            assert_eq!(super::inside(outside), "/", "{outside:?}");
        }
    }
}
