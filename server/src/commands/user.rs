//! `holisticos user create`: the password comes from standard input, never from an argument that others can see.

use std::process::ExitCode;

use domain::access::Role;
use ops::Ops;
use ops::access::Actor;

use crate::cli::UserCommand;

pub(super) async fn run(ops: &Ops, command: UserCommand) -> anyhow::Result<ExitCode> {
    let UserCommand::Create { email, role, password_stdin: _ } = command;
    let role = Role::parse(&role).map_err(ops::Error::from)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    ops.create_user(&Actor::CommandLine, &email, role, password).await?;
    super::answer(&format!("created {email} ({role})"))?;
    ops.close().await?;
    Ok(ExitCode::SUCCESS)
}
