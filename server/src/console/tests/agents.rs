//! The pages of agents and their twins: before anything was asked, and after.

use axum::http::StatusCode;
use domain::access::{Role, Tier};
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::id::UserId;
use domain::profile::Profile;
use ops::answers::AgentRequest;
use ops::telemetry::RequestEvent;

use super::Console;

const TABLES: [&str; 6] = ["traffic", "quality", "rules", "reasons", "drift", "releases"];

async fn asked(console: &Console, agent: Agent) {
    let (ops, user) = (&console.ops, UserId::parse("ada").unwrap());
    let caller = ops::testing::caller("t", Tier::Free);
    ops.put_profile(
        &caller,
        &user,
        Profile { archetype: Some(Archetype::PeakPerformer), ..Profile::default() },
    )
    .await
    .unwrap();
    let ask = AgentRequest {
        request_id: "r".to_owned(),
        agent,
        user: user.clone(),
        archetype: None,
        force_refresh: false,
        routine: Default::default(),
        nutrition: Default::default(),
        query: String::new(),
    };
    let answered = ops.ask_agent(&caller, &ask).await;
    let meta = answered.answer.unwrap().meta;
    let (route, now) = (format!("/api/user/{{user_id}}/{agent}"), ops.clock.now());
    ops.record(RequestEvent {
        agent: Some(agent),
        user: Some(user),
        engine: Some(meta.engine),
        release: Some(meta.release),
        degraded: meta.degraded,
        degraded_reason: meta.degraded_reason,
        ..RequestEvent::of(ops.clock.new_id(), now, "POST".to_owned(), route, 200, 7_000)
    });
}

#[tokio::test]
async fn every_agent_has_a_page_that_says_what_was_not_measured() {
    let console = Console::of(Role::Viewer).await;
    for agent in Agent::ALL {
        let (status, html) = console.page(&format!("/agents/{agent}?window=7d")).await;
        assert_eq!(status, StatusCode::OK, "{agent}");
        for part in
            ["nothing measured yet", "Nobody asked it in this window", "No rule was broken", "By release"]
        {
            assert!(html.contains(part), "{agent}: {part}");
        }
        assert!(!html.contains(">0 %<") && !html.contains(">100 %<"), "{agent}: a share of nothing");
    }
    let (status, html) = console.page("/agents").await;
    assert!(status == StatusCode::OK && html.contains("/agents/routine?window=24h"), "{html}");
    assert!(console.page("/").await.1.contains("/agents/routine?window=1h"));
    assert_eq!(console.page("/agents/chat").await.0, StatusCode::NOT_FOUND);
    assert_eq!(console.page("/agents/routine?window=2h").await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_was_asked_is_shown_counted_and_opens_its_requests() {
    let console = Console::of(Role::Viewer).await;
    asked(&console, Agent::Routine).await;
    let (_, html) = console.page("/agents/routine").await;
    for part in [
        "Routine: not enough answers to say whether it drifts",
        "1 request, 0 % failed. 1 fresh answer counted, 0 in the window before.",
        "0 of 1 plans made and judged",
        "/requests?agent=routine&amp;from=2026-03-02T07:00:00Z",
        "routine/1 #",
        "Peak Performer",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("ada"), "nobody is named here");
    let from = "/requests?agent=routine&from=2026-03-02T07:00:00Z&to=2026-03-03T07:00:01Z";
    let (_, html) = console.page(from).await;
    assert!(html.contains("Began between 2026-03-02 07:00:00 UTC and 2026-03-03 07:00:01 UTC."));
    let rows = async |more: &str| {
        let (status, json) = console.page(&format!("{from}{more}&format=json")).await;
        assert_eq!(status, StatusCode::OK);
        serde_json::from_str::<Vec<serde_json::Value>>(&json).unwrap()
    };
    let all = rows("").await;
    assert_eq!(all.len(), 1);
    assert_eq!(rows("&degraded=1").await.len(), usize::from(all[0]["degraded"] == true));
    let before = "/requests?agent=routine&to=2026-03-03T06:00:00Z&format=json";
    assert_eq!(console.page(before).await.1, "[]");
}

#[tokio::test]
async fn tables_have_twins_in_the_window_of_the_page() {
    let console = Console::of(Role::Viewer).await;
    asked(&console, Agent::Behavior).await;
    for table in TABLES {
        for format in ["csv", "json"] {
            let (status, text) =
                console.page(&format!("/agents/behavior?window=1h&table={table}&format={format}")).await;
            assert_eq!(status, StatusCode::OK, "{table} {text}");
        }
    }
    let (_, csv) = console.page("/agents/behavior?table=drift&format=csv").await;
    assert!(csv.starts_with("feature,title,verdict,psi,chance,before,now,bins\r\n"), "{csv}");
    assert!(csv.contains("archetype,Archetype it was made for,not-enough,,,0,1,"), "{csv}");
    let (_, agents) = console.page("/agents?window=1h&format=json").await;
    assert!(agents.contains(r#""agent":"behavior""#));
    for (path, status) in [
        ("/agents/nobody?format=json", StatusCode::NOT_FOUND),
        ("/agents/behavior?window=x&format=json", StatusCode::UNPROCESSABLE_ENTITY),
        ("/agents/behavior?table=moon&format=json", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(console.page(path).await.0, status, "{path}");
    }
}
