//! One person who is served, as staff may see them: always how their requests went, and with a ground in force their data, section by
//! section. Each section is a page of its own, because each is a look of its own.

mod consent;
mod decisions;
mod emergency;
mod insights;
mod memory;
mod plans;
mod quality;
mod requests;
mod standing;
mod workflows;

use domain::access::Action;
use domain::id::{TenantId, UserId};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use ops::Ops;
use ops::access::Person as Staff;
use ops::support::{Looking, Section, Seen, Standing};

use crate::ui::frame::Place;
use crate::ui::page::console_page;

/// Rows of the lists that need no ground.
pub const PAGE: u32 = 20;

/// What the address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    tenant: TenantId,
    user: UserId,
    tab: Tab,
    cursor: Option<String>,
    past: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Requests,
    Section(Section),
    Consent,
}

impl Tab {
    const ALL: [Self; 8] = [
        Self::Requests,
        Self::Section(Section::Quality),
        Self::Section(Section::Decisions),
        Self::Section(Section::Plans),
        Self::Section(Section::Memory),
        Self::Section(Section::Insights),
        Self::Section(Section::Workflows),
        Self::Consent,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Section(section) => section.as_str(),
            Self::Consent => "consent",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Section(Section::Quality) => "Data quality",
            Self::Section(Section::Decisions) => "Decisions",
            Self::Section(Section::Plans) => "Plans",
            Self::Section(Section::Memory) => "Memory",
            Self::Section(Section::Insights) => "Insights",
            Self::Section(Section::Workflows) => "Workflows",
            Self::Consent => "Consent & accesses",
        }
    }
}

impl Asked {
    fn link(&self, tab: Tab) -> String {
        format!("/persons/{}/{}?section={}", self.tenant, self.user, tab.as_str())
    }

    /// Of the same section, what follows.
    fn next(&self, next: Option<String>) -> Option<AnyView> {
        let past = if self.past { "&past=1" } else { "" };
        let href = next.map(|next| format!("{}{past}&cursor={next}", self.link(self.tab)))?;
        Some(view! { <p><a class="btn" href=href>"Older"</a></p> }.into_any())
    }
}

/// The address of a person's page; a pseudonym of somebody who was erased leads to nobody.
pub fn address(tenant: &str, user: &str) -> String {
    format!("/persons/{tenant}/{user}")
}

/// No id is in the title: titles are kept by browsers and read over shoulders.
#[component]
pub fn Person() -> impl IntoView {
    let (params, query) = (use_params_map().get_untracked(), use_query_map().get_untracked());
    let param = |name: &str| params.get(name).unwrap_or_default();
    let section = query.get("section").unwrap_or_default();
    let tab = Tab::ALL.into_iter().find(|tab| tab.as_str() == section).unwrap_or(Tab::Requests);
    let ids = TenantId::parse(&param("tenant")).ok().zip(UserId::parse(&param("id")).ok());
    let (cursor, past) = (query.get("cursor").filter(|it| !it.is_empty()), query.get("past").is_some());
    let asked = ids.map(|(tenant, user)| Asked { tenant, user, tab, cursor, past });
    console_page(Place::Requests, "Person", "", move |ops, staff| async move {
        let asked = asked.ok_or(ops::Error::NotFound { what: "person" })?;
        let standing = ops.support_standing(&staff, &asked.tenant, &asked.user).await?;
        let head = standing::head(&asked, &standing, ops.clock.now());
        let tabs = tabs(&asked);
        let body = body(&ops, &staff, asked, standing).await?;
        Ok(view! { <p><a href="/requests">"All requests"</a></p> {head} {tabs} {body} })
    })
}

fn tabs(asked: &Asked) -> impl IntoView + use<> {
    let link = |tab: Tab| {
        let current = (tab == asked.tab).then_some("page");
        view! { <li><a href=asked.link(tab) aria-current=current>{tab.title()}</a></li> }
    };
    view! { <nav class="tabs" aria-label="Sections of the person"><ul>{Tab::ALL.map(link).collect_view()}</ul></nav> }
}

async fn body(ops: &Ops, staff: &Staff, asked: Asked, standing: Standing) -> ops::Result<AnyView> {
    let section = match asked.tab {
        Tab::Requests => return requests::section(ops, &asked).await,
        Tab::Consent => return consent::section(ops, staff, &asked).await,
        Tab::Section(section) => section,
    };
    if !standing.may_look() {
        let incidents =
            if staff.role.may(Action::BreakGlass) { Some(ops.open_incidents().await?) } else { None };
        return Ok(emergency::closed(&asked, standing.role_may, incidents));
    }
    let looking = Looking { section, cursor: asked.cursor.clone(), past: asked.past };
    let now = ops.clock.now();
    Ok(match ops.look_at(staff, &asked.tenant, &asked.user, &looking).await? {
        Seen::Quality(report) => quality::section(*report, now),
        Seen::Decisions(page) => decisions::section(&asked, page, now),
        Seen::Plans(plans) => plans::section(&asked, *plans, now),
        Seen::Memory(seen) => memory::section(&asked, *seen, now),
        Seen::Insights(page) => insights::section(&asked, page),
        Seen::Workflows(page) => workflows::section(&asked, *page, now),
    })
}

/// The word that a value has on the wire.
fn word(value: impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_else(|| "unknown".to_owned())
}
