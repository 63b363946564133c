//! A provider on a real socket that answers what a test wants, byte by byte.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::testing;

/// What the double does with its nth chat (from 0), given the request's body.
type Script = Box<dyn Fn(usize, &Value) -> Act + Send + Sync>;

pub(crate) enum Act {
    /// A whole HTTP response, then the connection ends.
    Answer(String),
    /// Never.
    Silence,
}

pub(crate) struct Double {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Double {
    pub(crate) async fn start(script: impl Fn(usize, &Value) -> Act + Send + Sync + 'static) -> Self {
        let script: Arc<Script> = Arc::new(Box::new(script));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Value>>>::default();
        let log = Arc::clone(&asked);
        testing::in_background(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                testing::in_background(async move {
                    let mut stream = BufReader::new(socket);
                    let (head, body) = read(&mut stream).await;
                    if head.starts_with("GET") {
                        let answer = ok(r#"{"object":"list","data":[]}"#);
                        stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
                        return;
                    }
                    let nth = {
                        let mut log = log.lock().unwrap();
                        log.push(body.clone());
                        log.len() - 1
                    };
                    match script(nth, &body) {
                        Act::Answer(text) => {
                            stream.get_mut().write_all(text.as_bytes()).await.unwrap_or_default();
                        }
                        Act::Silence => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, asked }
    }

    /// Bodies of the chats asked so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read(stream: &mut BufReader<tokio::net::TcpStream>) -> (String, Value) {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (head, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub(crate) fn ok(body: &str) -> String {
    response("200 OK", "", body)
}

pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// A chat's answer with this content, 1,000 tokens in and 500 out.
pub(crate) fn completion(content: &str) -> String {
    ok(&json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500},
    })
    .to_string())
}

/// The draft of a prompt of ours, as the model should give it back.
pub(crate) fn draft_of(body: &Value) -> Value {
    let messages = body["messages"].as_array().unwrap();
    let question = messages.iter().find(|message| message["role"] == "user").unwrap();
    let question: Value = serde_json::from_str(question["content"].as_str().unwrap()).unwrap();
    question["draft"].clone()
}
