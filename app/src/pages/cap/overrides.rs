//! More than a cap for a while: asking, approving, withdrawing, and what became of it.

use domain::access::Action;
use jiff::Timestamp;
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::access::Person;
use ops::cost::{CapOverride, CapRule, OverrideState};

use crate::actions::caps::{ApproveCapOverride, RequestCapOverride, WithdrawCapOverride};
use crate::ui::figures::usd;
use crate::ui::forms::TextField;
use crate::ui::panel::Empty;
use crate::ui::state::{State, Tone};
use crate::ui::time::At;

/// Who could say yes, in words.
fn second(approvers: &[String], to: &str) -> String {
    if approvers.is_empty() {
        return format!(
            "Nobody else can approve {to}: it needs a second person with the role operator or admin. An admin can add one under People & keys."
        );
    }
    let others = approvers.len().saturating_sub(3);
    let named = approvers.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if others > 0 {
        format!("{named} or {others} others can approve {to}.")
    } else {
        format!("{named} can approve {to}.")
    }
}

pub(super) fn ask(cap: &CapRule, may: bool, approvers: &[String]) -> impl IntoView + use<> {
    let of = cap.rule.clone();
    let who = second(approvers, "what you ask for");
    let action = ServerAction::<RequestCapOverride>::new();
    let form = (may && cap.base_usd.is_some()).then(|| {
        view! {
            <p>{who}</p>
            <ActionForm action=action attr:class="stack">
                <input type="hidden" name="of" value=of.clone()/>
                <div class="fields">
                    <TextField label="Amount for a while, dollars" name="override_amount" autocomplete="off" most=20 hint="Above the cap."/>
                    <TextField label="Ends after minutes" name="minutes" kind="number" value="60" hint="15 to 1440, from now."/>
                </div>
                <TextField label="Reason for the override" name="override_reason" least=3 most=500 autocomplete="off" hint="Who approves it reads it."/>
                <div><button class="btn">"Ask for an override"</button></div>
            </ActionForm>
        }
    });
    let none = cap.base_usd.is_none().then_some(" There is no cap to go above.");
    view! {
        <div class="body">
            <p>"An override lets more be spent until its end. One person asks, another approves it with their password, and it ends by itself." {none}</p>
            {form}
        </div>
    }
}

pub(super) fn running(open: CapOverride, person: &Person, approvers: Vec<String>) -> impl IntoView + use<> {
    let named = || (open.rule.clone(), open.id.clone());
    let waits = open.state == OverrideState::Waiting;
    let until = open.expires_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let headline = if waits {
        format!("{} until {until} waits for a second person.", usd(open.amount_usd))
    } else {
        format!("{} is in force until {until}.", usd(open.amount_usd))
    };
    let asked = format!("Asked for by {}: {}.", open.requested_by, open.reason);
    let approved = open.approved_by.clone().map(|by| format!(" Approved by {by}."));
    let mine = open.requested_by == person.email;
    let who = (waits && (mine || approvers.is_empty())).then(|| {
        let own = if mine { "You asked for it, so you cannot approve it. " } else { "" };
        format!("{own}{}", second(&approvers, "it"))
    });
    let approve = (waits && !mine && person.role.may(Action::RestoreSpending)).then(|| {
        let action = ServerAction::<ApproveCapOverride>::new();
        let (of, id) = named();
        view! {
            <ActionForm action=action attr:class="stack">
                <input type="hidden" name="of" value=of.clone()/>
                <input type="hidden" name="id" value=id.clone()/>
                <TextField label="Your password to approve" name="approval_password" kind="password" autocomplete="current-password"/>
                <div><button class="btn primary">"Approve the override"</button></div>
            </ActionForm>
        }
    });
    let withdraw = person.role.may(Action::CutCost).then(|| {
        let action = ServerAction::<WithdrawCapOverride>::new();
        let (of, id) = named();
        view! {
            <ActionForm action=action attr:class="stack">
                <input type="hidden" name="of" value=of.clone()/>
                <input type="hidden" name="id" value=id.clone()/>
                <TextField label="Reason to withdraw" name="withdraw_reason" least=3 most=500 autocomplete="off"/>
                <div><button class="btn danger">"Withdraw the override"</button></div>
            </ActionForm>
        }
    });
    view! {
        <div class="body">
            <p><b>{headline}</b> " " {asked} {approved}</p>
            {who.map(|words| view! { <p>{words}</p> })}
            {approve}
            {withdraw}
        </div>
    }
}

pub(super) fn past(overrides: Vec<CapOverride>, now: Timestamp) -> impl IntoView {
    if overrides.is_empty() {
        let words = "What was asked for stays here, with who approved it and how it ended.";
        return view! { <Empty title="There was none">{words}</Empty> }.into_any();
    }
    let lines = overrides.into_iter().map(|it| {
        let (tone, word) = match it.state {
            OverrideState::Waiting => (Tone::Unknown, "waiting"),
            OverrideState::InForce => (Tone::Warn, "in force"),
            OverrideState::Expired => (Tone::Ok, "expired"),
            OverrideState::Lapsed => (Tone::Unknown, "lapsed"),
            OverrideState::Withdrawn => (Tone::Ok, "withdrawn"),
            OverrideState::Replaced => (Tone::Ok, "cap changed"),
        };
        view! {
            <tr>
                <td><At at=it.requested_at now=now/></td>
                <td class="n">{usd(it.amount_usd)}</td>
                <td><State tone=tone word=word/></td>
                <td>{it.expires_at.strftime("%Y-%m-%d %H:%M UTC").to_string()}</td>
                <td>{it.requested_by}</td>
                <td>{it.approved_by}</td>
                <td class="wrap">{it.reason}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Overrides">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Asked"</th><th scope="col" class="n">"Amount"</th><th scope="col">"State"</th>
                        <th scope="col">"Until"</th><th scope="col">"By"</th><th scope="col">"Approved by"</th><th scope="col">"Reason"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
