//! Copies whole folders into the site: `public/`, and what wasm-bindgen wrote. Hidden files stay behind.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use crate::site::Site;

/// The folder's files at the root of the site; nothing when there is no such folder.
pub(crate) fn copy(folder: &Path, site: &mut Site) -> Result<()> {
    copy_into(folder, "", site)
}

/// The folder's files under `prefix`, a path inside the site.
pub(crate) fn copy_into(folder: &Path, prefix: &str, site: &mut Site) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let name = name.to_str().with_context(|| format!("{}: the name is not UTF-8", path.display()))?;
        if name.starts_with('.') {
            continue;
        }
        let inside = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        if path.is_dir() {
            copy_into(&path, &inside, site)?;
        } else {
            let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            site.put(&inside, &bytes)?;
        }
    }
    Ok(())
}
