//! From compiled library to what a browser loads: wasm-bindgen writes the script that starts the WASM, `wasm-opt`
//! shrinks it. The result is kept under a key of all it depends on, so that an unchanged library costs one hash.
//!
//! wasm-bindgen would call the WASM `holistic_bg.wasm`; Leptos, told its output name at compile time, loads
//! `holistic.wasm` and hands that address to the script, which therefore must not know another.

use std::{env, fs, path::Path, time::UNIX_EPOCH};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{NAME, islands, public, site::Site, wasm_opt};

/// Adds `pkg/holistic.js`, `pkg/holistic.wasm` and the scripts that libraries bring along to the site.
pub(crate) fn bind(library: &Path, site: &mut Site, notes: &mut Vec<String>) -> Result<()> {
    let tool = wasm_opt::find();
    if tool.is_none() {
        notes.push(wasm_opt::ABSENT.to_owned());
    }
    let bytes = fs::read(library).with_context(|| format!("{} cannot be read", library.display()))?;
    let kept = Path::new(islands::FOLDER).join("bound");
    let key_file = Path::new(islands::FOLDER).join("bound.key");
    let key = key(&bytes, tool.as_deref())?;

    if fs::read_to_string(&key_file).ok() != Some(key.clone()) {
        let _ = fs::remove_file(&key_file);
        let _ = fs::remove_dir_all(&kept);
        write_bound(bytes, &kept, tool.as_deref())?;
        fs::write(&key_file, key)?;
    }
    public::copy_into(&kept, "pkg", site)
}

fn write_bound(bytes: Vec<u8>, folder: &Path, tool: Option<&Path>) -> Result<()> {
    Bindgen::new()
        .input_bytes(NAME, bytes)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)?;
    let bound = folder.join(format!("{NAME}_bg.wasm"));
    let wanted = folder.join(format!("{NAME}.wasm"));
    match tool {
        Some(tool) => {
            wasm_opt::run(tool, &bound, &wanted)?;
            fs::remove_file(&bound)?;
        }
        None => fs::rename(&bound, &wanted)?,
    }
    Ok(())
}

/// The library, this program (which writes the script) and the tool decide the outcome. This program goes in by the
/// time it was built: its bytes would take longer to hash than the library's.
fn key(bytes: &[u8], tool: Option<&Path>) -> Result<String> {
    let this = env::current_exe()?.metadata()?.modified()?.duration_since(UNIX_EPOCH)?;
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.update(this.as_nanos().to_le_bytes());
    hash.update(tool.map(wasm_opt::version).unwrap_or_default());
    Ok(hex::encode(hash.finalize()))
}
