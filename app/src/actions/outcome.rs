//! How an action ends: a redirect, and one message that the next page shows once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::SET_COOKIE;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::visitor::Notice;

/// The cookie of the one message. Set here, read and cleared by the server before the next page.
pub const FLASH_COOKIE: &str = "flash";

/// Goes to `done` with a word of success, or back to `back` with what went wrong. Nothing is half done:
/// an error means that the service changed nothing.
pub fn finish(outcome: ops::Result<String>, done: &str, back: &str) {
    match outcome {
        Ok(text) => redirect_with(done, &Notice { good: true, text }),
        Err(error) => redirect_with(back, &Notice { good: false, text: explain(&error) }),
    }
}

/// What a person should read about an error of the service.
pub fn explain(error: &ops::Error) -> String {
    match error {
        ops::Error::Invalid(faults) => {
            let faults: Vec<_> =
                faults.iter().map(|fault| format!("{} {}", fault.field, fault.detail)).collect();
            format!("Nothing was changed: {}.", faults.join("; "))
        }
        ops::Error::TooMany { retry_after_s, .. } => {
            let seconds = retry_after_s.unwrap_or_default();
            format!("Too many attempts. Nothing was changed. Try again in {seconds} s.")
        }
        ops::Error::Store(_) | ops::Error::Internal { .. } | ops::Error::Migrate(_) => {
            tracing::error!(error = error as &dyn std::error::Error, "an action failed");
            format!("{error}. Nothing was changed. Try again; if it stays, look at the Health page.")
        }
        error => format!("Nothing was changed: {error}."),
    }
}

fn redirect_with(path: &str, notice: &Notice) {
    if let Some(response) = use_context::<ResponseOptions>()
        && let Ok(cookie) = HeaderValue::from_str(&flash_cookie(notice))
    {
        response.append_header(SET_COOKIE, cookie);
    }
    leptos_axum::redirect(path);
}

pub fn flash_cookie(notice: &Notice) -> String {
    let text = format!("{}{}", if notice.good { '+' } else { '-' }, notice.text);
    format!("{FLASH_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=60", URL_SAFE_NO_PAD.encode(text))
}

/// Reads what [`flash_cookie`] wrote; anything else is nothing.
pub fn read_flash(value: &str) -> Option<Notice> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let good = text.starts_with('+');
    let rest = text.strip_prefix(['+', '-'])?;
    Some(Notice { good, text: rest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_survives_the_cookie() {
        let notice = Notice { good: false, text: "Nothing was changed: reason; too short – ü".to_owned() };
        let cookie = flash_cookie(&notice);
        let value = cookie.strip_prefix("flash=").unwrap().split(';').next().unwrap();
        assert_eq!(read_flash(value), Some(notice));
        assert_eq!(read_flash("%%%"), None);
    }
}
