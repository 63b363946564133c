//! Every way a provider can answer, through the real client on a real socket: what is understood, and who pays.

use std::time::{Duration, Instant};

use domain::access::Tier;
use domain::agent::{Agent, TokenUse};
use domain::breaker::BreakerState;
use domain::money::MicroUsd;
use serde_json::json;

use super::double::{Act, Double, completion, ok, response};
use super::{Chat, Message};
use crate::Ops;
use crate::answers::Trace;
use crate::gateway::{Admission, Permit};
use crate::testing;

/// One dollar per million tokens in, two per million out: 1,000 in and 500 out are $0.002.
async fn asking(double: &Double, change: impl FnOnce(&mut crate::Config)) -> Ops {
    testing::ops_with(|config| {
        config.model.name = "m".to_owned();
        double.url.clone_into(&mut config.model.base_url);
        config.model.api_key = "sk-test".to_owned().into();
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        (config.model.timeout_ms, config.model.deadline_ms) = (2_000, 20_000);
        change(config);
    })
    .await
}

fn admit(ops: &Ops) -> Permit {
    let caller = testing::caller("t", Tier::Premium);
    ops.admit(&caller, Admission { request_id: "q1".into(), agent: Agent::Routine, user: None }).unwrap()
}

fn chat() -> Chat {
    let message = Message { role: "user", content: "x".repeat(1_000) };
    let schema = Some(("texts".to_owned(), json!({"type": "object"})));
    Chat { messages: vec![message], schema, max_output_tokens: 1_000 }
}

/// The reply or why there is none, and what it cost in micro-dollars.
async fn ask(ops: &Ops) -> (Result<String, String>, i64) {
    let permit = admit(ops);
    let until = Instant::now() + Duration::from_secs(20);
    let mut trace = Trace::new();
    let asked = ops.ask_models(&permit, Agent::Routine, &chat(), until, &mut trace).await.unwrap();
    let outcome = asked.map(|asked| asked.reply.content).map_err(|why| why.reason);
    (outcome, permit.settle().cost.0)
}

/// The worst case of [`chat`] at these prices: 1,000 bytes and frames in, 1,000 tokens out.
fn bound(ops: &Ops) -> i64 {
    let price = &ops.gateway.models.all()[0].price;
    let schema = "texts".len() + json!({"type": "object"}).to_string().len();
    price.bound(domain::price::most_input_tokens([1_000], schema), 1_000).0
}

#[tokio::test]
async fn an_answer_is_charged_by_what_it_used() {
    let double = Double::start(|_, _| Act::Answer(completion("hello"))).await;
    let ops = asking(&double, |_| {}).await;
    assert_eq!(ask(&ops).await, (Ok("hello".to_owned()), 2_000));
    let asked = &double.asked()[0];
    assert_eq!((asked["model"].as_str(), asked["max_tokens"].as_i64()), (Some("m"), Some(1_000)));
    assert_eq!(asked["response_format"]["json_schema"]["strict"], true);
    assert!(asked.get("stream").is_none());
    let now = ops.cost_now().await.unwrap();
    assert_eq!((now.spent_usd, now.reserved_usd), (0.002, 0.0));
    let status = &ops.models()[0];
    assert_eq!((status.breaker, status.calls), (BreakerState::Closed, 1));
}

fn events(parts: &[&str]) -> String {
    let body: String = parts.iter().map(|part| format!("data: {part}\n\n")).collect();
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn a_stream_is_put_together_and_charged_by_its_last_chunk() {
    let double = Double::start(|_, _| {
        Act::Answer(events(&[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"hel"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"lo ü"},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":500,"prompt_tokens_details":{"cached_tokens":0}}}"#,
            "[DONE]",
        ]))
    })
    .await;
    let ops = asking(&double, |config| config.model.stream = true).await;
    assert_eq!(ask(&ops).await, (Ok("hello ü".to_owned()), 2_000));
    assert_eq!(double.asked()[0]["stream_options"]["include_usage"], true);
}

