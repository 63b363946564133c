//! Real sockets: what a client sees while the process leaves.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::{Course, Front, Timing};
use crate::handover::{Said, pair};

const TIMING: Timing = Timing {
    head: Duration::from_secs(30),
    idle: Duration::from_millis(150),
    linger: Duration::from_millis(500),
    body: Duration::from_secs(30),
    rest: Duration::from_secs(5),
    write: Duration::from_secs(30),
};
const PATIENCE: Duration = Duration::from_secs(10);

/// `/` answers `who`, `/slow` in two parts, the second when it is `told`, `/echo` what it was sent, beginning with the first
/// piece.
fn front(who: &'static str, told: &Arc<Notify>) -> Front {
    let told = Arc::clone(told);
    let slow = move || {
        let told = Arc::clone(&told);
        let second = futures::stream::once(async move {
            told.notified().await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"second"))
        });
        let first = futures::stream::iter([Ok(Bytes::from_static(b"first "))]);
        async move { Body::from_stream(first.chain(second)) }
    };
    let router = Router::new()
        .route("/", get(move || async move { who }))
        .route("/echo", post(|body: Body| async { body }))
        .route("/refused", post(|| async { (axum::http::StatusCode::FORBIDDEN, "no") }))
        .route("/slow", get(slow));
    Front::new(router, TIMING)
}

struct Client(TcpStream);

impl Client {
    async fn of(listener: &std::net::SocketAddr) -> Self {
        Self(TcpStream::connect(listener).await.unwrap())
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// What comes until `end` is a part of it, or the server closes.
    async fn until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        let mut piece = [0; 1024];
        while !String::from_utf8_lossy(&text).contains(end) {
            let read = tokio::time::timeout(Duration::from_secs(10), self.0.read(&mut piece));
            match read.await.expect("it answers").expect("it is not reset") {
                0 => break,
                count => text.extend_from_slice(&piece[..count]),
            }
        }
        String::from_utf8(text).unwrap()
    }

    async fn ask(&mut self, end: &str) -> String {
        self.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        self.until(end).await
    }

    async fn is_closed(&mut self) -> bool {
        self.until("never").await.is_empty()
    }
}

async fn opened(front: &Front) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    front.open(listener);
    addr
}

#[tokio::test]
async fn who_retires_answers_everybody_once_more_and_says_so() {
    let front = front("one", &Arc::default());
    let addr = opened(&front).await;
    let mut kept = Client::of(&addr).await;
    assert!(!kept.ask("one").await.contains("connection: close"));
    front.set_course(Course::Retire);
    let mut fresh = Client::of(&addr).await;
    for client in [&mut kept, &mut fresh] {
        assert!(client.ask("one").await.contains("connection: close"));
        assert!(client.is_closed().await);
    }
    let mut old = Client::of(&addr).await;
    old.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").await;
    assert!(old.until("one").await.contains("connection: close"));
    assert!(old.is_closed().await);
}

#[tokio::test]
async fn who_leaves_closes_what_is_idle_and_finishes_what_is_not() {
    let told = Arc::<Notify>::default();
    let front = front("one", &told);
    let addr = opened(&front).await;
    let mut silent = Client::of(&addr).await;
    let mut kept = Client::of(&addr).await;
    kept.ask("one").await;
    let mut slow = Client::of(&addr).await;
    slow.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    slow.until("first").await;
    front.set_course(Course::Leave);
    // Asked a moment after: it is answered.
    assert!(kept.ask("one").await.contains("connection: close"));
    assert!(silent.is_closed().await);
    assert!(TcpStream::connect(addr).await.is_err(), "nobody accepts");
    let empty = front.empty();
    tokio::pin!(empty);
    assert!(
        tokio::time::timeout(Duration::from_millis(400), &mut empty).await.is_err(),
        "it is not finished"
    );
    told.notify_one();
    assert!(slow.until("second").await.contains("second"));
    empty.await;
}

#[tokio::test]
async fn who_leaves_answers_all_that_waited_to_be_accepted() {
    let front = front("one", &Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut client = Client::of(&addr).await;
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        waiting.push(client);
    }
    front.set_course(Course::Leave);
    front.open(listener);
    for mut client in waiting {
        assert!(client.until("one").await.contains("connection: close"));
    }
    front.empty().await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody accepts");
}

#[tokio::test]
async fn what_was_pipelined_behind_the_last_answer_does_not_reset_it() {
    let front = front("one", &Arc::default());
    let addr = opened(&front).await;
    front.set_course(Course::Retire);
    let mut client = Client::of(&addr).await;
    client.send(&"GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20)).await;
    // It is done with the connection: without lingering, it would have reset it by now.
    front.empty().await;
    let answers = client.until("never").await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 1, "{answers}");
    assert!(answers.ends_with("one"));
}

