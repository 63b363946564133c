//! One command each: open the service, call it, print the answer, choose the exit code.

mod audit;
mod cost;
mod evaluate;
mod generate;
mod import;
mod key;
mod ledger;
mod load;
mod openapi;
mod prices;
mod serve;
mod simulate;
mod upgrade;
mod user;

use std::io::Write;
use std::process::ExitCode;

use ops::{Clock, Config, Ops};
use tokio::runtime::Handle;

use crate::cli::{Arguments, Command, Global};
use crate::handover::Inherited;
use crate::logging;
use crate::threads::Threads;

/// 0: done. 1: failed, with the reason on standard error. 3: `load` was void. (2 is clap's: wrong arguments.)
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let serving = matches!(arguments.command, Command::Serve { .. } | Command::SimulateProvider(_));
    logging::start(if serving { "info,sqlx=warn,hyper=warn" } else { "warn" });
    if let Command::Load(flags) = &arguments.command {
        return load::run(flags).unwrap_or_else(|error| fail(&error));
    }
    let inherited = match &arguments.command {
        Command::Serve { .. } => Inherited::take(),
        _ => Ok(Inherited::default()),
    };
    let inherited = match inherited {
        Ok(inherited) => inherited,
        Err(error) => return fail(&error),
    };
    let threads = match Threads::start() {
        Ok(threads) => threads,
        Err(error) => return fail(&error.into()),
    };
    let outcome = threads.answers.block_on(dispatch(arguments, inherited, threads.console.handle().clone()));
    match outcome {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn dispatch(arguments: Arguments, inherited: Inherited, console: Handle) -> anyhow::Result<ExitCode> {
    let global = arguments.global;
    match arguments.command {
        Command::Serve { demo, addr } => {
            Box::pin(serve::serve(&global, demo, addr, inherited, console)).await
        }
        Command::Key(command) => key::run(&open(&global).await?, command).await,
        Command::User(command) => user::run(&open(&global).await?, command).await,
        Command::Import(command) => import::run(&open(&global).await?, command).await,
        Command::Audit(command) => audit::run(&open(&global).await?, command).await,
        Command::Upgrade { by, pid } => upgrade::run(&global, by.as_deref(), pid).await,
        Command::Prices(command) => prices::run(&open(&global).await?, command).await,
        Command::Cost(command) => cost::run(&open(&global).await?, command).await,
        Command::Ledger(command) => ledger::run(&open(&global).await?, command).await,
        Command::Generate(flags) => generate::run(&global, flags).await,
        Command::Evaluate(flags) => evaluate::run(flags).await,
        Command::Openapi => openapi::run(),
        Command::SimulateProvider(flags) => simulate::run(flags).await,
        Command::Load(flags) => load::run(&flags),
    }
}

/// Configuration by file, environment and flags, in this order.
fn configure(global: &Global) -> ops::Result<Config> {
    let mut config = Config::load(global.config.as_deref())?;
    if let Some(data) = &global.data {
        config.set_data_dir(data);
    }
    config.settle_store_url()?;
    Ok(config)
}

async fn open(global: &Global) -> ops::Result<Ops> {
    Ops::open(configure(global)?, Clock::system()).await
}

/// The answer of a command: standard output, one line.
fn answer(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

fn fail(error: &anyhow::Error) -> ExitCode {
    let mut text = format!("holisticos: {error}");
    if let Some(ops::Error::Invalid(faults)) = error.downcast_ref() {
        for fault in faults {
            text.push_str(&format!("\n  {}: {}", fault.field, fault.detail));
        }
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!("\n  because {inner}"));
        cause = inner.source();
    }
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}