#[tokio::test]
async fn the_step_tells_when_a_stream_began_and_whether_it_was_cut() {
    let double = Double::start(|_, _| {
        Act::Answer(events(&[
            r#"{"choices":[{"index":0,"delta":{"content":"hel"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":500}}"#,
            "[DONE]",
        ]))
    })
    .await;
    let ops = asking(&double, |config| config.model.stream = true).await;
    let mut trace = Trace::new();
    let until = Instant::now() + Duration::from_secs(20);
    let reply = ops
        .ask_models(&admit(&ops), Agent::Routine, &chat(), until, &mut trace)
        .await
        .unwrap()
        .unwrap()
        .reply;
    let told = trace.into_steps().remove(0).detail.unwrap();
    let first = reply.first_token.unwrap().as_millis();
    assert_eq!(told, format!("1000 + 500 tokens, the first after {first} ms, cut at the most allowed"));
}

#[tokio::test]
async fn every_failure_is_named_and_paid_by_who_should() {
    let refusal = r#"{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":0}}"#;
    let no_usage = r#"{"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}]}"#;
    let zero_usage = r#"{"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0}}"#;
    // A count of minus one as an unsigned number; each would be booked as thousands of dollars.
    let beyond = |input: u64, output: u64| {
        ok(&format!(
            r#"{{"choices":[{{"message":{{"content":"hello"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":{input},"completion_tokens":{output}}}}}"#
        ))
    };
    let cut =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"choices\":[";
    let long = r#"{"error":{"code":"context_length_exceeded","message":"too long"}}"#;
    // What is answered; what is said of it; what an attempt costs (-1: its worst case); how often it is asked.
    let cases = [
        (response("500 Oops", "", "{}"), Err("the model's provider failed"), 0, 2),
        (response("429 Slow", "retry-after: 0\r\n", "{}"), Err("the model's provider limits our rate"), 0, 2),
        (response("401 No", "", "{}"), Err("the model's provider refused our key"), 0, 1),
        (response("400 Bad", "", long), Err("the question was too long for the model"), 0, 1),
        (ok("<html>hello</html>"), Err("the model's provider answered something else"), -1, 2),
        (ok(""), Err("the model's provider answered something else"), -1, 2),
        (cut.to_owned(), Err("the model's answer ended in the middle"), -1, 2),
        (ok(refusal), Err("the model declined to answer"), 1_000, 1),
        (ok(no_usage), Ok("hello"), -1, 1),
        (ok(zero_usage), Ok("hello"), -1, 1),
        (beyond(1_000, u64::from(u32::MAX)), Ok("hello"), -1, 1),
        (beyond(u64::MAX, u64::MAX), Ok("hello"), -1, 1),
        (beyond(1_000, 4_001), Ok("hello"), -1, 1),
        // A model that thought beyond what it might write did use them.
        (beyond(1_000, 4_000), Ok("hello"), 9_000, 1),
    ];
    for (answer, expected, each, asked) in cases {
        let reply = answer.clone();
        let double = Double::start(move |_, _| Act::Answer(reply.clone())).await;
        let ops = asking(&double, |_| {}).await;
        let (outcome, cost) = ask(&ops).await;
        assert_eq!(outcome.as_deref().map_err(String::as_str), expected, "{answer}");
        let attempts = i64::try_from(double.asked().len()).unwrap();
        assert_eq!(attempts, asked, "{answer}");
        let each = if each < 0 { bound(&ops) } else { each };
        assert_eq!(cost, each * attempts, "{answer}");
        let now = ops.cost_now().await.unwrap();
        assert_eq!((now.spent_usd, now.reserved_usd), (MicroUsd(cost).usd(), 0.0), "the ledger agrees");
    }
}

