//! The binary as a process: the service, and the simulator of its provider. Killed when dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_holisticos");

pub(crate) struct Instance {
    process: Process,
    url: String,
    store: String,
    folder: std::path::PathBuf,
    http: reqwest::Client,
    pub(crate) key: String,
}

pub(crate) struct Provider {
    _process: Process,
    pub(crate) url: String,
    http: reqwest::Client,
}

struct Process(Child);

fn http() -> reqwest::Client {
    // Only plain HTTP is spoken, but a client is not made without.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Process {
    /// Starts it and waits until it says where it listens.
    async fn start(mut command: Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = tokio::task::spawn_blocking(move || {
            let found = lines
                .by_ref()
                .map_while(Result::ok)
                .find_map(|line| line.split_once("listens on ").map(|(_, url)| url.trim().to_owned()));
            // What it says later is read as well: a full pipe would stop it.
            std::thread::spawn(move || lines.for_each(drop));
            found
        });
        let url = url.await.unwrap().expect("it says where it listens");
        (Self(child), url)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Instance {
    pub(crate) async fn start(store: &str, settings: &[(String, String)]) -> Self {
        let folder =
            std::env::temp_dir().join("holisticos-tests").join(format!("d{:x}", rand::random::<u64>()));
        let mut command = Command::new(BINARY);
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(&folder);
        command.env("DATABASE_URL", store).env("RUST_LOG", "error").envs(settings.iter().cloned());
        let (process, url) = Process::start(command).await;
        let http = http();
        Self { process, url, store: store.to_owned(), folder, http, key: String::new() }
    }

    /// A key for everything, made by the command line on the same store.
    pub(crate) fn make_key(&self) -> String {
        let mut command = Command::new(BINARY);
        command.args([
            "key",
            "create",
            "--tenant",
            "t",
            "--tier",
            "admin",
            "--scopes",
            "agents,data,ops:read,ops:act",
        ]);
        command.arg("--data").arg(&self.folder).env("DATABASE_URL", &self.store);
        let said = command.output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    /// The answer; anything but 200 is a failure of the test.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.try_call(method, path, body).await.expect("the instance lives")
    }

    /// `None` when the instance has died.
    pub(crate) async fn try_call(&self, method: &str, path: &str, body: Option<Value>) -> Option<Value> {
        let mut asked = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url));
        asked = asked.bearer_auth(&self.key);
        if let Some(body) = body {
            asked = asked.json(&body);
        }
        let answer = asked.send().await.ok()?;
        let status = answer.status();
        let value: Value = answer.json().await.ok()?;
        assert!(status.is_success(), "{method} {path}: {status} {value}");
        Some(value)
    }

    /// `SIGKILL`: nothing is written, nothing is said.
    pub(crate) fn kill(&self) {
        let killed = Command::new("kill").args(["-9", &self.process.0.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Provider {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.args(["simulate-provider", "--addr", "127.0.0.1:0"]).args(arguments);
        let (process, url) = Process::start(command).await;
        Self { _process: process, url, http: http() }
    }

    async fn stats(&self) -> Value {
        let url = self.url.replace("/v1", "/stats");
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Calls that reached it.
    pub(crate) async fn asked(&self) -> u64 {
        self.stats().await["requests"].as_u64().unwrap()
    }

    /// What it would put on the bill.
    pub(crate) async fn dollars(&self, price: (f64, f64)) -> f64 {
        let stats = self.stats().await;
        let tokens = |name: &str| stats[name].as_f64().unwrap();
        (tokens("prompt_tokens") * price.0 + tokens("completion_tokens") * price.1) / 1e6
    }
}

/// Steps and sleep of 14 days.
pub(crate) fn fortnight() -> Value {
    let day = |n: i64| {
        let reading = |category, kind, value, unit| {
            json!({"category": category, "type": kind, "value": value, "unit": unit,
            "start": format!("2026-02-{n:02}T00:00:00Z"), "end": format!("2026-02-{n:02}T23:00:00Z")})
        };
        [
            reading("activity", "steps", 6_000 + n * 137 % 4_000, "count"),
            reading("sleep", "sleep_duration", 400 + n * 7 % 60, "minute"),
        ]
    };
    json!({ "items": (1..=14).flat_map(day).collect::<Vec<_>>() })
}
