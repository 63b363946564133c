//! The binary `holisticos`: the command line, and nothing else.

mod api;
mod assets;
mod cli;
mod commands;
mod console;
mod evaluate;
mod handover;
mod held;
mod leaving;
mod load;
mod logging;
mod manager;
mod middleware;
mod open_files;
mod pacer;
mod problem;
mod rate_limit_headers;
mod router;
mod serving;
mod signals;
mod simulator;
mod start;
mod takeover;
mod threads;
mod upgrading;

use clap::Parser;
use std::process::ExitCode;

/// A quarter less processor time a request than with the system's allocator (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    commands::run(arguments)
}