#[tokio::test]
async fn connections_go_to_the_process_that_takes_over_with_what_was_sent() {
    let told = Arc::<Notify>::default();
    let (old, new) = (front("old", &told), front("new", &told));
    let addr = opened(&old).await;
    let (passage, predecessor) = pair();
    let taking = new.clone();
    ops::testing::in_background(async move {
        while let Some(Said::Connection(socket, begun)) = predecessor.said().await {
            taking.take_over(socket, begun).unwrap();
        }
    });
    let mut kept = Client::of(&addr).await;
    kept.ask("old").await;
    let mut silent = Client::of(&addr).await;
    let mut half = Client::of(&addr).await;
    half.ask("old").await;
    half.send("GET / HTTP/1.1\r\nho").await;
    let mut slow = Client::of(&addr).await;
    slow.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    slow.until("first").await;
    let mut sending = Client::of(&addr).await;
    sending.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab").await;
    sending.until("ab").await;
    old.set_course(Course::PassOn(Arc::clone(&passage)));
    for client in [&mut kept, &mut silent] {
        assert!(!client.ask("new").await.contains("connection: close"));
    }
    half.send("st: x\r\n\r\n").await;
    assert!(half.until("new").await.contains("200"));
    // What was under way is finished where it was begun, and goes along then.
    sending.send("cd").await;
    sending.until("cd").await;
    told.notify_one();
    slow.until("0\r\n\r\n").await;
    for client in [&mut sending, &mut slow] {
        assert!(client.ask("new").await.contains("200"));
    }
    old.empty().await;
    assert_eq!((passage.passed(), new.connections()), (5, 5));
}

#[tokio::test]
async fn nobody_takes_over_and_connections_are_served_on() {
    let old = front("old", &Arc::default());
    let addr = opened(&old).await;
    let mut kept = Client::of(&addr).await;
    kept.ask("old").await;
    let (passage, predecessor) = pair();
    drop(predecessor);
    old.set_course(Course::PassOn(passage));
    assert!(kept.ask("old").await.contains("200"));
    old.set_course(Course::Serve);
    let mut fresh = Client::of(&addr).await;
    for client in [&mut kept, &mut fresh] {
        assert!(!client.ask("old").await.contains("connection: close"));
    }
}

#[tokio::test]
async fn who_never_speaks_is_not_kept_for_ever() {
    let router = Router::new().route("/", get(|| async { "one" }));
    let front = Front::new(router, Timing { head: Duration::from_millis(100), ..TIMING });
    let addr = opened(&front).await;
    let mut silent = Client::of(&addr).await;
    let mut slow = Client::of(&addr).await;
    slow.send("GET / HT").await;
    assert!(silent.is_closed().await);
    assert!(slow.is_closed().await);
}

const REFUSED: &str = "POST /refused HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n";

#[tokio::test]
async fn who_was_refused_with_a_small_body_keeps_the_connection_and_holds_nobody_up() {
    let (old, new) = (front("old", &Arc::default()), front("new", &Arc::default()));
    let addr = opened(&old).await;
    let mut client = Client::of(&addr).await;
    client.send(&format!("{REFUSED}\r\nabcd")).await;
    assert!(!client.until("no").await.contains("connection: close"));
    // In two parts, and the answer waits for the second.
    client.send(&format!("{REFUSED}\r\nab")).await;
    client.send("cd").await;
    assert!(!client.until("no").await.contains("connection: close"));
    let (passage, predecessor) = pair();
    old.set_course(Course::PassOn(passage));
    tokio::time::timeout(PATIENCE, old.empty()).await.expect("it is idle");
    let Some(Said::Connection(socket, begun)) = predecessor.said().await else { panic!("it is passed on") };
    new.take_over(socket, begun).unwrap();
    assert!(client.ask("new").await.contains("200"));
}

#[tokio::test]
async fn who_was_refused_before_its_body_came_is_told_that_the_connection_closes() {
    let timing = Timing { rest: Duration::from_millis(50), ..TIMING };
    let router = Router::new().route("/refused", post(|| async { "no" }));
    let front = Front::new(router, timing);
    let addr = opened(&front).await;
    for rest in [
        "content-length: 4\r\n\r\nab",
        "content-length: 4\r\nexpect: 100-continue\r\n\r\n",
        "content-length: 100000\r\n\r\na",
    ] {
        let mut client = Client::of(&addr).await;
        client.send(&format!("POST /refused HTTP/1.1\r\nhost: x\r\n{rest}")).await;
        let answer = client.until("no").await;
        assert!(answer.contains("connection: close") && !answer.contains("100 Continue"), "{answer}");
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn who_stops_within_a_body_is_not_waited_for() {
    let timing = Timing { body: Duration::from_millis(100), rest: Duration::from_millis(50), ..TIMING };
    let router = Router::new().route("/read", post(|body: Bytes| async { body }));
    let front = Front::new(router, timing);
    let addr = opened(&front).await;
    let mut client = Client::of(&addr).await;
    client.send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab").await;
    let answer = client.until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn who_does_not_read_its_answer_is_not_waited_for() {
    let timing = Timing { write: Duration::from_millis(100), ..TIMING };
    let endless = || async {
        Body::from_stream(futures::stream::repeat_with(|| {
            Ok::<_, std::io::Error>(Bytes::from(vec![0; 65_536]))
        }))
    };
    let front = Front::new(Router::new().route("/endless", get(endless)), timing);
    let addr = opened(&front).await;
    let mut client = Client::of(&addr).await;
    client.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("\r\n\r\n").await;
    front.set_course(Course::Leave);
    tokio::time::timeout(PATIENCE, front.empty()).await.expect("it is let go of");
}
