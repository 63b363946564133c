//! Event streams, read to their end.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Answer, ask, question, quick, router};
use crate::simulator::Options;

fn chunks(answer: &Answer) -> Vec<Value> {
    let events = answer.events();
    let (end, chunks) = events.split_last().unwrap();
    assert_eq!(end, "[DONE]");
    chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect()
}

fn text(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

#[tokio::test]
async fn a_stream_has_role_text_finish_usage_and_end() {
    let body = question(&json!({ "stream": true, "stream_options": { "include_usage": true } }));
    let answer = ask(&router(quick()), &body).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let chunks = chunks(&answer);
    assert!((12..=15).contains(&chunks.len()), "{}", chunks.len());
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk["object"] == "chat.completion.chunk" && chunk["id"] == chunks[0]["id"])
    );
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(chunks[0].get("usage"), Some(&Value::Null));
    let filled: Value = serde_json::from_str(&text(&chunks)).unwrap();
    assert_eq!(filled["minutes"], 20);
    let [.., finish, usage] = &chunks[..] else { panic!("too few chunks") };
    assert_eq!(finish["choices"][0]["finish_reason"], "stop");
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["completion_tokens"], text(&chunks).len().div_ceil(4));
}

#[tokio::test]
async fn a_stream_tells_usage_only_when_asked() {
    let answer = ask(&router(quick()), &question(&json!({ "stream": true }))).await;
    let chunks = chunks(&answer);
    assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn a_stream_is_cut_at_the_most_tokens_too() {
    let answer = ask(&router(quick()), &question(&json!({ "stream": true, "max_tokens": 2 }))).await;
    let chunks = chunks(&answer);
    assert_eq!(text(&chunks).len(), 8);
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn characters_of_many_bytes_are_never_torn() {
    let letters = "äöü€ß漢字".repeat(9);
    let body = super::ask_for(
        &json!({ "type": "object", "properties": { "id": { "type": "string" } } }),
        &json!({ "id": letters }),
        &json!({ "stream": true }),
    );
    let filled: Value = serde_json::from_str(&text(&chunks(&ask(&router(quick()), &body).await))).unwrap();
    assert_eq!(filled["id"], letters);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_the_latency() {
    let router = router(Options { latency_ms: 1_000, jitter_ms: 0, ..Options::default() });
    let start = Instant::now();
    ask(&router, &question(&json!({ "stream": true }))).await;
    assert!((990..=1_001).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}
