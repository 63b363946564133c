//! Builds the front end into one folder, ready to be embedded or served: the islands as WASM, one style sheet, the
//! files of `public/`, each precompressed. Everything is compiled in: no tool but Cargo is needed, and `wasm-opt` is
//! used where it is installed. Without the wasm32 target it warns and builds the rest. An output that did not change
//! is not touched, so that the server, which embeds them, is not rebuilt for nothing.

mod bindgen;
mod css;
mod islands;
mod public;
mod site;
mod wasm_opt;

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Result, ensure};
use clap::Parser;

use crate::site::Site;

/// The name of the script, the WASM and the style sheet; the same as `LEPTOS_OUTPUT_NAME` in `.cargo/config.toml`,
/// from which the pages take the addresses they load.
const NAME: &str = "holistic";

/// Builds the front end. Run it in the root of the workspace.
#[derive(Parser)]
struct Arguments {
    /// The folder to build into; what does not belong there is removed.
    #[arg(long, default_value = "target/site")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(PathBuf::from("app/Cargo.toml").is_file(), "run this in the root of the workspace");

    let mut notes = Vec::new();
    let mut site = Site::open(&arguments.out)?;
    match islands::compile()? {
        Some(wasm) => bindgen::bind(&wasm, &mut site, &mut notes)?,
        None => notes.push(islands::REMEDY.to_owned()),
    }
    site.put(&format!("pkg/{NAME}.css"), css::bundle("style".as_ref())?.as_bytes())?;
    public::copy("public".as_ref(), &mut site)?;

    let mut out = io::stdout().lock();
    for line in site.finish()? {
        writeln!(out, "{line}")?;
    }
    for note in notes {
        writeln!(out, "{note}")?;
    }
    Ok(())
}
