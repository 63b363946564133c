//! Where each setting comes from: a line of the file, a variable of the environment, or the defaults.
//!
//! The defaults name every setting there is, so a name that they do not have is a mistake, found here with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};

use config::ConfigError;
use toml::de::{DeTable, DeValue};

use super::DEFAULTS;
use crate::error::{Error, Result};

/// Before the name of a setting in the environment.
pub(super) const PREFIX: &str = "HOLISTICOS__";
/// What a suggestion must resemble, 0 to 1 (Jaro–Winkler): one wrong or missing letter passes, another word does not.
const ALIKE: f64 = 0.85;

/// The settings that were set, by dotted name.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    file: Option<SettingsFile>,
    /// What wins over the file: name of the setting to its place in words.
    above: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct SettingsFile {
    path: PathBuf,
    text: String,
    /// Lines count from 1.
    lines: BTreeMap<String, usize>,
}

impl Origins {
    /// Reads the file and the names in the environment; every name that is none is told at once.
    pub(super) fn find(file: Option<&Path>, environment: &[(String, String)]) -> Result<Self> {
        let known = known();
        let mut origins = Self { file: file.map(SettingsFile::read).transpose()?, above: BTreeMap::new() };
        for (name, _) in environment {
            if let Some(setting) = name.strip_prefix(PREFIX) {
                origins.set_above(
                    &setting.to_lowercase().replace("__", "."),
                    format!("environment variable {name}"),
                );
            } else if name == "DATABASE_URL" {
                origins.set_above("store.url", format!("environment variable {name}"));
            }
        }
        let of_file = origins.file.iter().flat_map(|file| file.lines.keys());
        let set: BTreeSet<&String> = of_file.chain(origins.above.keys()).collect();
        // What stands in a list of tables is judged by whoever reads them.
        let unknown = set.into_iter().filter(|key| !key.contains('[') && !known.contains(key.as_str()));
        let faults: Vec<String> = unknown.map(|key| origins.fault(key, remedy(key, &known))).collect();
        if faults.is_empty() { Ok(origins) } else { Err(Error::Config(faults.join("\n"))) }
    }

    /// `key` was set at `place`: a variable of the environment, a flag of the command line.
    pub(super) fn set_above(&mut self, key: &str, place: String) {
        self.above.insert(key.to_owned(), place);
    }

    pub(super) fn file_text(&self) -> Option<&str> {
        self.file.as_ref().map(|file| file.text.as_str())
    }

    /// `holisticos.toml:12: cost.budget_usd must …`. The environment wins over the file, as it does for the value.
    pub(super) fn fault(&self, key: &str, what: impl Display) -> String {
        let line = self.file.as_ref().and_then(|file| Some((file, file.line(key)?)));
        match (self.above.get(key), line) {
            (Some(place), _) => format!("{place}: {key} {what}"),
            (None, Some((file, line))) => format!("{}:{line}: {key} {what}", file.path.display()),
            (None, None) => format!("default setting: {key} {what}"),
        }
    }

    /// What the reader of types found, in our words. Values are not repeated: some are secrets.
    pub(super) fn explain(&self, error: &ConfigError) -> Error {
        match error {
            ConfigError::Type { key: Some(key), expected, .. } => {
                Error::Config(self.fault(key, format!("must be {expected}")))
            }
            ConfigError::At { error, key: Some(key), .. } => Error::Config(self.fault(key, error)),
            error => Error::Config(format!("configuration: {error}")),
        }
    }
}

impl SettingsFile {
    /// Of the setting, or of the table in a list that it is missing from.
    fn line(&self, key: &str) -> Option<usize> {
        let table = || key.rsplit_once("].").map(|(table, _)| format!("{table}]"));
        self.lines.get(key).or_else(|| self.lines.get(&table()?)).copied()
    }

    fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::Config(format!("{name}: the file named by --config cannot be read: {error}"))
        })?;
        let parsed = DeTable::parse(&text).map_err(|error| {
            let line = line_of(&text, error.span().map_or(0, |span| span.start));
            Error::Config(format!("{name}:{line}: this is not TOML: {}", error.message()))
        })?;
        let mut lines = BTreeMap::new();
        walk(parsed.get_ref(), "", &mut |key, at| {
            lines.insert(key, line_of(&text, at));
        });
        Ok(Self { path: path.to_owned(), text, lines })
    }
}

/// Every setting there is. An empty list of tables cannot stand beside real ones in TOML, so these are named here.
fn known() -> BTreeSet<String> {
    let mut known = BTreeSet::from(["fallback_models".to_owned(), "limits.rules".to_owned()]);
    if let Ok(defaults) = DeTable::parse(DEFAULTS) {
        walk(defaults.get_ref(), "", &mut |key, _| {
            known.insert(key);
        });
    }
    known
}

/// Calls `found` with the dotted name and the place of every value that is no table.
fn walk(table: &DeTable<'_>, parent: &str, found: &mut impl FnMut(String, usize)) {
    for (name, value) in table {
        let key = if parent.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{parent}.{}", name.get_ref())
        };
        match value.get_ref() {
            DeValue::Table(inner) => walk(inner, &key, found),
            DeValue::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    if let DeValue::Table(inner) = item.get_ref() {
                        found(format!("{key}[{n}]"), item.span().start);
                        walk(inner, &format!("{key}[{n}]"), found);
                    }
                }
                found(key, name.span().start);
            }
            _ => found(key, name.span().start),
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn remedy(key: &str, known: &BTreeSet<String>) -> String {
    let (section, name) = key.split_once('.').unwrap_or((key, ""));
    let inside: BTreeSet<&str> =
        known.iter().filter_map(|known| known.strip_prefix(section)?.strip_prefix('.')).collect();
    if inside.is_empty() {
        let sections = known.iter().filter_map(|known| known.split('.').next()).collect();
        return match alike(section, &sections) {
            Some(meant) => format!("is not a setting: did you mean the section [{meant}]?"),
            None => format!("is not a setting: the sections are {}", joined(&sections)),
        };
    }
    match alike(name, &inside) {
        Some(meant) => format!("is not a setting: did you mean {section}.{meant}?"),
        None => format!("is not a setting: [{section}] has {}", joined(&inside)),
    }
}

fn alike<'a>(word: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let scored = known.iter().map(|known| (strsim::jaro_winkler(known, word), *known));
    let best = scored.max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.filter(|(score, _)| *score > ALIKE).map(|(_, known)| known)
}

fn joined(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(", ")
}
