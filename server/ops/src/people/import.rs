//! Bringing in exports of other systems: streamed, in bounded batches, nothing skipped silently.

mod fitbit;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use domain::id::TenantId;

use crate::error::Result;

/// What an import read, kept and refused, file by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub files: Vec<FileReport>,
    pub people: u64,
    pub new_people: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    pub name: String,
    /// `false`: the file is not in the folder; nothing of it was read.
    pub found: bool,
    pub rows_read: u64,
    pub rows_kept: u64,
    /// Readings stored: a row may hold several. Those known already are `readings_duplicate`.
    pub readings_stored: u64,
    pub readings_duplicate: u64,
    /// Rows refused, by reason, with the first line number of each.
    pub refused: BTreeMap<String, (u64, u64)>,
    /// Kept rows with something worth knowing: `device not worn`.
    pub remarks: BTreeMap<String, u64>,
}

impl FileReport {
    fn refuse(&mut self, reason: impl Into<String>, line: u64) {
        self.refused.entry(reason.into()).or_insert((0, line)).0 += 1;
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            if !file.found {
                writeln!(f, "{}: not in the folder", file.name)?;
                continue;
            }
            let refused: u64 = file.refused.values().map(|(count, _)| count).sum();
            writeln!(
                f,
                "{}: {} rows read, {} kept, {refused} refused; {} readings stored, {} known already",
                file.name, file.rows_read, file.rows_kept, file.readings_stored, file.readings_duplicate
            )?;
            for (reason, (count, line)) in &file.refused {
                writeln!(f, "  refused {count}: {reason} (first in line {line})")?;
            }
            for (remark, count) in &file.remarks {
                writeln!(f, "  {count}: {remark}")?;
            }
        }
        write!(f, "{} people, {} of them new", self.people, self.new_people)
    }
}

impl crate::Ops {
    /// Fitbit's CSV export. Importing it again stores nothing twice.
    ///
    /// # Errors
    /// `Invalid` when the folder has none of the files; a broken row is refused and counted, not an error.
    pub async fn import_fitbit(
        &self,
        dir: &Path,
        tenant: TenantId,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<ImportReport> {
        fitbit::import(self, dir, &tenant, progress).await
    }
}
