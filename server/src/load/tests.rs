//! The generator against a real server on a real socket.
#![expect(clippy::disallowed_methods, reason = "servers of a test end with its runtime")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use clap::Parser;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::lane::{Lane, Turn};
use super::{LoadFlags, Plan};

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    flags: LoadFlags,
}

fn parse(arguments: &[&str]) -> anyhow::Result<Plan> {
    Line::try_parse_from([&["load"], arguments].concat())?.flags.plan()
}

pub(super) fn plan(arguments: &[&str]) -> Plan {
    parse(arguments).unwrap()
}

/// What one answer of `/one-by-one` takes; the next request waits for it.
const EACH: Duration = Duration::from_millis(10);

/// Serves until the test ends; resolves to `http://127.0.0.1:PORT`.
async fn serve() -> String {
    let turn = Arc::new(Mutex::new(()));
    let one_by_one = move || {
        let turn = Arc::clone(&turn);
        async move {
            let _turn = turn.lock().await;
            tokio::time::sleep(EACH).await;
            "done"
        }
    };
    let asked = Arc::new(AtomicU64::new(0));
    let every_other = move || {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        async move { if number.is_multiple_of(2) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE } }
    };
    let pieces = || async {
        let pieces = [Ok::<_, std::io::Error>("a"), Ok("b")];
        Body::from_stream(futures::stream::iter(pieces))
    };
    let echo = |Path(person): Path<String>, body: Bytes| async move {
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        axum::Json(json!({ "person": person, "same": body["person"] == person, "n": 3 }))
    };
    let closing = || async { ([("connection", "close")], "bye") };
    let router = Router::new()
        .route("/one-by-one", get(one_by_one))
        .route("/every-other", get(every_other))
        .route("/pieces", get(pieces))
        .route("/echo/{person}", post(echo))
        .route("/closing", get(closing))
        .route("/never", get(std::future::pending::<()>));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn reasons(report: &Value) -> String {
    report["void"].to_string()
}

