//! A file that says which requests fail and how long others take: drills and tests repeat the same bad day.
//!
//! Promises that a file with any fault in it is refused as a whole, with the line and what to write there. The first rule
//! that matches a request decides.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fault::Fault;

/// Rules for ranges of request numbers. `Default` has none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    #[serde(default, rename = "fault")]
    faults: Vec<FaultRule>,
    #[serde(default, rename = "latency")]
    latencies: Vec<LatencyRule>,
}

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScriptError {
    /// There is no such file, or it cannot be read.
    #[error("{}: cannot be read: {source}; give the path of a readable TOML file to --script", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// Not TOML, or rules that cannot be; the line counts from 1.
    #[error(
        "{}:{line}: {message}; a [[fault]] has kind, from, to and, if wanted, model and share, \
         a [[latency]] has from, to and latency_ms", path.display()
    )]
    Invalid { path: PathBuf, line: usize, message: String },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "FaultTable")]
struct FaultRule {
    kind: Fault,
    numbers: Numbers,
    model: Option<String>,
    share: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "LatencyTable")]
struct LatencyRule {
    numbers: Numbers,
    latency_ms: u64,
}

/// From 1, both ends included.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    from: u64,
    to: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultTable {
    kind: Fault,
    from: u64,
    to: u64,
    model: Option<String>,
    share: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LatencyTable {
    from: u64,
    to: u64,
    latency_ms: u64,
}

impl Script {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// When the file cannot be read, or one of its rules cannot be: unknown kind or field, numbers from 0 or backwards,
    /// a share outside 0 to 1.
    pub(crate) fn read(path: impl AsRef<Path>) -> Result<Self, ScriptError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScriptError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// `path` is only for messages.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, ScriptError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.bytes().take(start);
            let line = 1 + before.filter(|byte| *byte == b'\n').count();
            ScriptError::Invalid { path: path.to_owned(), line, message: error.message().to_owned() }
        })
    }

    /// `luck`: from 0 to below 1, compared with the rule's share.
    pub(super) fn fault(&self, number: u64, model: &str, luck: f64) -> Option<Fault> {
        let matches = |rule: &&FaultRule| {
            rule.numbers.contain(number)
                && rule.model.as_deref().is_none_or(|wanted| wanted == model)
                && luck < rule.share
        };
        self.faults.iter().find(matches).map(|rule| rule.kind)
    }

    pub(super) fn latency_ms(&self, number: u64) -> Option<u64> {
        self.latencies.iter().find(|rule| rule.numbers.contain(number)).map(|rule| rule.latency_ms)
    }
}

impl Numbers {
    fn new(from: u64, to: u64) -> Result<Self, String> {
        if from == 0 {
            return Err("`from` is 0, but requests count from 1; write 1 or more".to_owned());
        }
        if to < from {
            return Err(format!("`to` is {to}, before `from`; write {from} or more"));
        }
        Ok(Self { from, to })
    }

    fn contain(self, number: u64) -> bool {
        (self.from..=self.to).contains(&number)
    }
}

impl TryFrom<FaultTable> for FaultRule {
    type Error = String;

    fn try_from(table: FaultTable) -> Result<Self, String> {
        let share = table.share.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("`share` is {share}; write a number from 0 to 1"));
        }
        let numbers = Numbers::new(table.from, table.to)?;
        Ok(Self { kind: table.kind, numbers, model: table.model, share })
    }
}

impl TryFrom<LatencyTable> for LatencyRule {
    type Error = String;

    fn try_from(table: LatencyTable) -> Result<Self, String> {
        Ok(Self { numbers: Numbers::new(table.from, table.to)?, latency_ms: table.latency_ms })
    }
}
