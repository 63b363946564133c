//! `holisticos load`: makes load, says what came of it, and ends with 3 when that says nothing.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;

use crate::load::{self, LoadFlags, Ramp, Report};

/// The run was carried out, and is void.
const VOID: u8 = 3;

/// Blocks: the generator has threads and runtimes of its own.
pub(super) fn run(flags: &LoadFlags) -> anyhow::Result<ExitCode> {
    let plan = flags.plan()?;
    if flags.ramp.is_empty() {
        let report = load::run(&plan)?;
        super::answer(&if flags.json { json(&report)? } else { report.to_string() })?;
        return Ok(code(report.is_void()));
    }
    if !flags.json {
        super::answer(Report::HEAD)?;
    }
    let ramp = Ramp::run(&plan, &flags.ramp, |report| {
        if !flags.json {
            // Progress is a courtesy: a closed terminal does not stop a run.
            let _ = writeln!(std::io::stdout(), "{}", report.row());
        }
    })?;
    super::answer(&if flags.json { json(&ramp)? } else { ramp.summary() })?;
    Ok(code(ramp.is_void()))
}

fn json(value: &impl serde::Serialize) -> anyhow::Result<String> {
    serde_json::to_string(value).context("the report cannot be written")
}

fn code(void: bool) -> ExitCode {
    if void { ExitCode::from(VOID) } else { ExitCode::SUCCESS }
}
