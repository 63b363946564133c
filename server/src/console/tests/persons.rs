//! The page of a person who is served: closed without consent, open with it, and every look told.

use agents::memory::{MemoryLayer, Telling};
use axum::http::StatusCode;
use domain::access::{Role, Tier};
use domain::id::UserId;
use domain::incident::Severity;
use domain::profile::Profile;
use ops::access::Caller;
use ops::access::audit::AuditFilter;
use ops::page::PageRequest;
use ops::support::{Access, Grant};
use ops::telemetry::{DECIDE, RequestEvent, Step};
use serde_json::json;

use super::Console;

const PERSON: &str = "/persons/t/person-7f3a";
const SECTIONS: [&str; 6] = ["quality", "decisions", "plans", "memory", "insights", "workflows"];
/// Why an answer was made.
const REASON: &str = "77 new data points";
/// Of health, as the person said it.
const VALUE: &str = "Cannot eat quandong";

fn app() -> Caller {
    ops::testing::caller("t", Tier::Free)
}

fn user() -> UserId {
    UserId::parse("person-7f3a").unwrap()
}

/// A person with one memory and one request.
async fn someone(console: &Console) {
    let ops = &console.ops;
    ops.put_profile(&app(), &user(), Profile::default()).await.unwrap();
    let told: Telling = serde_json::from_value(json!({"key": "food.quandong", "content": VALUE})).unwrap();
    assert_eq!(ops.remember(&app(), &user(), told).await.unwrap().memory.layer, MemoryLayer::Semantic);
    let (id, route) = ("r-1".to_owned(), "/api/x".to_owned());
    let mut event = RequestEvent::of(id, ops.clock.now(), "POST".to_owned(), route, 200, 1_000);
    (event.tenant, event.user) = (Some(app().tenant), Some(user()));
    event.agent = Some(domain::agent::Agent::Routine);
    event.steps = vec![Step {
        name: DECIDE.to_owned(),
        start_us: 0,
        duration_us: 1,
        status: "ok".to_owned(),
        detail: Some(REASON.to_owned()),
    }];
    ops.record(event);
}

async fn told(console: &Console) -> Vec<Access> {
    console.ops.accesses(&app(), &user(), &PageRequest::default()).await.unwrap().items
}

async fn consents(console: &Console) {
    let grant = Grant { purpose: "Why no breakfast?".to_owned(), expires_at: None };
    console.ops.consent_to_support(&app(), &user(), &grant).await.unwrap();
}

fn title(html: &str) -> &str {
    html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap()
}

