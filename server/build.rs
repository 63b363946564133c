//! The embedded front end must exist as a folder even before it was built; the binary then serves pages without islands.
//! And the binary says which commit it is: `HOLISTICOS_REVISION` when it is set, else what git says, else `unknown`.

use std::path::Path;
use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Twelve characters of the commit, and whether files were changed since.
fn revision() -> Option<String> {
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}-dirty") })
}

fn main() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site");
    let _ = std::fs::create_dir_all(site);
    println!("cargo:rerun-if-changed={site}");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=HOLISTICOS_REVISION");
    // HEAD changes with the branch, its log with every commit; in a work tree of its own they are elsewhere.
    for path in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", path]).filter(|path| Path::new(path).exists());
        if let Some(path) = path {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    #[expect(clippy::disallowed_methods, reason = "what the build is told")]
    let told = std::env::var("HOLISTICOS_REVISION").ok().filter(|told| !told.trim().is_empty());
    let revision = told.or_else(revision).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=HOLISTICOS_REVISION={revision}");
}
