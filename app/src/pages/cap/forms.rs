//! The forms that change a cap: plain posts, so the password's field is there for whoever needs it.

use domain::cap::Rule;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::cost::{CapRule, CapSource};

use super::super::caps::amount;
use crate::actions::caps::{ResetCap, SetCap};
use crate::ui::forms::{ReasonField, TextField};
use crate::ui::panel::Panel;

pub(super) fn change(cap: &CapRule, rule: &Rule, typed: String) -> impl IntoView + use<> {
    let of = cap.rule.clone();
    let action = ServerAction::<SetCap>::new();
    let hint = if rule.may_be_without() {
        "0 takes the cap away."
    } else {
        "Alert line, budget and ceiling keep their order."
    };
    let ends = (cap.source == CapSource::Override).then_some("Changing the cap ends its override.");
    view! {
        <Panel title="Change the cap: in force for the next call">
            <div class="body">
                <p>"No sum is reset: what was spent counts against the new amount. " {ends}</p>
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="of" value=of.clone()/>
                    <TextField label="New cap, dollars" name="amount" value=typed.clone() autocomplete="off" most=20 hint=hint/>
                    <ReasonField/>
                    <TextField label="Your password, again" name="password" kind="password" optional=true autocomplete="current-password"
                        hint="Only to raise or take away a cap, which an operator may. Lowering needs none."/>
                    <div><button class="btn danger">"Change the cap"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

pub(super) fn reset(cap: &CapRule) -> impl IntoView + use<> {
    let of = cap.rule.clone();
    let action = ServerAction::<ResetCap>::new();
    view! {
        <Panel title=format!("Back to the default: {}", amount(cap.default_usd))>
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <input type="hidden" name="of" value=of.clone()/>
                    <TextField label="Reason to go back" name="reset_reason" least=3 most=500 autocomplete="off"/>
                    <TextField label="Your password to go back" name="reset_password" kind="password" optional=true autocomplete="current-password"
                        hint="Only when the default is higher."/>
                    <div><button class="btn">"Back to the default"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}
