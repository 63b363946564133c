//! Caps through the API, the page and its plain forms.

use super::*;
use domain::access::Role;

pub(super) const PASSWORD: &str = "a long enough sentence";
const CAPS: &str = "/api/ops/cost/caps";

/// Somebody signed in to the console.
pub(super) struct Session<'a> {
    service: &'a Service,
    cookie: String,
}

impl<'a> Session<'a> {
    pub(super) async fn of(service: &'a Service, name: &str, role: Role) -> Self {
        let email = format!("{name}@example.org");
        service.ops.create_user(&Actor::CommandLine, &email, role, PASSWORD).await.unwrap();
        let token = service.ops.sign_in(&email, PASSWORD, "::1", "test").await.unwrap().token;
        Self { service, cookie: format!("holisticos={token}") }
    }

    pub(super) async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        let answer = self.service.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Posts a form as a browser without JavaScript does; where it leads and whether the notice there is good.
    pub(super) async fn post(&self, action: &str, form: &[(&str, &str)]) -> (String, bool, String) {
        let body = serde_urlencoded(form);
        let request = Request::post(format!("/actions/{action}"))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin");
        let answer =
            self.service.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND, "{action}");
        let flash = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        let flash = flash.strip_prefix("flash=").unwrap().split(';').next().unwrap();
        let notice = app::actions::outcome::read_flash(flash).unwrap();
        (answer.headers()[header::LOCATION].to_str().unwrap().to_owned(), notice.good, notice.text)
    }
}

fn serde_urlencoded(form: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        text.bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect::<String>()
    };
    let pairs: Vec<_> = form.iter().map(|(k, v)| format!("{}={}", escaped(k), escaped(v))).collect();
    pairs.join("&")
}

#[tokio::test]
async fn a_key_reads_caps_and_lowers_them_and_never_raises() {
    let service = Service::start().await;
    let (status, caps) = service.ask("GET", CAPS, &Value::Null).await;
    assert_eq!((status, caps["rules"].as_array().unwrap().len()), (StatusCode::OK, 16));
    assert_eq!(caps["rules"][1]["rule"], "budget:day");
    assert_eq!(
        (&caps["rules"][1]["amount_usd"], &caps["rules"][1]["source"]),
        (&json!(50.0), &json!("default"))
    );
    assert_eq!(caps["overrides"], json!([]));

    let set = |rule: &str, usd: f64| json!({"rule": rule, "amount_usd": usd, "reason": "a test of caps"});
    let (status, cap) = service.ask("PUT", CAPS, &set("agent:routine:day", 3.0)).await;
    assert_eq!((status, &cap["amount_usd"], &cap["source"]), (StatusCode::OK, &json!(3.0), &json!("set")));
    assert!(cap["set_by"].as_str().unwrap().starts_with("key:"));
    let key = Some(service.key.as_str());
    let wrong = [
        ("PUT", set("agent:routine:day", 3.1), 403, "Authorization"),
        ("PUT", set("agent:routine:day", 0.0), 403, "Authorization"),
        ("PUT", set("agent:routine:day", 3.0), 409, "state"),
        ("PUT", set("agent:hero:day", 3.0), 422, "rule"),
        ("PUT", set("agent:routine:day", -1.0), 422, "amount_usd"),
        ("PUT", set("agent:routine:day", 0.000_000_1), 422, "amount_usd"),
        ("PUT", set("budget:day", 39.0), 422, "amount_usd"),
        ("PUT", json!({"rule": "agent:routine:day", "amount_usd": 2.0, "reason": "x"}), 422, "reason"),
        (
            "PUT",
            json!({"rule": "agent:routine:day", "amount_usd": "two", "reason": "why"}),
            422,
            "amount_usd",
        ),
        ("DELETE", json!({"rule": "agent:routine:day", "reason": "back to none"}), 403, "Authorization"),
        ("DELETE", json!({"rule": "agent:*:day", "reason": "never set"}), 409, "state"),
    ];
    for (method, body, status, field) in wrong {
        service.refused(method, CAPS, key, body.to_string(), status, field).await;
    }
    let (_, caps) = service.ask("GET", CAPS, &Value::Null).await;
    let own = caps["rules"].as_array().unwrap().iter().find(|it| it["rule"] == "agent:routine:day").unwrap();
    assert_eq!(own["amount_usd"], 3.0, "nothing of the refused was done");

    let reader = super::key(&service.ops, "t", &[Scope::OpsRead]).await;
    service
        .refused("PUT", CAPS, Some(&reader), set("alert:day", 1.0).to_string(), 403, "Authorization")
        .await;
    let actor = super::key(&service.ops, "t", &[Scope::OpsAct]).await;
    service.refused("GET", CAPS, Some(&actor), "", 403, "Authorization").await;
    // A person's cap is not for every key to read.
    assert_eq!(service.ask("PUT", CAPS, &set("person:t/u:day", 0.1)).await.0, StatusCode::OK);
    let (_, caps) = service.ask("GET", CAPS, &Value::Null).await;
    assert!(!caps.to_string().contains("t/u"));
}