/// Runs the plan of these arguments beside the server.
async fn load(url: String, arguments: &'static [&'static str]) -> Value {
    let report = tokio::task::spawn_blocking(move || {
        let arguments = [&["--url", &url, "--warm-up-seconds", "0"], arguments].concat();
        super::run(&plan(&arguments)).unwrap()
    });
    serde_json::to_value(report.await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_holds_up_others_is_seen_in_all_of_them() {
    let url = serve().await + "/one-by-one";
    let open = load(url.clone(), &["--rate", "200", "--seconds", "0.25"]).await;
    assert_eq!((&open["requests"], &open["answered"]), (&json!(50), &json!(50)));
    // The last is due after 245 ms, and 50 answers of 10 ms are before its end.
    let last = open["latency_us"]["max"].as_u64().unwrap();
    assert!(last >= 255_000, "{last} µs");
    let closed = load(url, &["--concurrency", "1", "--seconds", "0.1"]).await;
    let (fastest, answered) =
        (closed["latency_us"]["p50"].as_u64().unwrap(), closed["answered"].as_u64().unwrap());
    assert!(fastest >= 9_900 && answered <= 11, "a closed run asks only when answered: {closed}");
    assert_eq!(closed["left_after_us"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_share_the_arrivals() {
    let url = serve().await + "/closing";
    let report = load(url, &["--rate", "100", "--seconds", "0.3", "--threads", "3", "--poisson"]).await;
    let plan = plan(&["--url", "http://127.0.0.1/", "--rate", "100", "--seconds", "0.3", "--poisson"]);
    let due = plan.arrivals().filter(|(_, measured)| *measured).count();
    assert_eq!(report["requests"], due);
    assert_eq!(report["answered"], due);
    // A connection that says it will close is not used again.
    assert_eq!(report["reopened_connections"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_under_way_void_the_run() {
    let url = serve().await + "/one-by-one";
    let report = load(url, &["--rate", "400", "--seconds", "0.2", "--max-in-flight", "2"]).await;
    let count = |name: &str| report[name].as_u64().unwrap();
    assert_eq!(count("dropped") + count("answered"), 80);
    assert!(count("dropped") > 30, "{report}");
    assert!(reasons(&report).contains("because 2 were under way"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_counted_by_kind_and_beside_the_times() {
    let base = serve().await;
    let report = load(base.clone() + "/every-other", &["--rate", "100", "--seconds", "0.1"]).await;
    assert_eq!(report["statuses"], json!({ "200": 5, "503": 5 }));
    assert_eq!(report["failures"], json!({ "status": 5 }));
    // A busy machine may make some late, too.
    assert!(reasons(&report).contains("5 of 10 requests failed: 5 by status"), "{report}");
    let allowed =
        load(base.clone() + "/every-other", &["--rate", "100", "--seconds", "0.1", "--allow-failed", "5"]);
    assert!(!reasons(&allowed.await).contains("failed"));
    let never = load(base, &["--url", "http://127.0.0.1:1/", "--rate", "20", "--seconds", "0.1"]).await;
    assert_eq!(never["failures"]["connection"], 1, "nobody listens on port 1: {never}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_never_answered_fails_in_its_time() {
    let url = serve().await + "/never";
    let report = load(url, &["--rate", "50", "--seconds", "0.04", "--timeout-seconds", "0.05"]).await;
    assert_eq!(report["failures"], json!({ "timeout": 2 }));
    assert_eq!(report["latency_us"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_read_for_what_must_stand_in_them() {
    let url = serve().await + "/echo/p{n}";
    let right = ["--body", r#"{"person":"p{n}"}"#, "--users", "12", "--rate", "200", "--seconds", "0.1"];
    let arguments: &[&str] = &[
        &right[..],
        &["--expect-json-pointer", "/same=true", "--expect-json-pointer", "/n=3", "--check-every", "4"],
    ]
    .concat();
    let report = load(url.clone(), Vec::leak(arguments.to_vec())).await;
    assert_eq!((&report["answered"], &report["checked"]), (&json!(20), &json!(5)));
    assert_eq!(report["first_byte_us"], Value::Null);
    let arguments = [&right[..], &["--expect-json-pointer", "/person=p0", "--check-every", "1"]].concat();
    let report = load(url, Vec::leak(arguments)).await;
    assert_eq!(report["failures"], json!({ "body": 18 }), "p0 is asked twice of 20 times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_has_a_first_byte() {
    let url = serve().await + "/pieces";
    let report = load(url, &["--concurrency", "2", "--seconds", "0.05"]).await;
    let (first, whole) = (&report["first_byte_us"]["max"], &report["latency_us"]["max"]);
    assert!(first.as_u64().unwrap() <= whole.as_u64().unwrap(), "{report}");
}

#[tokio::test]
async fn the_time_counts_from_when_a_request_was_due() {
    let base = serve().await;
    let plan = plan(&["--url", &(base + "/pieces"), "--rate", "1"]);
    let lane = Lane::new(&plan);
    let late = Duration::from_millis(700);
    let due = Instant::now().checked_sub(late).unwrap();
    assert!(lane.ask(Turn { number: 0, due: Some(due), measured: true }).await);
    let tally = lane.into_tally();
    assert_eq!((tally.answered, tally.late), (1, 1));
    assert!(tally.latency.longest >= 700_000 && tally.first_byte.longest >= 700_000);
    assert!(tally.leaving.longest >= 700_000);
    assert!(tally.from_send.longest < tally.latency.longest - 600_000, "{tally:?}");
}

/// A server that closes an idle connection is no fault of it; a request that was never answered is.
#[tokio::test]
async fn a_connection_closed_while_idle_is_opened_again() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        }
        // The third is closed unanswered.
        drop(listener.accept().await.unwrap());
    });
    let lane = Lane::new(&plan(&["--url", &url]));
    let ask = |number| lane.ask(Turn { number, due: None, measured: true });
    assert!(ask(0).await && ask(1).await);
    assert!(!ask(2).await);
    let tally = lane.tally.borrow().clone();
    assert_eq!((tally.answered, tally.reopened, tally.failed()), (2, 1, 1));
}

#[test]
fn a_plan_is_refused_with_the_flag_that_is_wrong() {
    let url = ["--url", "http://127.0.0.1:1/"];
    for (arguments, flag) in [
        (&["--rate", "0"][..], "--rate"),
        (&["--rate", "nan"], "--rate"),
        (&["--rate", "5", "--concurrency", "2"], "--concurrency"),
        (&["--ramp", "5,x"], "--ramp"),
        (&["--ramp", "5", "--rate", "5"], "--ramp"),
        (&["--concurrency", "0"], "--concurrency"),
        (&["--seconds", "0"], "--seconds"),
        (&["--warm-up-seconds=-1"], "--warm-up-seconds"),
        (&["--users", "0"], "--users"),
        (&["--threads", "0"], "--threads"),
        (&["--max-in-flight", "0"], "--max-in-flight"),
        (&["--check-every", "0"], "--check-every"),
        (&["--poisson"], "--poisson"),
        (&["--header", "no colon secret"], "--header"),
        (&["--header", "a b: secret"], "--header"),
        (&["--header", "authorization: secret\r\nx: y"], "--header"),
        (&["--header", "content-length: 3"], "--header"),
        (&["--expect-json-pointer", "meta=secret"], "--expect-json-pointer"),
        (&["--body", "{}", "--body-file", "x"], "--body-file"),
        (&["--body-file", "/no/such/file"], "--body-file"),
        (&["--url", "https://127.0.0.1/"], "--url"),
    ] {
        let error = format!("{:#}", parse(&[&url[..], arguments].concat()).unwrap_err());
        assert!(error.contains(flag) && !error.contains("secret"), "{arguments:?}: {error}");
    }
    assert!(parse(&[]).is_err(), "without --url");
}

#[test]
fn a_request_is_written_as_asked() {
    let plan = plan(&[
        "--url",
        "http://127.0.0.1:81/a/{n}?b=1",
        "--url",
        "http://127.0.0.1:82/",
        "--users",
        "11",
        "--header",
        "Authorization: Bearer k{n}",
        "--body",
        r#"{"n":{n}}"#,
    ]);
    let written = |number| {
        let mut out = b"of an earlier one".to_vec();
        plan.ask.write(number, &mut out);
        String::from_utf8(out).unwrap()
    };
    insta::assert_snapshot!(written(10).replace("\r\n", "\n"));
    assert!(written(11).starts_with("POST / HTTP/1.1\r\nhost: 127.0.0.1:82\r\nauthorization: Bearer k0\r\n"));
    assert!(written(11).ends_with("\r\ncontent-length: 7\r\n\r\n{\"n\":0}"));
}
