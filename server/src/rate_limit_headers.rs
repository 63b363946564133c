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
        let list = allowances.iter().map(words).collect::<Vec<_>>().join(", ");
        // A String of structured fields has printable ASCII only; a header's value may have more. What is no such text is the name of
        // a model or key; then there is no header.
        let is_text = list.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        is_text.then(|| HeaderValue::try_from(list).ok()).flatten()
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
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

/// As a String of structured fields (RFC 9651, 4.1.6).
fn name(allowance: &Allowance) -> String {
    format!("\"{}\"", allowance.policy.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn added(policy: &str) -> HeaderMap {
        let (window, whole_in) = (Some(Duration::from_secs(60)), Duration::from_secs(6));
        let resource = Resource::Tokens;
        let allowance =
            Allowance { policy: policy.into(), resource, quota: 10, window, remaining: 9, whole_in };
        let mut headers = HeaderMap::new();
        add(&mut headers, &[allowance]);
        headers
    }

    #[test]
    fn a_name_is_a_string_of_structured_fields_or_there_is_no_header() {
        let headers = added(r#"tokens:minute:model=a"b\c"#);
        assert_eq!(headers[POLICY], r#""tokens:minute:model=a\"b\\c";q=10;w=60;qu="tokens""#);
        assert_eq!(headers[LIMIT], r#""tokens:minute:model=a\"b\\c";r=9;t=6"#);
        for no_text in
            ["tokens:minute:model=größer", "tokens:minute:model=a\u{7f}", "tokens:minute:model=a\tb"]
        {
            assert!(added(no_text).is_empty(), "{no_text:?}");
        }
    }
}
