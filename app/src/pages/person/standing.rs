//! On what ground the visitor may look, in a sentence at the head of the page.

use jiff::Timestamp;
use leptos::prelude::*;
use ops::support::Standing;

use super::Asked;
use crate::ui::state::{State, Tone};
use crate::ui::time::span;

pub(super) fn head(asked: &Asked, standing: &Standing, now: Timestamp) -> impl IntoView + use<> {
    let (tone, word, sentence) = words(standing, now);
    view! {
        <section class=format!("verdict {}", tone.class()) aria-label="Consent">
            <div>
                <h1>"Person "<span class="mono">{asked.user.to_string()}</span></h1>
                <p><State tone=tone word=word/>" "{sentence}</p>
                <p>"Tenant "<span class="mono">{asked.tenant.to_string()}</span></p>
            </div>
        </section>
    }
}

fn words(standing: &Standing, now: Timestamp) -> (Tone, &'static str, String) {
    let until = |at: Timestamp| format!("until {} ({})", at.strftime("%Y-%m-%d %H:%M UTC"), span(now, at));
    match (&standing.consent, &standing.emergency, standing.role_may) {
        (Some(consent), _, true) => (
            Tone::Ok,
            "consent",
            format!(
                "{}, for: “{}”. What you open is told to the person.",
                until(consent.expires_at),
                consent.purpose
            ),
        ),
        (Some(consent), _, false) => (
            Tone::Unknown,
            "consent",
            format!(
                "{}, to responders and above; your role sees how requests went.",
                until(consent.expires_at)
            ),
        ),
        (None, Some(emergency), true) => (
            Tone::Warn,
            "emergency",
            format!(
                "Without consent, {}, because: “{}”. What you open is told to the person.",
                until(emergency.expires_at),
                emergency.reason
            ),
        ),
        (None, _, _) => (
            Tone::Unknown,
            "no consent",
            "Their data is closed to staff; how their requests went is not. The person can consent in their app.".to_owned(),
        ),
    }
}
