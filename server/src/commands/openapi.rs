//! `holisticos openapi`: the document that `/api/openapi.json` serves.

use std::process::ExitCode;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    super::answer(&crate::api::openapi_document().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}
