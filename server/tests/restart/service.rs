//! The service as an operator has it: a binary at a path, started with or without a socket of the service manager's, upgraded,
//! stopped. What serves in the end is found by its row and killed.

use std::net::TcpListener;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_holisticos");
/// A debug build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where the operator puts binaries, and what every process of the service is started with.
pub(crate) struct Service {
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
    /// Held as a service manager does: connections wait while nobody accepts. Absent: processes listen by themselves.
    listener: Option<TcpListener>,
    environment: Vec<(String, String)>,
    http: reqwest::Client,
    pub(crate) key: String,
}

impl Service {
    pub(crate) fn new(store: &str, settings: &[(&str, String)]) -> Self {
        let folder =
            std::env::temp_dir().join("holisticos-tests").join(format!("d{:x}", rand::random::<u64>()));
        std::fs::create_dir_all(&folder).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut environment = vec![
            ("DATABASE_URL".to_owned(), store.to_owned()),
            ("RUST_LOG".to_owned(), "info,sqlx=error".to_owned()),
        ];
        let settings = settings.iter().map(|(name, value)| (format!("HOLISTICOS__{name}"), value.clone()));
        environment.extend(settings);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let service = Self { folder, url, listener: Some(listener), environment, http, key: String::new() };
        service.deploy(Path::new(BINARY));
        service
    }

    /// The path that the service is started from.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join("holisticos")
    }

    /// Puts a binary at that path, as a deployment does: at once, beside the one that runs.
    pub(crate) fn deploy(&self, binary: &Path) {
        let next = self.folder.join("next");
        let _ = std::fs::remove_file(&next);
        std::os::unix::fs::symlink(binary, &next).unwrap();
        std::fs::rename(next, self.program()).unwrap();
    }

    /// Likewise a program that ends at once, as a broken build does.
    pub(crate) fn deploy_broken(&self) {
        use std::os::unix::fs::PermissionsExt;
        let next = self.folder.join("next");
        std::fs::write(&next, "#!/bin/sh\nexit 1\n").unwrap();
        std::fs::set_permissions(&next, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(next, self.program()).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program());
        command.envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command
    }

    /// From now on no service manager holds the socket.
    pub(crate) fn listens_by_itself(&mut self) {
        self.listener = None;
    }

    /// `HOST:PORT`.
    pub(crate) fn addr(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Starts a process, on the service manager's socket where there is one. Nobody reads what it prints.
    pub(crate) fn start(&self) -> Child {
        let mut command = self.command();
        command.args(["serve", "--addr", self.addr(), "--data"]).arg(&self.folder);
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        command.stdout(Stdio::null()).stderr(log);
        if let Some(listener) = &self.listener {
            let parent_fd = listener.as_fd().try_clone_to_owned().unwrap();
            command.env("LISTEN_FDS", "1").fd_mappings(vec![FdMapping { parent_fd, child_fd: 3 }]).unwrap();
        }
        command.spawn().unwrap()
    }

    /// A command of the same binary on the same store.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.envs(self.environment.iter().cloned()).env("RUST_LOG", "error");
        command.args(arguments).arg("--data").arg(&self.folder).output().unwrap()
    }

    /// Where a service manager listens for `sd_notify`.
    pub(crate) fn manager(&mut self) -> tokio::net::UnixDatagram {
        let path = self.folder.join("notify");
        let socket = tokio::net::UnixDatagram::bind(&path).unwrap();
        self.environment.push(("NOTIFY_SOCKET".to_owned(), path.to_string_lossy().into_owned()));
        socket
    }

    pub(crate) fn store(&self) -> String {
        self.environment.iter().find(|(name, _)| name == "DATABASE_URL").unwrap().1.clone()
    }

    pub(crate) fn make_key(&mut self) {
        let scopes = "agents,data,models,ops:read,ops:act";
        let said = self.run(&["key", "create", "--tenant", "t", "--tier", "admin", "--scopes", scopes]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        self.key = String::from_utf8(said.stdout).unwrap().trim().to_owned();
    }

    /// The answer; anything but success is a failure of the test.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.try_call(&self.http, method, path, body).await.unwrap()
    }

    /// Why there is no answer, or no right one.
    pub(crate) async fn try_call(
        &self,
        http: &reqwest::Client,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        let text = self.text(http, method, path, body).await?;
        serde_json::from_str(&text).map_err(|error| format!("{method} {path}: {error}: {text}"))
    }

    pub(crate) async fn text(
        &self,
        http: &reqwest::Client,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<String, String> {
        let mut asked = http.request(method.parse().unwrap(), format!("{}{path}", self.url));
        asked = asked.bearer_auth(&self.key);
        if let Some(body) = body {
            asked = asked.json(&body);
        }
        let answer = asked.send().await.map_err(|error| format!("{method} {path}: {error:?}"))?;
        let status = answer.status();
        let text =
            answer.text().await.map_err(|error| format!("{method} {path}: {status}, then {error:?}"))?;
        if status.is_success() { Ok(text) } else { Err(format!("{method} {path}: {status} {text}")) }
    }

    /// A stream of events to its end. Connections to a process that was killed are opened again.
    pub(crate) async fn stream(&self, path: &str) -> String {
        let begun = Instant::now();
        loop {
            match self.text(&self.http, "GET", path, None).await {
                Ok(text) => return text,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}: {}", self.log()),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Every row of the deployments, the newest first.
    pub(crate) async fn deployments(&self) -> Vec<Value> {
        self.call("GET", "/api/ops/deployments", None).await["deployments"].as_array().unwrap().clone()
    }

    /// Waits until this process says that it serves.
    pub(crate) async fn serves(&self, pid: u32) {
        let begun = Instant::now();
        let is_there = |said: Result<Value, String>| {
            let rows = said.ok()?["deployments"].as_array()?.clone();
            rows.iter().any(|row| row["pid"] == pid && row["state"] == "serving").then_some(())
        };
        // Where nobody holds the socket, it is refused at first.
        while is_there(self.try_call(&self.http, "GET", "/api/ops/deployments", None).await).is_none() {
            assert!(begun.elapsed() < PATIENCE, "process {pid} does not serve: {}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Waits until this stands in the log.
    pub(crate) async fn says(&self, words: &str) {
        let begun = Instant::now();
        while !self.log().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "nobody says {words:?}: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn signal(&self, pid: u32, signal: &str) {
        let said = Command::new("kill").args([signal, &pid.to_string()]).status();
        assert!(said.unwrap().success());
    }

    pub(crate) fn is_alive(&self, pid: u32) -> bool {
        // A zombie has no command line.
        std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
    }

    pub(crate) async fn gone(&self, pid: u32) {
        let begun = Instant::now();
        while self.is_alive(pid) {
            assert!(begun.elapsed() < PATIENCE, "process {pid} does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Whoever was started from our path, by us or by one that we started.
        let ours = self.folder.to_string_lossy().into_owned();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains(&ours) {
                let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
            }
        }
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
