//! Pages and their forms through the real router and a real store, as a browser without JavaScript uses them.

mod agents;
mod persons;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::access::Role;
use ops::Ops;
use ops::access::Actor;
use tower::ServiceExt;

struct Console {
    ops: Ops,
    router: Router,
    cookie: String,
}

impl Console {
    /// Somebody with this role is signed in.
    async fn of(role: Role) -> Self {
        let ops = ops::testing::ops_with(|config| {
            config.model.name = "first/small".to_owned();
            "http://127.0.0.1:9".clone_into(&mut config.model.base_url);
            (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        })
        .await;
        let (email, password) = ("olga@example.org", "a long password");
        ops.create_user(&Actor::CommandLine, email, role, password).await.unwrap();
        let token = ops.sign_in(email, password, "127.0.0.1", "test").await.unwrap().token;
        let cookie = format!("{}={token}", super::session::cookie_name(&ops));
        Self { router: crate::router::router(&ops).unwrap(), ops, cookie }
    }

    async fn ask(&self, request: axum::http::request::Builder, body: String) -> (StatusCode, String, String) {
        let request = request.header(header::COOKIE, &self.cookie).body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, to.unwrap_or_default(), String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn page(&self, path: &str) -> (StatusCode, String) {
        let (status, _, html) = self.ask(Request::builder().uri(path), String::new()).await;
        (status, html)
    }

    /// Where the form leads.
    async fn post(&self, path: &str, form: &str) -> String {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (_, to, _) = self.ask(request, form.to_owned()).await;
        to
    }
}

#[tokio::test]
async fn one_agent_is_cut_and_restored_by_forms() {
    let console = Console::of(Role::Operator).await;
    let routine = "/cost/shutoff?scope=agent:routine";
    let (status, html) = console.page(routine).await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "What it does to whom: the agent Routine",
        "Runs of the orchestrator with a part of it, last hour",
        r#"name="scope" value="agent:routine""#,
        r#"value="stop""#,
    ] {
        assert!(html.contains(part), "{part}");
    }
    let to =
        console.post("/actions/cut-cost", "scope=agent%3Aroutine&mode=stop&reason=it+loops&minutes=").await;
    assert_eq!(to, "/cost/shutoff?scope=agent%3Aroutine");
    assert_eq!(console.ops.shutoffs().len(), 1);
    let (_, html) = console.page(&to).await;
    for part in [
        "stop of the agent Routine is in force",
        "Cost cut: stop Routine",
        "Restore spending of the agent Routine",
    ] {
        assert!(html.contains(part), "{part} {html}");
    }
    let (_, everything) = console.page("/cost/shutoff").await;
    assert!(
        everything.contains("Cut everything")
            && everything.contains(r#"aria-label="Restore the agent Routine""#)
    );
    let (_, overview) = console.page("/").await;
    assert!(overview.contains("Routine is stopped since"));
    let (_, cost) = console.page("/cost").await;
    assert!(cost.contains("Cost is cut: stop of the agent Routine"));
    console.post("/actions/restore-spending", "scope=agent%3Aroutine&reason=it+is+fixed").await;
    assert!(console.ops.shutoffs().is_empty());
    let (_, html) = console.page(routine).await;
    assert!(html.contains("stop of the agent Routine: it loops"), "kept in the history");
}

#[tokio::test]
async fn a_model_may_only_be_skipped_and_what_does_not_exist_is_not_everything() {
    let console = Console::of(Role::Responder).await;
    let (status, html) = console.page("/cost/shutoff?scope=model:first%2Fsmall").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("no model: planners and memory answer") && !html.contains(r#"value="stop""#));
    let to =
        console.post("/actions/cut-cost", "scope=model%3Afirst%2Fsmall&mode=degrade&reason=too+dear").await;
    assert_eq!(console.page(&to).await.0, StatusCode::OK);
    assert_eq!(console.ops.shutoffs()[0].scope.to_string(), "model:first/small");
    for scope in ["agent:nobody", "model:nobody", "everything"] {
        assert_eq!(console.page(&format!("/cost/shutoff?scope={scope}")).await.0, StatusCode::NOT_FOUND);
        console.post("/actions/cut-cost", &format!("scope={scope}&mode=degrade&reason=too+dear")).await;
    }
    console.post("/actions/cut-cost", "mode=stop&reason=no+scope+named").await;
    assert_eq!(console.ops.shutoffs().len(), 1, "nothing else was cut");
    // A responder cuts; somebody else restores.
    console.post("/actions/restore-spending", "scope=model%3Afirst%2Fsmall&reason=enough").await;
    assert_eq!(console.ops.shutoffs().len(), 1);
    let viewer = Console::of(Role::Viewer).await;
    assert_eq!(viewer.page("/cost/shutoff").await.0, StatusCode::FORBIDDEN);
    viewer.post("/actions/cut-cost", "scope=all&mode=stop&reason=not+mine").await;
    assert!(viewer.ops.shutoffs().is_empty());
}

#[tokio::test]
async fn models_and_what_their_breakers_did_have_a_page_and_its_twins() {
    let console = Console::of(Role::Viewer).await;
    let (status, html) = console.page("/cost/models").await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "first/small",
        "not called yet",
        "10 of 10, for all models together",
        "No breaker has moved",
        "not checked yet",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let (_, csv) = console.page("/cost/models?table=models&format=csv").await;
    assert!(csv.starts_with("model,") && csv.contains("first/small"), "{csv}");
    let (status, json) = console.page("/cost/models?table=breakers&format=json").await;
    assert_eq!((status, json.as_str()), (StatusCode::OK, "[]"));
    let (_, overview) = console.page("/").await;
    assert!(overview.contains("Models and cache") && overview.contains("none had to wait for another"));
}
