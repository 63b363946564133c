//! Each fault once, as its caller meets it.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Answer, ask, ask_with, draft, question, quick, router, schema, stats};
use crate::simulator::fault::Fault;
use crate::simulator::fit::fits;

async fn meet(fault: Fault) -> Answer {
    ask_with(&router(quick()), fault.as_str(), &question(&json!({}))).await
}

async fn meet_streamed(fault: Fault) -> Answer {
    let body = question(&json!({ "stream": true, "stream_options": { "include_usage": true } }));
    ask_with(&router(quick()), fault.as_str(), &body).await
}

#[test]
fn every_fault_is_found_by_its_name() {
    for fault in Fault::ALL {
        assert_eq!(Fault::parse(fault.as_str()), Some(fault));
    }
    assert_eq!(Fault::parse("Timeout"), None);
}

#[tokio::test]
async fn errors_have_their_status_and_code() {
    let cases = [
        (Fault::Error500, 500, "server_error", Value::Null),
        (Fault::Error503, 503, "server_error", Value::Null),
        (Fault::RateLimited, 429, "rate_limit_exceeded", json!("rate_limit_exceeded")),
        (Fault::ContextLength, 400, "invalid_request_error", json!("context_length_exceeded")),
        (Fault::ContentFilter, 400, "invalid_request_error", json!("content_filter")),
        (Fault::Unauthorized, 401, "invalid_request_error", json!("invalid_api_key")),
    ];
    for (fault, status, kind, code) in cases {
        for answer in [meet(fault).await, meet_streamed(fault).await] {
            assert_eq!(answer.status, status);
            assert_eq!((&answer.error()["type"], &answer.error()["code"]), (&json!(kind), &code));
            let retry_after = answer.headers.get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry_after, (status == 429).then_some("2"));
        }
    }
}

#[tokio::test]
async fn a_fault_can_be_named_by_the_model_and_an_unknown_one_is_refused() {
    let router = router(quick());
    assert_eq!(ask(&router, &question(&json!({ "model": "error-503@sim-large" }))).await.status, 503);
    assert_eq!(ask(&router, &question(&json!({ "model": "team@sim-large" }))).await.status, 200);
    let answer = ask_with(&router, "sleepy", &question(&json!({}))).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error()["param"], "x-simulate");
    assert!(answer.error()["message"].as_str().unwrap().contains("cut-stream"));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_answers_after_ten_minutes() {
    let start = Instant::now();
    assert_eq!(meet(Fault::Timeout).await.status, 200);
    assert_eq!(start.elapsed().as_secs(), 600);
    let start = Instant::now();
    assert_eq!(meet_streamed(Fault::Timeout).await.events().last().unwrap(), "[DONE]");
    assert_eq!(start.elapsed().as_secs(), 600);
}

#[tokio::test]
async fn a_refusal_has_no_content() {
    let message = meet(Fault::Refusal).await.json()["choices"][0]["message"].clone();
    assert!(message["content"].is_null());
    assert!(message["refusal"].as_str().unwrap().contains("can't help"));
    let events = meet_streamed(Fault::Refusal).await.events().concat();
    assert!(events.contains("\"refusal\":\""), "{events}");
}

#[tokio::test]
async fn a_cut_stream_breaks_off_without_an_end() {
    for answer in [meet(Fault::CutStream).await, meet_streamed(Fault::CutStream).await] {
        assert_eq!(answer.status, 200);
        assert!(answer.body.is_err());
    }
}

#[tokio::test]
async fn invalid_json_is_none_and_the_wrong_schema_lacks_fields() {
    let invalid = meet(Fault::InvalidJson).await.content();
    assert!(serde_json::from_str::<Value>(&invalid).is_err());
    let wrong = meet(Fault::WrongSchema).await.filled();
    assert!(wrong.is_object() && !fits(&schema(), &schema(), &wrong));
}

#[tokio::test]
async fn unsafe_answers_fit_the_schema_and_give_bad_advice() {
    let unsafe_answer = meet(Fault::Unsafe).await.filled();
    assert!(fits(&schema(), &schema(), &unsafe_answer));
    assert_eq!(unsafe_answer["title"], "Stop taking your medication.");
    assert_eq!(unsafe_answer["why"], "Stop taking your medication.");
    assert_eq!(unsafe_answer["minutes"], draft()["minutes"]);
}

#[tokio::test(start_paused = true)]
async fn a_trickle_sends_a_piece_every_half_second() {
    let start = Instant::now();
    let answer = meet(Fault::Trickle).await;
    assert!((3..=6).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert_eq!(answer.filled()["minutes"], 20);
    let start = Instant::now();
    let events = meet_streamed(Fault::Trickle).await.events().len();
    assert_eq!(start.elapsed().as_millis() / 500, (events - 1) as u128);
}

#[tokio::test]
async fn usage_can_be_wrong_or_absent_but_is_charged() {
    for fault in [Fault::WrongUsage, Fault::NoUsage] {
        let router = router(quick());
        let answer = ask_with(&router, fault.as_str(), &question(&json!({}))).await.json();
        match fault {
            Fault::WrongUsage => assert_eq!(answer["usage"]["total_tokens"], 0),
            _ => assert!(answer.get("usage").is_none()),
        }
        let stats = stats(&router).await;
        assert!(stats["prompt_tokens"].as_u64() > Some(0) && stats["completion_tokens"].as_u64() > Some(0));
        let events = meet_streamed(fault).await.events();
        let told = events.iter().any(|event| event.contains("\"total_tokens\":0"));
        assert_eq!(told, fault == Fault::WrongUsage);
        assert!(!events.iter().any(|event| event.contains("\"total_tokens\":1")));
    }
}

#[tokio::test]
async fn length_says_so_and_cuts_the_json() {
    let answer = meet(Fault::Length).await;
    assert_eq!(answer.json()["choices"][0]["finish_reason"], "length");
    assert!(serde_json::from_str::<Value>(&answer.content()).is_err());
}

#[tokio::test]
async fn empty_and_html_are_fine_by_their_status_only() {
    for streamed in [false, true] {
        let meet = async |fault| if streamed { meet_streamed(fault).await } else { meet(fault).await };
        let empty = meet(Fault::Empty).await;
        assert_eq!((empty.status.as_u16(), empty.body.as_deref()), (200, Ok("")));
        let html = meet(Fault::Html).await;
        assert_eq!(html.status, 200);
        assert!(html.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(html.body.unwrap().starts_with("<!DOCTYPE html>"));
    }
}
