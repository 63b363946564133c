//! People who sign in, and keys that apps use.

use domain::access::{Action, Role, Scope, Tier};
use leptos::form::ActionForm;
use leptos::prelude::*;
use ops::access::{Account, KeyInfo, SessionInfo};

use crate::actions::people::{ChangeUser, CreateUser, EndSession, RevokeKey};
use crate::ui::forms::TextField;
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::time::At;
use crate::ui::twins::twins;

#[component]
pub fn People() -> impl IntoView {
    console_page(Place::People, "People & keys", "access", |ops, person| async move {
        person.actor().require(Action::ManagePeople)?;
        let (users, keys, sessions) = (ops.users().await?, ops.keys().await?, ops.sessions().await?);
        let now = ops.clock.now();
        Ok(view! {
            <h1>"People & keys"</h1>
            <Panel title="People who sign in" id="people" aside=twins("people", "People")>
                <div class="scroll" tabindex="0" role="region" aria-label="People">
                    <table>
                        <thead><tr><th scope="col">"Email"</th><th scope="col">"State"</th><th scope="col">"Since"</th><th scope="col">"Role"</th></tr></thead>
                        <tbody>{users.into_iter().map(|user| view! { <User user=user now=now/> }).collect_view()}</tbody>
                    </table>
                </div>
            </Panel>
            <NewUser/>
            <Panel title="Keys of apps" id="keys" aside=twins("keys", "Keys")>
                {if keys.is_empty() {
                    view! { <Empty title="No key yet">"An app needs one to ask agents and to send data. It is shown once, when it is made."</Empty> }.into_any()
                } else {
                    view! { <Keys keys=keys now=now/> }.into_any()
                }}
            </Panel>
            <NewKey/>
            <Panel title="Signed in now" id="sessions" aside=twins("sessions", "Sessions")><Sessions sessions=sessions now=now/></Panel>
        })
    })
}

fn role_options(chosen: Role) -> impl IntoView {
    Role::ALL
        .map(|role| view! { <option value=role.as_str() selected=role == chosen>{role.as_str()}</option> })
        .collect_view()
}

#[component]
fn User(#[prop(name = "user")] account: Account, now: jiff::Timestamp) -> impl IntoView {
    let action = ServerAction::<ChangeUser>::new();
    let (tone, word) = if account.disabled { (Tone::Unknown, "disabled") } else { (Tone::Ok, "active") };
    let label = format!("Role of {}", account.email);
    view! {
        <tr>
            <td>{account.email.clone()}</td>
            <td><State tone=tone word=word/></td>
            <td><At at=account.created_at now=now/></td>
            <td>
                <ActionForm action=action attr:class="row">
                    <input type="hidden" name="id" value=account.id.clone()/>
                    <select name="role" aria-label=label>{role_options(account.role)}</select>
                    <label class="row"><input type="checkbox" name="disabled" value="true" checked=account.disabled/>" disabled"</label>
                    <button class="btn">"Change"</button>
                </ActionForm>
            </td>
        </tr>
    }
}

#[component]
fn NewUser() -> impl IntoView {
    let action = ServerAction::<CreateUser>::new();
    view! {
        <Panel title="Add somebody">
            <div class="body">
                <ActionForm action=action attr:class="stack">
                    <div class="fields">
                        <TextField label="Email" name="email" kind="email" autocomplete="off"/>
                        <TextField label="Password" name="password" kind="password" autocomplete="new-password" least=12 most=200 hint="At least 12 characters."/>
                        <div class="field"><label for="role">"Role"</label><select id="role" name="role">{role_options(Role::Viewer)}</select></div>
                    </div>
                    <div><button class="btn">"Add person"</button></div>
                </ActionForm>
            </div>
        </Panel>
    }
}

#[component]
fn Keys(keys: Vec<KeyInfo>, now: jiff::Timestamp) -> impl IntoView {
    let line = |key: KeyInfo| {
        let (tone, word) = match (key.revoked_at, key.expires_at) {
            (Some(_), _) => (Tone::Unknown, "revoked"),
            (None, Some(end)) if end <= now => (Tone::Unknown, "expired"),
            _ => (Tone::Ok, "in force"),
        };
        let live = word == "in force";
        let action = ServerAction::<RevokeKey>::new();
        view! {
            <tr>
                <td class="mono">{format!("{}…", key.prefix)}</td>
                <td>{key.name}</td>
                <td class="mono">{key.tenant.to_string()}</td>
                <td>{key.tier.as_str()}</td>
                <td class="mono">{Scope::join(&key.scopes)}</td>
                <td><State tone=tone word=word/></td>
                <td>{key.last_used_at.map(|at| view! { <At at=at now=now/> }.into_any()).unwrap_or_else(|| "never".into_any())}</td>
                <td>
                    {live.then(|| view! {
                        <ActionForm action=action>
                            <input type="hidden" name="id" value=key.id.clone()/>
                            <button class="btn danger" aria-label=format!("Revoke {}", key.prefix)>"Revoke"</button>
                        </ActionForm>
                    })}
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Keys">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Key"</th><th scope="col">"Name"</th><th scope="col">"Tenant"</th><th scope="col">"Tier"</th>
                        <th scope="col">"Scopes"</th><th scope="col">"State"</th><th scope="col">"Last used"</th><th scope="col">"Act"</th>
                    </tr>
                </thead>
                <tbody>{keys.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn NewKey() -> impl IntoView {
    // A plain form: its answer is this page itself with the key on it, never a cookie or an address.
    view! {
        <Panel title="Make a key">
            <div class="body">
                <form method="post" action="/people" class="stack">
                    <div class="fields">
                        <TextField label="Name of the app" name="name" most=100/>
                        <TextField label="Tenant" name="tenant" most=128/>
                        <div class="field">
                            <label for="tier">"Tier"</label>
                            <select id="tier" name="tier">{Tier::ALL.map(|tier| view! { <option value=tier.as_str()>{tier.as_str()}</option> }).collect_view()}</select>
                        </div>
                        <TextField label="Scopes" name="scopes" value="agents,data" hint="Of: agents, data, models, ops:read, ops:act. With models an app asks language models in its own words, which we do not judge."/>
                    </div>
                    <div><button class="btn">"Make key"</button></div>
                </form>
            </div>
        </Panel>
    }
}

#[component]
fn Sessions(sessions: Vec<SessionInfo>, now: jiff::Timestamp) -> impl IntoView {
    let line = |session: SessionInfo| {
        let action = ServerAction::<EndSession>::new();
        view! {
            <tr>
                <td>{session.email.clone()}</td>
                <td><At at=session.last_seen_at now=now/></td>
                <td class="mono">{session.address}</td>
                <td class="wrap"><small>{session.user_agent}</small></td>
                <td>
                    <ActionForm action=action>
                        <input type="hidden" name="id" value=session.id.clone()/>
                        <button class="btn" aria-label=format!("End the session of {}", session.email)>"End"</button>
                    </ActionForm>
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Sessions">
            <table>
                <thead><tr><th scope="col">"Who"</th><th scope="col">"Last seen"</th><th scope="col">"From"</th><th scope="col">"With"</th><th scope="col">"Act"</th></tr></thead>
                <tbody>{sessions.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
