//! The flags of `holisticos load`, and the plan that they make.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use http::{HeaderName, HeaderValue, Method};

use super::request::{Ask, Expected, Target};
use super::template::Template;
use super::url::Address;
use super::{Pace, Plan};

#[derive(Args, Clone, Debug)]
pub(crate) struct LoadFlags {
    /// What to ask; several are asked in turn. `{n}` becomes a number below --users, also in headers and in the body.
    #[arg(long, required = true, value_name = "URL")]
    url: Vec<String>,
    /// Requests a second, sent on time whether earlier ones were answered or not.
    #[arg(long, value_name = "N", value_parser = rate, conflicts_with_all = ["concurrency", "ramp"])]
    rate: Option<f64>,
    /// Callers, each of whom asks again when answered; 1 when no rate is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "ramp")]
    concurrency: Option<u16>,
    /// Rates, one run after another up to the first void one: 100,200,500,1000.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = rate)]
    pub(crate) ramp: Vec<f64>,
    /// Seconds that are measured.
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    seconds: Duration,
    /// Seconds of the same load before.
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds_or_none)]
    warm_up_seconds: Duration,
    /// Arrivals by chance, as independent callers come, instead of even ones.
    #[arg(long)]
    poisson: bool,
    /// The same seed gives the same arrivals by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// GET, or POST with a body, when not given.
    #[arg(long)]
    method: Option<Method>,
    /// `name: value`; may be given several times.
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
    /// The body, as JSON unless a content-type is given.
    #[arg(long, value_name = "JSON", conflicts_with = "body_file")]
    body: Option<String>,
    /// A file with the body.
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// `{n}` runs from 0 to this, exclusive.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// The status of a right answer; may be given several times.
    #[arg(long, value_name = "STATUS", default_value = "200")]
    expect_status: Vec<u16>,
    /// `/meta/engine=model`: what must stand where in a right answer; may be given several times.
    #[arg(long, value_name = "POINTER=VALUE")]
    expect_json_pointer: Vec<String>,
    /// Every so manieth answer is read for --expect-json-pointer.
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    check_every: u64,
    /// Failed requests that do not void the run.
    #[arg(long, value_name = "N", default_value_t = 0)]
    allow_failed: u64,
    /// Requests under way above which further ones are not sent, which voids the run.
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..))]
    max_in_flight: u32,
    /// Seconds after its sending in which a request must be answered.
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    timeout_seconds: Duration,
    /// Threads that make the load.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.01..=1e6).contains(rate));
    rate.ok_or_else(|| "it is a number of requests a second, 0.01 to 1000000".to_owned())
}

fn seconds_or_none(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "it is a number of seconds, at most 86400".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    seconds_or_none(text)?
        .checked_sub(Duration::from_millis(10))
        .map(|rest| rest + Duration::from_millis(10))
        .ok_or_else(|| "it is a number of seconds, 0.01 to 86400".to_owned())
}

impl LoadFlags {
    /// The plan; of a ramp, without its rates. Errors name the flag and do not repeat its value, which may be a key.
    pub(crate) fn plan(&self) -> anyhow::Result<Plan> {
        let poisson = self.poisson.then_some(self.seed);
        let pace = match (self.rate.or_else(|| self.ramp.first().copied()), self.concurrency) {
            (Some(rate), _) => Pace::Open { rate, poisson },
            (None, _) if self.poisson => bail!("--poisson is about arrivals: give a --rate, too"),
            (None, callers) => Pace::Closed { callers: usize::from(callers.unwrap_or(1)) },
        };
        Ok(Plan {
            pace,
            warm_up: self.warm_up_seconds,
            length: self.seconds,
            threads: usize::from(self.threads),
            max_in_flight: self.max_in_flight as usize,
            allow_failed: self.allow_failed,
            timeout: self.timeout_seconds,
            ask: Arc::new(self.ask()?),
        })
    }

    fn ask(&self) -> anyhow::Result<Ask> {
        let body = match (&self.body, &self.body_file) {
            (Some(body), _) => Some(body.clone().into_bytes()),
            (None, Some(file)) => Some(fs::read(file).context("--body-file cannot be read")?),
            (None, None) => None,
        };
        let method = self.method.clone();
        let method = method.unwrap_or(if body.is_some() { Method::POST } else { Method::GET });
        let headers = self.headers(&method, body.is_some())?;
        let mut servers = Vec::new();
        let mut targets = Vec::new();
        for url in &self.url {
            let address = Address::parse(url)?;
            let resolved = address.resolve()?;
            let known = servers.iter().position(|server| *server == resolved);
            let server = known.unwrap_or_else(|| {
                servers.push(resolved);
                servers.len() - 1
            });
            let Address { host, target, .. } = address;
            let head = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\n{headers}");
            targets.push(Target { server, head: Template::new(head.as_bytes()) });
        }
        Ok(Ask {
            servers,
            targets,
            body: body.as_deref().map(Template::new),
            users: self.users,
            head_only: method == Method::HEAD,
            statuses: self.expect_status.clone(),
            expected: self.expected()?,
            check_every: self.check_every,
        })
    }

    /// The lines after `host`, up to the value of `content-length` or, without a body, to the end of the head.
    fn headers(&self, method: &Method, has_body: bool) -> anyhow::Result<String> {
        let mut lines = String::new();
        let mut has_type = false;
        for header in &self.header {
            let parts = header.split_once(':').context("--header is `name: value`")?;
            let name: HeaderName = parts.0.trim().parse().context("--header has no name that HTTP allows")?;
            let value = parts.1.trim();
            HeaderValue::from_str(value)
                .with_context(|| format!("--header {name} has no value that HTTP allows"))?;
            let made_here = ["host", "content-length", "transfer-encoding", "connection", "expect"];
            ensure!(!made_here.contains(&name.as_str()), "--header {name} is set by the generator itself");
            has_type |= name == http::header::CONTENT_TYPE;
            lines.push_str(&format!("{name}: {value}\r\n"));
        }
        if has_body && !has_type {
            lines.push_str("content-type: application/json\r\n");
        }
        lines.push_str(match has_body {
            true => "content-length: ",
            false if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
                "content-length: 0\r\n\r\n"
            }
            false => "\r\n",
        });
        Ok(lines)
    }

    fn expected(&self) -> anyhow::Result<Vec<Expected>> {
        let part = |text: &String| {
            let parts =
                text.split_once('=').filter(|(pointer, _)| pointer.is_empty() || pointer.starts_with('/'));
            let (pointer, value) = parts.context("--expect-json-pointer is /a/place=value")?;
            Ok(Expected { pointer: pointer.to_owned(), value: value.to_owned() })
        };
        self.expect_json_pointer.iter().map(part).collect()
    }
}