#[tokio::test]
async fn half_a_stream_is_no_answer() {
    // Some providers count as they write: what they have counted is of the part that came.
    let counted = r#"{"choices":[{"index":0,"delta":{"content":"{\"a\":"}}],"usage":{"prompt_tokens":1000,"completion_tokens":1}}"#;
    let double = Double::start(|_, _| Act::Answer(events(&[counted]))).await;
    let ops = asking(&double, |config| (config.model.stream, config.model.attempts) = (true, 1)).await;
    let (outcome, cost) = ask(&ops).await;
    assert_eq!((outcome, cost), (Err("the model's answer ended in the middle".to_owned()), bound(&ops)));
}

#[tokio::test]
async fn silence_is_a_timeout_and_unreachable_costs_nothing() {
    let double = Double::start(|_, _| Act::Silence).await;
    let ops = asking(&double, |config| {
        (config.model.timeout_ms, config.model.attempts) = (50, 1);
    })
    .await;
    assert_eq!(ask(&ops).await, (Err("the model did not answer in time".to_owned()), bound(&ops)));
    let ops = asking(&double, |config| {
        "http://127.0.0.1:9".clone_into(&mut config.model.base_url);
        config.model.attempts = 1;
    })
    .await;
    assert_eq!(ask(&ops).await, (Err("the model could not be reached".to_owned()), 0));
}

/// Neither paid at its worst case for nothing, nor held against a model that had no chance.
#[tokio::test]
async fn no_call_leaves_when_the_time_is_up_and_one_cut_short_is_not_the_models_fault() {
    let silent = Double::start(|_, _| Act::Silence).await;
    let spare = Double::start(|_, _| Act::Answer(completion("spare"))).await;
    let ops = asking(&silent, |config| {
        (config.model.timeout_ms, config.model.attempts) = (400, 1);
        let mut second = config.model.clone();
        "spare".clone_into(&mut second.name);
        spare.url.clone_into(&mut second.base_url);
        config.fallback_models.push(second);
    })
    .await;
    let ask_within = async |time: u64| {
        let permit = admit(&ops);
        let until = Instant::now() + Duration::from_millis(time);
        let mut trace = Trace::new();
        let asked = ops.ask_models(&permit, Agent::Routine, &chat(), until, &mut trace).await.unwrap();
        (asked.map(|asked| asked.model).map_err(|why| why.reason), permit.settle().cost.0)
    };
    let state = || ops.gateway.models.all()[0].status().breaker;
    let late = "the model did not answer in time".to_owned();
    assert_eq!(ask_within(0).await, (Err("no time is left to ask a model".to_owned()), 0));
    // Less than the model's own 400 ms, and then nothing is left for the second one.
    for _ in 0..domain::breaker::FAILURES {
        assert_eq!(ask_within(300).await, (Err(late.clone()), bound(&ops)));
    }
    assert_eq!((spare.asked().len(), state()), (0, BreakerState::Closed));
    for _ in 0..domain::breaker::FAILURES {
        assert_eq!(ask_within(5_000).await, (Ok("spare".to_owned()), bound(&ops) + 2_000));
    }
    assert_eq!(state(), BreakerState::Open);

    // Whoever gives a model little time has it asked all the same.
    let ops = asking(&silent, |config| {
        (config.model.timeout_ms, config.model.deadline_ms, config.model.attempts) = (60, 60, 1);
    })
    .await;
    let (before, permit, mut trace) = (silent.asked().len(), admit(&ops), Trace::new());
    let until = Instant::now() + ops.model_deadline();
    let asked = ops.ask_models(&permit, Agent::Routine, &chat(), until, &mut trace).await.unwrap();
    assert_eq!((asked.unwrap_err().reason, silent.asked().len()), (late, before + 1));
    permit.settle();
}

