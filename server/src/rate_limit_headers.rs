//! `RateLimit-Policy` and `RateLimit`: what is allowed, and what of it is left. Names and parameters are those of
//! draft-ietf-httpapi-ratelimit-headers-10: quota `q`, window `w` in seconds, unit `qu`, remaining `r`, seconds to a whole
//! quota `t`. A policy's name is its rule; the unit `tokens` is ours, the draft registers none for them.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::limit::Resource;
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
    let policy = listed(&|it| {
        let window = it.window.map_or_else(String::new, |window| format!(";w={}", window.as_secs()));
        let unit = match it.resource {
            Resource::Requests => "",
            Resource::Tokens => ";qu=\"tokens\"",
            Resource::Parallel => ";qu=\"concurrent-requests\"",
        };
        format!("{};q={}{window}{unit}", name(it), it.quota)
    });
    let left = listed(&|it| match it.window {
        Some(_) => format!("{};r={};t={}", name(it), it.remaining, it.reset_s()),
        None => format!("{};r={}", name(it), it.remaining),
    });
    for (name, value) in [(POLICY, policy), (LIMIT, left)] {
        // What is no text of ASCII is the name of a model or key; then there is no header.
        if let Ok(value) = value {
            headers.insert(name, value);
        }
    }
}

/// As a String of structured fields (RFC 9651, 4.1.6).
fn name(allowance: &Allowance) -> String {
    format!("\"{}\"", allowance.policy.replace('\\', "\\\\").replace('"', "\\\""))
}
