//! Binaryen's `wasm-opt`: takes about a seventh off the WASM. It is used where it is found, and never required.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// Where `npm ci` in `end2end/` puts it.
const FROM_NPM: &str = "end2end/node_modules/.bin/wasm-opt";

pub(crate) const ABSENT: &str = "note: no wasm-opt, the WASM is a sixth larger (npm ci --prefix end2end)";

/// What rustc itself may emit for wasm32-unknown-unknown (its baseline since 1.82) and every browser runs.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The project's own copy, else the one on `PATH`.
pub(crate) fn find() -> Option<PathBuf> {
    [FROM_NPM, "wasm-opt"].into_iter().map(PathBuf::from).find(|tool| !version(tool).is_empty())
}

/// What the tool calls itself; empty when it cannot be run.
pub(crate) fn version(tool: &Path) -> String {
    let answer = Command::new(tool).arg("--version").output().ok().filter(|answer| answer.status.success());
    answer.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default()
}

pub(crate) fn run(tool: &Path, from: &Path, to: &Path) -> Result<()> {
    let status = Command::new(tool)
        .arg("-Oz")
        .args(FEATURES)
        .arg(from)
        .arg("--output")
        .arg(to)
        .status()
        .with_context(|| format!("{} cannot be started", tool.display()))?;
    ensure!(status.success(), "{} failed", tool.display());
    Ok(())
}
