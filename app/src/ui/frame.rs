//! The frame around every page of the console: where one is, is all well, what it costs, and the two emergency exits.

use domain::access::Action;
use domain::shutoff::{Scope, Shutoff};
use leptos::prelude::*;
use ops::Ops;
use ops::access::Person;

use crate::islands::Live;
use crate::ui::figures::usd;
use crate::ui::state::{State, Tone};
use crate::visitor::{Flash, Notice, PagePath, Scripts, Theme};

/// The places of the rail, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Overview,
    Agents,
    Health,
    Requests,
    Cost,
    Incidents,
    Alerts,
    Releases,
    People,
    Audit,
    /// A page that the rail does not name.
    Elsewhere,
}

impl Place {
    const RAIL: [(Self, &'static str, &'static str, Action); 10] = [
        (Self::Overview, "Overview", "/", Action::SeeOperations),
        (Self::Agents, "Agents", "/agents", Action::SeeOperations),
        (Self::Health, "Health", "/health", Action::SeeOperations),
        (Self::Requests, "Requests", "/requests", Action::SeeOperations),
        (Self::Cost, "Cost", "/cost", Action::SeeOperations),
        (Self::Incidents, "Incidents", "/incidents", Action::SeeOperations),
        (Self::Alerts, "Alerts", "/alerts", Action::SeeOperations),
        (Self::Releases, "Releases", "/releases", Action::SeeOperations),
        (Self::People, "People & keys", "/people", Action::ManagePeople),
        (Self::Audit, "Audit", "/audit", Action::SeeAudit),
    ];
}

/// What the frame shows, loaded with the page.
pub struct FrameData {
    place: Place,
    environment: String,
    demo: bool,
    person: Person,
    /// Open incidents, and the worst of them in words: `P1 since 03:28`.
    open_incidents: usize,
    worst: Option<String>,
    /// `None`: could not be read, which is shown as unknown.
    spend: Option<ops::cost::CostNow>,
    flash: Option<Notice>,
    theme: Theme,
    path: String,
    scripts: bool,
}

impl FrameData {
    /// A frame always comes: what cannot be read is unknown, not a failed page.
    pub async fn load(ops: &Ops, person: &Person, place: Place) -> Self {
        let flash = use_context::<Flash>().and_then(|flash| flash.0);
        let theme = use_context::<Theme>().unwrap_or_default();
        let path = use_context::<PagePath>().map_or_else(|| "/".to_owned(), |path| path.0);
        let scripts = use_context::<Scripts>() == Some(Scripts::Built);
        let open = ops.open_incidents().await.unwrap_or_default();
        let worst = open
            .iter()
            .min_by_key(|incident| incident.severity)
            .map(|incident| format!("{} since {}", incident.severity, incident.opened_at.strftime("%H:%M")));
        Self {
            place,
            environment: ops.config.server.environment.clone(),
            demo: ops.config.demo,
            person: person.clone(),
            open_incidents: open.len(),
            worst,
            spend: ops.cost_now().await.ok(),
            flash,
            theme,
            path,
            scripts,
        }
    }
}

