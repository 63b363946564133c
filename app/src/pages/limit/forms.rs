//! The forms that change a limit: plain posts, so the password's field is there for whoever needs it.

use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::gateway::{LimitRule, LimitSource};

use super::super::limits::quota;
use crate::actions::limits::{ResetLimit, SetLimit};
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::panel::Panel;

pub(super) fn change(limit: &LimitRule, typed: String) -> impl IntoView + use<> {
    let of = limit.rule.clone();
    let action = ServerAction::<SetLimit>::new();
    let title = if limit.source == LimitSource::None {
        "Add the limit: in force for the next request"
    } else {
        "Change the limit: in force for the next request"
    };
    let button = if limit.source == LimitSource::None { "Add the limit" } else { "Change the limit" };
    view! {
        <Panel title=title>
            <div class="body">
                <p>"No use is reset: what somebody used counts against the new quota."</p>
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="of" value=of.clone()/>
                    <TextField label="New quota" name="quota" value=typed.clone() autocomplete="off" most=13 hint="A whole number. 0: no limit, also where a wider rule has one."/>
                    <ReasonField/>
                    <TextField label="Your password, again" name="password" kind="password" optional=true autocomplete="current-password"
                        hint="Only to let more through, which an operator may. Lowering needs none."/>
                    <div><button class="btn danger">{button}</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

pub(super) fn reset(limit: &LimitRule) -> impl IntoView + use<> {
    let of = limit.rule.clone();
    let action = ServerAction::<ResetLimit>::new();
    let title = match &limit.wider {
        Some(wider) if !limit.has_default => format!("Remove it: {wider} holds then"),
        None if !limit.has_default => "Remove it: no limit counts this then".to_owned(),
        _ => format!("Back to the default: {}", quota(limit.default_quota)),
    };
    view! {
        <Panel title=title>
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="of" value=of.clone()/>
                    <TextField label="Reason to go back" name="reset_reason" least=3 most=500 autocomplete="off"/>
                    <TextField label="Your password to go back" name="reset_password" kind="password" optional=true autocomplete="current-password"
                        hint="Only when that lets more through."/>
                    <div><button class="btn">"Back to the default"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
