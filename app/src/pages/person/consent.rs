//! What the person allowed, and who of the staff looked.

use domain::access::Action;
use jiff::Timestamp;
use leptos::prelude::*;
use ops::Ops;
use ops::access::Person as Staff;
use ops::page::PageRequest;
use ops::support::{Consent, ConsentState, NamedAccess};

use super::{Asked, PAGE};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::table::table;
use crate::ui::time::At;
use crate::ui::twins::twins;

pub(super) async fn section(ops: &Ops, staff: &Staff, asked: &Asked) -> ops::Result<AnyView> {
    if !staff.role.may(Action::SeeHealthData) {
        return Ok(view! {
            <Panel title="Consent & accesses"><Empty title="Nothing is shown"><p>"This needs the role responder or higher."</p></Empty></Panel>
        }
        .into_any());
    }
    let actor = staff.actor();
    let (owner, limit) = ((&asked.tenant, &asked.user), PAGE.to_string());
    let first = PageRequest::parse(Some(&limit), None)?;
    let page = PageRequest::parse(Some(&limit), asked.cursor.as_deref())?;
    let consents = ops.support_consents(&actor, owner, &first).await?;
    let accesses = ops.named_accesses(&actor, owner, &page).await?;
    let now = ops.clock.now();
    let more = consents.next.is_some();
    Ok(view! {
        <Panel title="Consents, newest first" id="consents" aside=twins("consents", "Consents")>
            {if consents.items.is_empty() {
                view! { <Empty title="The person has never consented">"An app gives the person's consent, for a purpose and 30 days at most."</Empty> }.into_any()
            } else {
                list(consents.items, now)
            }}
            {more.then(|| view! { <div class="body"><p>"Older ones are in the person's export."</p></div> })}
        </Panel>
        <Panel title="Who looked, newest first" id="accesses" aside=twins("accesses", "Accesses")>
            {if accesses.items.is_empty() {
                view! { <Empty title="Nobody has looked">"Each section that staff open shows here, once an hour, and the person can read it in their app, without names."</Empty> }.into_any()
            } else {
                log(accesses.items, now)
            }}
        </Panel>
        {asked.next(accesses.next)}
    }
    .into_any())
}

fn list(consents: Vec<Consent>, now: Timestamp) -> AnyView {
    let row = |consent: Consent| {
        let tone = if consent.state == ConsentState::InForce { Tone::Ok } else { Tone::Unknown };
        view! {
            <td><At at=consent.granted_at now=now/></td>
            <td><State tone=tone word=consent.state.as_str()/></td>
            <td><At at=consent.expires_at now=now/></td>
            <td>{consent.withdrawn_at.map(|at| view! { <At at=at now=now/> })}</td>
            <td class="wrap">{consent.purpose}</td>
        }
        .into_any()
    };
    let rows = consents.into_iter().map(row).collect();
    table("Consents", &["Given", "State", "Until", "Withdrawn or replaced", "For"], rows)
}

fn log(accesses: Vec<NamedAccess>, now: Timestamp) -> AnyView {
    let row = |NamedAccess { access, by }: NamedAccess| {
        let who = by.unwrap_or_else(|| access.viewer.clone());
        let why = if access.why.is_empty() { "what they allowed".to_owned() } else { access.why };
        view! {
            <td><At at=access.at now=now/></td>
            <td>{who}</td>
            <td>{access.role}</td>
            <td>{access.section}</td>
            <td>{access.ground.as_str()}</td>
            <td class="wrap">{why}</td>
        }
        .into_any()
    };
    let rows = accesses.into_iter().map(row).collect();
    table("Accesses", &["When", "Who", "Role", "What", "Ground", "Why"], rows)
}
