//! What only a real connection shows: lengths that lie, streams that break, clients that hang up, many at once.

use std::net::SocketAddr;

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{question, quick, router};
use crate::simulator::Options;

/// Serves as long as the client runs.
async fn served<T>(options: Options, client: impl AsyncFnOnce(SocketAddr) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::select! {
        ended = axum::serve(listener, router(options)) => panic!("ended: {ended:?}"),
        value = client(address) => value,
    }
}

async fn send(address: SocketAddr, fault: &str, body: &Value) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let body = body.to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer any\r\nconnection: close\r\n\
         {fault}content-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    connection
}

async fn read(mut connection: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the last byte is as good an end as any.
    let _ = connection.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

async fn stats(address: SocketAddr) -> Value {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = "GET /stats HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let answer = read(connection).await;
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_plain_answer_that_is_cut_is_shorter_than_it_says() {
    served(quick(), async |address| {
        let connection = send(address, "x-simulate: cut-stream\r\n", &question(&json!({}))).await;
        let answer = read(connection).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let declared = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let declared: usize = declared.parse().unwrap();
        assert!(!body.is_empty() && body.len() < declared, "{} of {declared}", body.len());
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_is_cut_arrives_in_part_and_has_no_end() {
    served(quick(), async |address| {
        let body = question(&json!({ "stream": true, "stream_options": { "include_usage": true } }));
        let answer = read(send(address, "x-simulate: cut-stream\r\n", &body).await).await;
        assert!(answer.contains("chat.completion.chunk"));
        for end in ["[DONE]", "\"stop\"", "prompt_tokens", "\r\n0\r\n"] {
            assert!(!answer.contains(end), "{end}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_stream() {
    served(quick(), async |address| {
        let body = question(&json!({ "stream": true }));
        let mut connection = send(address, "x-simulate: trickle\r\n", &body).await;
        let mut start = [0; 16];
        connection.read_exact(&mut start).await.unwrap();
        drop(connection);
        // The server learns of it from its socket, soon but not at once.
        let mut seen = stats(address).await;
        while seen["failed"] == 0 && seen["answered"] == 0 {
            seen = stats(address).await;
        }
        assert_eq!((&seen["failed"], &seen["answered"]), (&json!(1), &json!(0)));
        assert!(seen["prompt_tokens"].as_u64().unwrap() > 0);
    })
    .await;
}

#[tokio::test]
async fn hundreds_of_requests_wait_at_the_same_time() {
    let options = Options { latency_ms: 300, jitter_ms: 0, ..Options::default() };
    served(options, async |address| {
        let body = question(&json!({}));
        let start = std::time::Instant::now();
        let answers = join_all((0..200).map(async |_| read(send(address, "", &body).await).await)).await;
        assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")));
        // One after the other they would take a minute.
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
        assert_eq!(stats(address).await["answered"], 200);
    })
    .await;
}