#[tokio::test]
async fn a_cap_is_changed_and_raised_for_a_while_by_plain_forms() {
    let service = Service::start().await;
    let ana = Session::of(&service, "ana", Role::Responder).await;
    let olga = Session::of(&service, "olga", Role::Operator).await;
    let page = "/cost/caps/change?of=agent:routine:day";
    let (status, html) = ana.get(page).await;
    assert_eq!(status, StatusCode::OK);
    for words in ["Cap of agent routine, a day", "Your password, again", "Nobody changed it"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("Back to the default:"), "nothing to go back from");
    let of = ("of", "agent:routine:day");
    let (to, good, text) =
        ana.post("set-cap", &[of, ("amount", "$3"), ("reason", "spend doubles"), ("password", "")]).await;
    assert_eq!((to.as_str(), good), (page, true), "{text}");
    let (_, good, text) =
        ana.post("set-cap", &[of, ("amount", "4"), ("reason", "more again"), ("password", PASSWORD)]).await;
    assert_eq!(
        (good, text.as_str()),
        (false, "Nothing was changed: this needs the role operator or higher.")
    );
    let (_, good, text) =
        olga.post("set-cap", &[of, ("amount", "4"), ("reason", "more again"), ("password", "")]).await;
    assert!(!good && text.contains("password is needed to raise"), "{text}");

    let ask = [of, ("override_amount", "5"), ("minutes", "60"), ("override_reason", "a campaign")];
    let (_, good, text) = olga.post("request-cap-override", &ask).await;
    assert!(good, "{text}");
    let (_, html) = olga.get(page).await;
    assert!(
        html.contains("You asked for it, so you cannot approve it")
            && html.contains("Nobody else can approve it")
    );
    assert!(!html.contains("Approve the override"));
    let ada = Session::of(&service, "ada", Role::Admin).await;
    assert!(olga.get(page).await.1.contains("ada@example.org can approve it"));
    let (_, html) = ada.get(page).await;
    assert!(html.contains("Approve the override"));
    assert!(ana.get("/cost/caps").await.1.contains("An override waits for somebody to approve it"));
    let overrides = ada.get(&format!("{page}&table=overrides&format=json")).await.1;
    let overrides: Value = serde_json::from_str(&overrides).unwrap();
    assert_eq!(overrides[0]["state"], "waiting");
    let id = overrides[0]["id"].as_str().unwrap();
    let (_, good, text) =
        ada.post("approve-cap-override", &[of, ("id", id), ("approval_password", PASSWORD)]).await;
    assert!(good, "{text}");
    assert!(ana.get("/cost/caps").await.1.contains("override until 2026-03-03 08:00 UTC"));
    let (_, good, _) =
        ana.post("withdraw-cap-override", &[of, ("id", id), ("withdraw_reason", "spend doubles")]).await;
    assert!(good);
    assert!(ana.get("/cost/caps").await.1.contains("set by ana@example.org on 2026-03-03"));

    let back = [of, ("reset_reason", "as it was"), ("reset_password", PASSWORD)];
    let (_, good, text) = olga.post("reset-cap", &back).await;
    assert!(good, "{text}");
    let history = ana.get(&format!("{page}&format=csv")).await.1;
    assert_eq!(history.lines().count(), 3, "{history}");
}

#[tokio::test]
async fn the_page_tries_an_amount_and_knows_who_may_look() {
    let service = Service::start().await;
    let vera = Session::of(&service, "vera", Role::Viewer).await;
    let mara = Session::of(&service, "mara", Role::Manager).await;
    let (status, html) = vera.get("/cost/caps/change?of=budget:day&amount=3").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("Spent today: $0.00 of $50.00."), "{html}");
    assert!(!html.contains("Change the cap:"), "a viewer looks");
    assert!(
        html.contains("At $3.00: not full before it begins anew") && html.contains("0 people had a model")
    );
    let (_, html) = vera.get("/cost/caps/change?of=budget:day&amount=much").await;
    assert!(html.contains("That is no amount") && !html.contains("operator's password is needed"));
    for wrong in ["?of=moon:day", "", "?kind=agent&name=hero&window=day"] {
        let (status, html) = vera.get(&format!("/cost/caps/change{wrong}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(html.contains("There is no such cap"), "{wrong}");
    }
    let own = "/cost/caps/change?kind=person&name=t/u&window=month";
    assert_eq!(vera.get(own).await.0, StatusCode::FORBIDDEN);
    assert_eq!(vera.get(&format!("{own}&format=csv")).await.0, StatusCode::FORBIDDEN);
    let (status, html) = mara.get(own).await;
    assert!(status == StatusCode::OK && html.contains("Cap of person t/u, a month"));
    assert_eq!(vera.get("/cost/caps?format=json&table=rules").await.0, StatusCode::OK);
}