#[component]
pub fn Frame(data: FrameData, topics: &'static str, children: Children) -> impl IntoView {
    let FrameData {
        place,
        environment,
        demo,
        person,
        open_incidents,
        worst,
        spend,
        flash,
        theme,
        path,
        scripts,
    } = data;
    let role = person.role;
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="top">
            <a class="brand" href="/">
                <svg viewBox="0 0 20 20" aria-hidden="true">
                    <circle cx="10" cy="10" r="8" fill="none" stroke="var(--accent)" stroke-width="2"/>
                    <path d="M3 11h4l2-5 3 8 2-3h3" fill="none" stroke="var(--accent)" stroke-width="1.8" stroke-linejoin="round"/>
                </svg>
                "HolisticOS"
            </a>
            <span class="env">{if demo { "demo".to_owned() } else { environment }}</span>
            <div id="top-state" data-live="" class="top-state">
                {match worst {
                    Some(worst) => {
                        let word = if open_incidents == 1 { "1 incident".to_owned() } else { format!("{open_incidents} incidents") };
                        view! { <a href="/incidents"><State tone=Tone::Bad word=format!("{word} · {worst}")/></a> }.into_any()
                    }
                    None => view! { <State tone=Tone::Ok word="No open incident"/> }.into_any(),
                }}
                <Spend spend=spend/>
            </div>
            <span class="push"></span>
            {scripts.then(|| view! { <Live topics=topics.to_owned()/> })}
            {role.may(Action::RollBack).then(|| view! { <a class="btn danger" href="/releases/rollback">"Roll back…"</a> })}
            {role.may(Action::CutCost).then(|| view! { <a class="btn danger" href="/cost/shutoff">"Cut cost…"</a> })}
        </header>
        <nav class="rail" aria-label="Console">
            <ul>
                {Place::RAIL
                    .into_iter()
                    .filter(|(_, _, _, action)| role.may(*action))
                    .map(|(here, name, href, _)| {
                        view! {
                            <li>
                                <a href=href aria-current=(here == place).then_some("page")>
                                    {name}
                                    {(here == Place::Incidents && open_incidents > 0)
                                        .then(|| view! { <span class="count">{open_incidents}<span class="hidden">" open"</span></span> })}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
                <li><a href="/docs/api">"API"</a></li>
            </ul>
            <Person person=person theme=theme path=path/>
        </nav>
        <main id="main">
            {demo.then(|| view! {
                <p class="notice demo" role="note">
                    <b>"Demo data."</b>" The people, requests, costs and incidents shown here are generated; nobody real is behind them."
                </p>
            })}
            {flash.map(|notice| view! {
                <p class=if notice.good { "notice ok" } else { "notice bad" } role=if notice.good { "status" } else { "alert" }>{notice.text}</p>
            })}
            {children()}
        </main>
    }
}

/// Today's spend on a bar that ends at the ceiling, with the alert and budget lines on it.
#[component]
fn Spend(spend: Option<ops::cost::CostNow>) -> impl IntoView {
    let Some(cost) = spend else {
        return view! { <State tone=Tone::Unknown word="Spend unknown"/> }.into_any();
    };
    let of_ceiling = |usd: f64| (usd / cost.ceiling_usd.max(f64::EPSILON) * 100.0).clamp(0.0, 100.0);
    let cut = cut(&cost.shutoffs);
    view! {
        {cut.map(|word| view! { <a href="/cost/shutoff"><State tone=Tone::Warn word=word/></a> })}
        <a class="spend" href="/cost">
            <span class="spend-words">
                <span>{format!("{} today", usd(cost.spent_usd))}</span>
                <small>{format!("of {} · ceiling {}", usd(cost.budget_usd), usd(cost.ceiling_usd))}</small>
            </span>
            <span
                class="bar"
                role="meter"
                aria-valuenow=format!("{:.2}", cost.spent_usd)
                aria-valuemin="0"
                aria-valuemax=format!("{:.2}", cost.ceiling_usd)
                aria-label="Spend today against the ceiling, US dollars"
            >
                <i style=format!("inline-size:{:.1}%", of_ceiling(cost.spent_usd))></i>
                <b style=format!("inset-inline-start:{:.1}%", of_ceiling(cost.alert_usd))></b>
                <b style=format!("inset-inline-start:{:.1}%", of_ceiling(cost.budget_usd))></b>
            </span>
        </a>
    }
    .into_any()
}

/// The widest shutoff in force, and how many more: `Cost cut: stop Routine and 1 more`.
fn cut(shutoffs: &[Shutoff]) -> Option<String> {
    let (first, more) = shutoffs.split_first()?;
    let what = match &first.scope {
        Scope::All => String::new(),
        Scope::Tier(tier) => format!(" tier {}", tier.as_str()),
        Scope::Agent(agent) => format!(" {}", agent.title()),
        Scope::Model(model) => format!(" model {model}"),
    };
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    Some(format!("Cost cut: {}{what}{more}", first.mode.as_str()))
}

/// Who is signed in, the theme, and the way out: plain forms, so that they work without JavaScript.
#[component]
fn Person(person: Person, theme: Theme, path: String) -> impl IntoView {
    let next = match theme {
        Theme::Dark => Theme::Light,
        Theme::Light => Theme::System,
        Theme::System => Theme::Dark,
    };
    view! {
        <div class="person">
            <span class="who" title=person.email.clone()>{person.email.clone()}</span>
            <small>{person.role.as_str()}</small>
            <form method="post" action="/theme">
                <input type="hidden" name="theme" value=next.as_str()/>
                <input type="hidden" name="next" value=path/>
                <button class="btn quiet">{format!("Theme: {}", theme.as_str())}</button>
            </form>
            <form method="post" action="/sign-out">
                <button class="btn quiet">"Sign out"</button>
            </form>
        </div>
    }
}
