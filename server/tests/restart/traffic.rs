//! Traffic as apps make it: answers of agents, data that is sent, chats that stream; on kept connections and on fresh ones.
//! Requests leave when they are due, answered or not. Whatever is not a right answer is an error.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::service::{PATIENCE, Service};

/// What each kind of request came to.
#[derive(Default)]
pub(crate) struct Tally {
    answered: watch::Sender<u64>,
    pub(crate) errors: Mutex<Vec<String>>,
    /// Task ids of check-ins that were acknowledged, with their person.
    pub(crate) acknowledged: Mutex<Vec<(String, String)>>,
    pub(crate) streams: AtomicU64,
    slowest_ms: AtomicU64,
    over: AtomicBool,
}

impl Tally {
    pub(crate) fn stop(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Requests that came to an end, rightly or not.
    pub(crate) fn answered(&self) -> u64 {
        *self.answered.borrow()
    }

    /// Resolves when the whole mix was answered once more.
    pub(crate) async fn another_mix(&self) {
        let enough = self.answered() + MIX.len() as u64;
        let mut answered = self.answered.subscribe();
        let waiting = answered.wait_for(|answered| *answered >= enough);
        tokio::time::timeout(PATIENCE, waiting).await.expect("apps are answered").unwrap();
    }

    pub(crate) fn slowest_ms(&self) -> u64 {
        self.slowest_ms.load(Ordering::Relaxed)
    }

    fn failed(&self, error: String) {
        self.errors.lock().unwrap().push(error);
    }
}

#[derive(Clone, Copy)]
enum Kind {
    FromMemory,
    Fresh,
    Write,
    Stream,
}

/// The mix, in its order.
const MIX: [Kind; 12] = [
    Kind::FromMemory,
    Kind::Write,
    Kind::FromMemory,
    Kind::FromMemory,
    Kind::Stream,
    Kind::FromMemory,
    Kind::Write,
    Kind::FromMemory,
    Kind::Fresh,
    Kind::FromMemory,
    Kind::Write,
    Kind::FromMemory,
];

/// So many requests a second until it is told to stop; every fourth on a connection of its own.
pub(crate) async fn run(service: Arc<Service>, people: Arc<Vec<String>>, rate: f64, tally: Arc<Tally>) {
    let kept = reqwest::Client::builder().no_proxy().build().unwrap();
    let begun = Instant::now();
    let mut under_way = JoinSet::new();
    for number in 0_u64.. {
        let due = begun + Duration::from_secs_f64(number as f64 / rate);
        tokio::time::sleep_until(due.into()).await;
        if tally.over.load(Ordering::Acquire) {
            break;
        }
        let http = match number % 4 {
            3 => reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap(),
            _ => kept.clone(),
        };
        let (service, people, tally) = (Arc::clone(&service), Arc::clone(&people), Arc::clone(&tally));
        under_way.spawn(async move { ask(&service, &http, &people, number, due, &tally).await });
        while under_way.try_join_next().is_some() {}
    }
    while let Some(done) = under_way.join_next().await {
        done.unwrap();
    }
}

async fn ask(
    service: &Service,
    http: &reqwest::Client,
    people: &[String],
    number: u64,
    due: Instant,
    tally: &Tally,
) {
    let person = &people[usize::try_from(number).unwrap() % people.len()];
    let path = |rest: &str| format!("/api/user/{person}/{rest}");
    let answered = match MIX[usize::try_from(number).unwrap() % MIX.len()] {
        Kind::FromMemory => service.try_call(http, "GET", &path("routine/latest"), None).await.map(drop),
        Kind::Fresh => {
            let body = json!({"force_refresh": true});
            service.try_call(http, "POST", &path("insights/generate"), Some(body)).await.map(drop)
        }
        Kind::Write => {
            let task = format!("task-{number}");
            let item = json!({"task_id": task, "status": "done", "date": "2026-02-14"});
            let sent = service.text(http, "POST", &path("check-ins"), Some(json!({"items": [item]}))).await;
            sent.map(|_| tally.acknowledged.lock().unwrap().push((person.clone(), task)))
        }
        Kind::Stream => {
            let messages = json!([{"role": "user", "content": format!("{number}: a word about walking")}]);
            let body = json!({"model": "sim-small", "stream": true, "max_tokens": 64, "messages": messages});
            let text = service.text(http, "POST", "/v1/chat/completions", Some(body)).await;
            text.and_then(|text| {
                tally.streams.fetch_add(1, Ordering::Relaxed);
                let whole = text.trim_end().ends_with("data: [DONE]") && !text.contains("\"error\"");
                if whole { Ok(()) } else { Err(format!("a stream broke off: {text}")) }
            })
        }
    };
    let took = u64::try_from(due.elapsed().as_millis()).unwrap_or(u64::MAX);
    tally.slowest_ms.fetch_max(took, Ordering::Relaxed);
    if let Err(error) = answered {
        tally.failed(error);
    }
    tally.answered.send_modify(|answered| *answered += 1);
}
