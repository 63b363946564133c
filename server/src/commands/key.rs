//! `holisticos key create`: prints the key alone, so that a script can take it.

use std::process::ExitCode;

use domain::access::{Scope, Tier};
use domain::id::TenantId;
use ops::Ops;
use ops::access::{Actor, NewKey};

use crate::cli::KeyCommand;

pub(super) async fn run(ops: &Ops, command: KeyCommand) -> anyhow::Result<ExitCode> {
    let KeyCommand::Create { tenant, tier, scopes, name } = command;
    let new = NewKey {
        tenant: TenantId::parse(&tenant).map_err(ops::Error::from)?,
        name,
        tier: Tier::parse(&tier).map_err(ops::Error::from)?,
        scopes: Scope::parse_list(&scopes).map_err(ops::Error::from)?,
        expires_at: None,
    };
    let created = ops.create_key(&Actor::CommandLine, new).await?;
    super::answer(&created.secret)?;
    ops.close().await?;
    Ok(ExitCode::SUCCESS)
}
