//! The folder that is built: files by their path, each with its compressed forms beside it (`.br`, `.gz`).
//! A file with the right contents already is left alone, time stamp and all; what was not put is removed at the end.
//! A compressed form exists only where it is smaller than the file itself.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use tempfile::Builder;

/// The kinds of file that compression pays for; pictures and fonts in the formats of the web are compressed already.
const COMPRESSIBLE: [&str; 10] =
    ["css", "html", "ico", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"];

pub(crate) struct Site {
    root: PathBuf,
    /// Every path that belongs there, compressed forms included.
    kept: BTreeSet<PathBuf>,
    lines: Vec<String>,
}

impl Site {
    /// Takes the folder over, creating it where it is missing.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("{} cannot be created", root.display()))?;
        Ok(Self { root: root.to_owned(), kept: BTreeSet::new(), lines: Vec::new() })
    }

    /// Adds one file; `name` is its path inside the site, with `/`.
    pub(crate) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(name);
        let compressed = [appended(&path, ".gz"), appended(&path, ".br")];
        if fs::read(&path).ok().as_deref() != Some(bytes) {
            // First away with the compressed forms: a run that is cut short must not leave old ones beside a new file.
            compressed.iter().for_each(|old| drop(fs::remove_file(old)));
            write(&path, bytes)?;
        }
        let [gz, br] = compressed;
        let mut sizes = format!("{:>9} B", bytes.len());
        if path.extension().is_some_and(|kind| COMPRESSIBLE.iter().any(|known| kind == *known)) {
            for (form, label, compress) in [(&gz, "gz", gzip as Compress), (&br, "br", brotli)] {
                let size = self.put_compressed(form, bytes, compress)?;
                sizes += &size.map_or_else(String::new, |size| format!(" {size:>8} {label}"));
            }
        }
        self.kept.insert(path);
        self.lines.push(format!("{name:<32}{sizes}"));
        Ok(())
    }

    /// The size of the compressed form; `None` where it would not be smaller.
    fn put_compressed(&mut self, path: &Path, bytes: &[u8], compress: Compress) -> Result<Option<usize>> {
        let size = match fs::metadata(path) {
            Ok(existing) => usize::try_from(existing.len())?,
            Err(_) => {
                let form = compress(bytes)?;
                if form.len() >= bytes.len() {
                    return Ok(None);
                }
                write(path, &form)?;
                form.len()
            }
        };
        self.kept.insert(path.to_owned());
        Ok(Some(size))
    }

    /// Removes what was not put, and returns a line for each file: its name and its sizes in bytes.
    pub(crate) fn finish(mut self) -> Result<Vec<String>> {
        self.sweep(&self.root)?;
        self.lines.sort();
        Ok(self.lines)
    }

    fn sweep(&self, folder: &Path) -> Result<()> {
        for entry in folder.read_dir()? {
            let path = entry?.path();
            if path.is_dir() {
                self.sweep(&path)?;
                // Fails, as it should, while there is something in it.
                let _ = fs::remove_dir(&path);
            } else if !self.kept.contains(&path) {
                fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
            }
        }
        Ok(())
    }
}

/// Puts a whole file in place or none: half of one would pass for the file in the next run.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file of the site has a folder")?;
    fs::create_dir_all(folder)?;
    // Readable like any other file, where a temporary one is for its owner only.
    let mut file = Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

type Compress = fn(&[u8]) -> io::Result<Vec<u8>>;

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut form = Vec::new();
    let best = BrotliEncoderParams { size_hint: bytes.len(), ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut bytes, &mut form, &best)?;
    Ok(form)
}

fn appended(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read as _, path::Path};

    use super::Site;

    fn build(root: &Path, files: &[(&str, &str)]) -> Vec<String> {
        let mut site = Site::open(root).unwrap();
        for (name, text) in files {
            site.put(name, text.as_bytes()).unwrap();
        }
        site.finish().unwrap()
    }

    fn unpacked(root: &Path, name: &str) -> [String; 2] {
        let mut gz = String::new();
        let file = fs::File::open(root.join(format!("{name}.gz"))).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut gz).unwrap();
        let mut br = Vec::new();
        let mut file = fs::File::open(root.join(format!("{name}.br"))).unwrap();
        brotli::BrotliDecompress(&mut file, &mut br).unwrap();
        [gz, String::from_utf8(br).unwrap()]
    }

    #[test]
    fn compressed_forms_follow_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["a".repeat(500), "b".repeat(400)] {
            let lines = build(folder.path(), &[("pkg/x.css", &text), ("photo.png", &text)]);
            assert_eq!(unpacked(folder.path(), "pkg/x.css"), [text.clone(), text.clone()]);
            assert_eq!(lines.len(), 2);
            assert!(lines[1].starts_with("pkg/x.css") && lines[1].ends_with("br"), "{lines:?}");
        }
        assert!(!folder.path().join("photo.png.gz").exists());
    }

    #[test]
    fn what_is_no_longer_put_goes_and_what_is_the_same_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let text = "p".repeat(300);
        build(folder.path(), &[("pkg/x.css", &text), ("old/y.js", &text), ("tiny.txt", "x")]);
        let written = |name: &str| fs::metadata(folder.path().join(name)).unwrap().modified().unwrap();
        let before = ["pkg/x.css", "pkg/x.css.br", "pkg/x.css.gz"].map(written);
        build(folder.path(), &[("pkg/x.css", &text), ("tiny.txt", "x")]);
        assert_eq!(["pkg/x.css", "pkg/x.css.br", "pkg/x.css.gz"].map(written), before);
        assert!(!folder.path().join("old").exists());
        assert!(!folder.path().join("tiny.txt.gz").exists(), "a byte does not get smaller");
    }
}
