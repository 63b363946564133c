//! Compiles the islands, the only part of `app` that reaches the browser, with Cargo. The build has its own target
//! folder: neither lock nor fingerprint is shared with the server's. Whether anything is to be done is Cargo's to say.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";

/// Where everything about the WASM is built and kept between runs.
pub(crate) const FOLDER: &str = "target/wasm";

pub(crate) const REMEDY: &str = "\
WARNING: this toolchain cannot compile for wasm32-unknown-unknown, so the front end has no islands:
pages work, but nothing on them updates by itself.
Remedy: scripts/add-wasm-target (or rustup target add wasm32-unknown-unknown), then build again.";

/// The compiled library, or `None` where the toolchain lacks the target.
pub(crate) fn compile() -> Result<Option<PathBuf>> {
    if !target_installed()? {
        return Ok(None);
    }
    let status = Command::new("cargo")
        .args(["build", "--package", "app", "--lib", "--no-default-features", "--features", "hydrate"])
        .args(["--target", TARGET, "--profile", PROFILE, "--target-dir", FOLDER])
        .status()
        .context("cargo cannot be started")?;
    ensure!(status.success(), "the islands do not compile for {TARGET}");
    Ok(Some(Path::new(FOLDER).join(TARGET).join(PROFILE).join("app.wasm")))
}

fn target_installed() -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("rustc cannot be started")?;
    let folder = String::from_utf8(output.stdout).context("rustc names a folder that is not UTF-8")?;
    let Ok(entries) = Path::new(folder.trim()).read_dir() else {
        return Ok(false);
    };
    Ok(entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}
