//! Labelled form fields: the label is the name that a test and a screen reader find.

use leptos::prelude::*;

/// One line of text.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] value: String,
    /// `text`, `email`, `password`, `number`, `date`.
    #[prop(into, default = "text".to_owned())]
    kind: String,
    #[prop(into, optional)] hint: Option<String>,
    #[prop(into, optional)] autocomplete: Option<String>,
    #[prop(optional)] optional: bool,
    #[prop(optional)] least: Option<u32>,
    #[prop(optional)] most: Option<u32>,
) -> impl IntoView {
    let hint_id = hint.as_ref().map(|_| format!("{name}-hint"));
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <input
                id=name.clone()
                name=name.clone()
                type=kind
                value=value
                required=!optional
                minlength=least.map(|n| n.to_string())
                maxlength=most.map(|n| n.to_string())
                autocomplete=autocomplete
                aria-describedby=hint_id.clone()
            />
            {hint.map(|hint| view! { <small id=hint_id>{hint}</small> })}
        </div>
    }
}

/// Why something is done: asked for by every action that changes what people get.
#[component]
pub fn ReasonField(#[prop(into, optional)] hint: Option<String>) -> impl IntoView {
    let hint = hint.unwrap_or_else(|| "Kept in the audit log and shown to everybody on call.".to_owned());
    view! {
        <div class="field">
            <label for="reason">"Reason"</label>
            <input id="reason" name="reason" required minlength="3" maxlength="500" autocomplete="off" aria-describedby="reason-hint"/>
            <small id="reason-hint">{hint}</small>
        </div>
    }
}