#[tokio::test]
async fn a_second_attempt_may_succeed_and_a_second_model_may_answer() {
    let flaky = Double::start(|nth, _| {
        Act::Answer(if nth == 0 { response("503 Busy", "", "{}") } else { completion("again") })
    })
    .await;
    let ops = asking(&flaky, |_| {}).await;
    assert_eq!(ask(&ops).await, (Ok("again".to_owned()), 2_000));

    let down = Double::start(|_, _| Act::Answer(response("500 Down", "", "{}"))).await;
    let spare = Double::start(|_, _| Act::Answer(completion("spare"))).await;
    let ops = asking(&down, |config| {
        let mut second = config.model.clone();
        "spare".clone_into(&mut second.name);
        spare.url.clone_into(&mut second.base_url);
        config.fallback_models.push(second);
    })
    .await;
    assert_eq!(ask(&ops).await, (Ok("spare".to_owned()), 2_000));
    assert_eq!(spare.asked()[0]["model"], "spare");
}

#[tokio::test]
async fn after_five_failures_a_model_is_left_alone_and_tried_again() {
    let double = Double::start(|nth, _| {
        Act::Answer(if nth < 5 { response("500 Down", "", "{}") } else { completion("well") })
    })
    .await;
    let ops = asking(&double, |config| config.model.attempts = 1).await;
    for _ in 0..5 {
        assert!(ask(&ops).await.0.is_err());
    }
    let (outcome, _) = ask(&ops).await;
    assert_eq!(outcome, Err("m is left alone after repeated failures".to_owned()));
    assert_eq!((double.asked().len(), ops.models()[0].opened), (5, 1));
    ops.clock.advance(jiff::SignedDuration::from_secs(10));
    assert_eq!(ask(&ops).await.0, Ok("well".to_owned()));
    assert_eq!(ops.models()[0].breaker, BreakerState::Closed);
}

#[tokio::test]
async fn cached_input_costs_less() {
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":1000,"completion_tokens":500,"prompt_tokens_details":{"cached_tokens":800}}}"#;
    let double = Double::start(move |_, _| Act::Answer(ok(body))).await;
    let ops = asking(&double, |config| config.model.cached_input_usd_per_mtok = 0.1).await;
    let permit = admit(&ops);
    let until = Instant::now() + Duration::from_secs(5);
    ops.ask_models(&permit, Agent::Routine, &chat(), until, &mut Trace::new()).await.unwrap().unwrap();
    let used = permit.settle();
    assert_eq!(used.cost, MicroUsd(200 + 80 + 1_000));
    assert_eq!(used.tokens, TokenUse { input: 1_000, cached_input: 800, output: 500, ..TokenUse::default() });
}

#[tokio::test]
async fn every_class_that_the_provider_counts_is_kept_and_charged() {
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,
            "prompt_tokens_details":{"cached_tokens":600,"cache_write_tokens":300,"audio_tokens":null},
            "completion_tokens_details":{"reasoning_tokens":200}}}"#;
    let double = Double::start(move |_, _| Act::Answer(ok(body))).await;
    let ops = asking(&double, |config| {
        config.model.cached_input_usd_per_mtok = 0.1;
        config.model.cache_write_usd_per_mtok = 1.5;
    })
    .await;
    let permit = admit(&ops);
    let until = Instant::now() + Duration::from_secs(5);
    ops.ask_models(&permit, Agent::Routine, &chat(), until, &mut Trace::new()).await.unwrap().unwrap();
    let used = permit.settle();
    assert_eq!(used.cost, MicroUsd(100 + 60 + 450 + 1_000));
    let tokens = TokenUse { input: 1_000, cached_input: 600, cache_write: 300, output: 500, reasoning: 200 };
    assert_eq!(used.tokens, tokens);
    ops.flush_ledger().await.unwrap();
    let entry = ops.ledger(&crate::cost::LedgerFilter::default()).await.unwrap().remove(0);
    let kept = (entry.input_tokens, entry.cached_input_tokens, entry.cache_write_tokens);
    assert_eq!((kept, entry.output_tokens, entry.reasoning_tokens), ((1_000, 600, 300), 500, 200));
}
