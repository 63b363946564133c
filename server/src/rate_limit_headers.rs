//! `RateLimit-Policy` and `RateLimit`: what is allowed, and what of it is left. Names and parameters are those of
//! draft-ietf-httpapi-ratelimit-headers-10: quota `q`, window `w` in seconds, unit `qu`, remaining `r`, seconds to a whole
//! quota `t`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ops::gateway::Allowance;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

pub(crate) fn add(headers: &mut HeaderMap, allowances: &[Allowance]) {
    if allowances.is_empty() {
        return;
    }
    let listed = |words: &dyn Fn(&Allowance) -> String| {
        HeaderValue::try_from(allowances.iter().map(words).collect::<Vec<_>>().join(", "))
    };
    let policy = listed(&|it| match it.window {
        Some(window) => format!("\"{}\";q={};w={}", it.policy, it.quota, window.as_secs()),
        None => format!("\"{}\";q={};qu=\"concurrent-requests\"", it.policy, it.quota),
    });
    let left = listed(&|it| match it.window {
        Some(_) => format!("\"{}\";r={};t={}", it.policy, it.remaining, it.reset_s()),
        None => format!("\"{}\";r={}", it.policy, it.remaining),
    });
    for (name, value) in [(POLICY, policy), (LIMIT, left)] {
        // Our policies' names are letters and hyphens; nothing else could fail here.
        if let Ok(value) = value {
            headers.insert(name, value);
        }
    }
}