#[tokio::test]
async fn without_consent_only_how_requests_went_is_shown() {
    let console = Console::of(Role::Admin).await;
    someone(&console).await;
    let (status, html) = console.page(PERSON).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("/requests/r-1") && html.contains("no consent"), "{html}");
    assert_eq!(title(&html), "Person · HolisticOS");
    for section in SECTIONS {
        let (status, html) = console.page(&format!("{PERSON}?section={section}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("Nothing is shown") && !html.contains("quandong"), "{section}");
        assert!(html.contains("No incident is open"), "an emergency is an incident");
    }
    assert_eq!(told(&console).await, []);
    for path in ["/persons/t/nobody", "/persons/other/person-7f3a", "/persons/t/no%20body"] {
        assert_eq!(console.page(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let (_, csv) = console.page(&format!("{PERSON}?table=requests&format=csv")).await;
    assert!(csv.contains("r-1"), "{csv}");
    for path in ["/requests/r-1", "/requests/r-1?table=steps&format=json"] {
        let (status, text) = console.page(path).await;
        assert!(status == StatusCode::OK && text.contains(DECIDE) && !text.contains(REASON), "{text}");
    }
    let (status, _) = console.page(&format!("{PERSON}?table=memory&format=json")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "what is looked at is not taken along");
}

#[tokio::test]
async fn with_consent_each_section_opens_and_is_told_once() {
    let console = Console::of(Role::Responder).await;
    someone(&console).await;
    consents(&console).await;
    for section in SECTIONS {
        for _ in 0..2 {
            let (status, html) = console.page(&format!("{PERSON}?section={section}")).await;
            assert_eq!(status, StatusCode::OK, "{html}");
            assert!(!html.contains("Nothing is shown") && html.contains("Why no breakfast?"), "{section}");
            assert_eq!(html.contains(VALUE), section == "memory", "{section}");
            assert_eq!(html.contains(REASON), section == "decisions", "{section}");
            assert_eq!(title(&html), "Person · HolisticOS");
        }
    }
    let mut seen: Vec<String> = told(&console).await.into_iter().map(|it| it.section).collect();
    seen.sort();
    let mut all = SECTIONS.to_vec();
    all.sort_unstable();
    assert_eq!(seen, all);
    let (_, html) = console.page(&format!("{PERSON}?section=consent")).await;
    assert!(html.contains("olga@example.org") && html.contains("in force"));
    let (_, json) = console.page(&format!("{PERSON}?table=accesses&format=json")).await;
    assert!(json.contains("olga@example.org"), "{json}");
    let (_, past) = console.page(&format!("{PERSON}?section=memory&past=1")).await;
    assert!(past.contains("No longer held") && !past.contains(VALUE));
    let entries = console.ops.audit_entries(&AuditFilter::default()).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.action == "person.viewed").count(), SECTIONS.len());
    for entry in entries {
        assert!(!entry.subject.contains("7f3a") && !entry.detail.contains("7f3a"), "{entry:?}");
    }

    console.ops.withdraw_support_consent(&app(), &user()).await.unwrap();
    let (_, html) = console.page(&format!("{PERSON}?section=memory")).await;
    assert!(html.contains("Nothing is shown") && !html.contains("quandong") && !html.contains("breakfast"));
    let (_, html) = console.page(&format!("{PERSON}?section=consent")).await;
    assert!(html.contains("withdrawn") && html.contains("what they allowed"));
    assert!(!html.contains("breakfast"), "the person's own words are theirs again");
}

#[tokio::test]
async fn a_viewer_sees_how_requests_went_whatever_the_person_allows() {
    let console = Console::of(Role::Manager).await;
    someone(&console).await;
    consents(&console).await;
    for section in SECTIONS.iter().chain(&["consent", "requests"]) {
        let (status, html) = console.page(&format!("{PERSON}?section={section}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!html.contains("quandong") && !html.contains("breakfast"), "{section}");
        assert!(!html.contains("Look without consent"), "{section}");
    }
    for table in ["consents", "accesses"] {
        let (status, _) = console.page(&format!("{PERSON}?table={table}&format=json")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{table}");
    }
    assert_eq!(told(&console).await, []);
}

#[tokio::test]
async fn an_admin_looks_in_an_emergency_by_a_form() {
    let console = Console::of(Role::Admin).await;
    someone(&console).await;
    let incident = console.ops.open_incident(
        &ops::access::Actor::CommandLine,
        Severity::P1,
        "A plan may hold an allergen",
    );
    let incident = incident.await.unwrap();
    let (_, html) = console.page(&format!("{PERSON}?section=memory")).await;
    assert!(html.contains("INC-1 A plan may hold an allergen") && html.contains("Look without consent"));
    let form = |password: &str| {
        format!(
            "tenant=t&user=person-7f3a&incident={}&reason=they+may+be+harmed&password={password}",
            incident.id
        )
    };
    let to = console.post("/actions/open-in-emergency", &form("wrong+password")).await;
    assert_eq!(to, format!("{PERSON}?section=plans"));
    assert!(console.page(&to).await.1.contains("Nothing is shown"));
    console.post("/actions/open-in-emergency", &form("a+long+password")).await;
    let (_, html) = console.page(&format!("{PERSON}?section=memory")).await;
    assert!(html.contains(VALUE) && html.contains("they may be harmed"));
    let told: Vec<_> = told(&console).await.into_iter().map(|it| it.section).collect();
    assert_eq!(told, ["memory", "emergency"]);
    let (_, html) = console.page(&format!("/incidents/{}", incident.id)).await;
    assert!(html.contains("opened without consent") && !html.contains("person-7f3a"));
}

#[tokio::test]
async fn a_person_is_found_by_id_and_from_their_requests() {
    let console = Console::of(Role::Viewer).await;
    someone(&console).await;
    assert_eq!(console.post("/actions/find-person", "tenant=t&user=person-7f3a").await, PERSON);
    assert_eq!(console.post("/actions/find-person", "tenant=t&user=nobody").await, "/requests");
    assert_eq!(console.post("/actions/find-person", "tenant=t&user=%2F%2Fevil").await, "/requests");
    for path in ["/requests", "/requests/r-1"] {
        let (_, html) = console.page(path).await;
        assert!(html.contains(&format!("href=\"{PERSON}\"")), "{path}");
    }
}
