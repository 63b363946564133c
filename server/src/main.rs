//! The binary `holisticos`: the command line, and nothing else.

mod api;
mod assets;
mod cli;
mod commands;
mod console;
mod handover;
mod leaving;
mod load;
mod logging;
mod manager;
mod middleware;
mod pacer;
mod problem;
mod rate_limit_headers;
mod router;
mod serving;
mod signals;
mod simulator;
mod start;
mod takeover;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    commands::run(arguments)
}
