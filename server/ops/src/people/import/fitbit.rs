//! Fitbit's export, into the store. What its rows mean is in `agents::evidence::fitbit`.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use agents::evidence::fitbit::{FILES, ReadRow, Row, read_one};
use domain::health_data::Biomarker;
use domain::id::{TenantId, UserId};

use super::{FileReport, ImportReport};
use crate::error::{Error, Result};
use crate::people::store;

/// Readings written in one transaction.
const BATCH: usize = 2_000;
pub(super) async fn import(
    ops: &crate::Ops,
    dir: &Path,
    tenant: &TenantId,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<ImportReport> {
    let mut report = ImportReport::default();
    let mut people = HashSet::new();
    for (name, read_row) in FILES {
        progress(&format!("reading {name}"));
        let Ok(file) = File::open(dir.join(name)) else {
            report.files.push(FileReport { name: name.to_owned(), ..FileReport::default() });
            continue;
        };
        let mut part = FileReport { name: name.to_owned(), found: true, ..FileReport::default() };
        read_file(ops, tenant, file, read_row, &mut part, &mut people, &mut report.new_people).await?;
        report.files.push(part);
    }
    if report.files.iter().all(|file| !file.found) {
        let names = FILES.map(|(name, _)| name).join(", ");
        return Err(Error::invalid("DIR", format!("has none of the files of a Fitbit export: {names}")));
    }
    report.people = people.len() as u64;
    Ok(report)
}

async fn read_file(
    ops: &crate::Ops,
    tenant: &TenantId,
    file: File,
    read_row: ReadRow,
    report: &mut FileReport,
    people: &mut HashSet<UserId>,
    new_people: &mut u64,
) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.headers().map_err(|error| Error::internal("reading a CSV header", error))?.clone();
    let now = ops.clock.now();
    let mut waiting: Vec<(UserId, Vec<Biomarker>)> = Vec::new();
    let mut count = 0;
    for record in reader.into_records() {
        report.rows_read += 1;
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                report.refuse("not a row of CSV in UTF-8", line);
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { header: &header, record: &record };
        match read_one(&row, read_row, now) {
            Ok((user, readings, remark)) => {
                report.rows_kept += 1;
                if let Some(remark) = remark {
                    *report.remarks.entry(remark.to_owned()).or_default() += 1;
                }
                count += readings.len();
                people.insert(user.clone());
                match waiting.last_mut().filter(|(last, _)| *last == user) {
                    Some((_, readings_before)) => readings_before.extend(readings),
                    None => waiting.push((user, readings)),
                }
            }
            Err(reason) => report.refuse(reason, line),
        }
        if count >= BATCH {
            write(ops, tenant, &mut waiting, report, new_people).await?;
            count = 0;
        }
    }
    write(ops, tenant, &mut waiting, report, new_people).await
}

async fn write(
    ops: &crate::Ops,
    tenant: &TenantId,
    waiting: &mut Vec<(UserId, Vec<Biomarker>)>,
    report: &mut FileReport,
    new_people: &mut u64,
) -> Result<()> {
    let mut tx = ops.db.begin_write().await?;
    for (user, readings) in waiting.drain(..) {
        *new_people += store::ensure_person(&mut tx, tenant, &user, ops.clock.now_ms()).await?;
        let stored = store::insert_biomarkers(&mut tx, &ops.clock, tenant, &user, &readings).await?;
        report.readings_stored += stored;
        report.readings_duplicate += readings.len() as u64 - stored;
    }
    tx.commit().await?;
    Ok(())
}
