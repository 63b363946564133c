//! The commands a person or a script types. Names and flags here are fixed: scripts rely on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::load::LoadFlags;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("HOLISTICOS_REVISION"), ")");

/// HolisticOS: the agent APIs and their operations console, in one program.
#[derive(Debug, Parser)]
#[command(name = "holisticos", version = VERSION, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Configuration file (TOML); see server/ops/config.default.toml for every setting.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the embedded store; the environment's `DATABASE_URL` overrides it.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the APIs and the console.
    Serve {
        /// A labelled demo tenant with 30 days of generated history and live traffic.
        #[arg(long)]
        demo: bool,
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "HOST:PORT")]
        addr: Option<String>,
    },
    /// Start the binary anew in place of the process that serves this store on this machine; no request is lost.
    Upgrade {
        /// Who or what asks for it, such as a pipeline's run; shown with the deployment.
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
        /// Which process, where several serve.
        #[arg(long)]
        pid: Option<i64>,
    },
    /// Keys that apps use.
    #[command(subcommand)]
    Key(KeyCommand),
    /// People who sign in to the console.
    #[command(subcommand)]
    User(UserCommand),
    /// Bring health data in.
    #[command(subcommand)]
    Import(ImportCommand),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What models charge, and what a period costs at other prices.
    #[command(subcommand)]
    Prices(PricesCommand),
    /// What was spent, beside what providers billed.
    #[command(subcommand)]
    Cost(CostCommand),
    /// What was spent, call by call.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Fill an empty store with a long, labelled past: for measuring, and for looking at pages of a size.
    Generate(GenerateFlags),
    /// Ask every agent about every person of a Fitbit export, with and without a model, and say how good the answers are.
    Evaluate(EvaluateFlags),
    /// Print the `OpenAPI` document.
    Openapi,
    /// Serve a made-up provider of language models: for demos, tests, drills and benchmarks.
    SimulateProvider(SimulatorFlags),
    /// Make load at a fixed rate and say how long answers took; exit code 3 when the run is void.
    Load(Box<LoadFlags>),
}

#[derive(Args, Clone, Debug)]
#[command(after_long_help = crate::simulator::faults_help())]
pub(crate) struct SimulatorFlags {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4010")]
    pub(crate) addr: String,
    /// Milliseconds before an answer.
    #[arg(long, default_value_t = 20)]
    pub(crate) latency_ms: u64,
    /// At most so many milliseconds more or less.
    #[arg(long, default_value_t = 5)]
    pub(crate) jitter_ms: u64,
    /// Share of requests that fail, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) error_rate: f64,
    /// Requests a second above which it answers 429.
    #[arg(long, value_name = "N")]
    pub(crate) rate_limit_rps: Option<u32>,
    /// The same seed and the same requests give the same answers.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Faults by request number (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Share of each prompt that is told and billed as cached, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) cached_share: f64,
    /// Bill this share more than the tokens cost, as /v1/organization/costs tells it; below zero: less.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, allow_hyphen_values = true)]
    pub(crate) usage_drift: f64,
    /// Let the account of usage and costs fail by one of the faults below.
    #[arg(long, value_name = "FAULT")]
    pub(crate) usage_fault: Option<String>,
    /// Dollars per million tokens in, cached and out that are billed.
    #[arg(long, value_name = "IN,CACHED,OUT", default_value = "3,0.3,15")]
    pub(crate) prices: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key; prints it alone on stdout. It is shown this once.
    Create {
        #[arg(long)]
        tenant: String,
        /// free, premium or admin.
        #[arg(long)]
        tier: String,
        /// Comma-separated: agents, data, models, ops:read, ops:act.
        #[arg(long)]
        scopes: String,
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a person of the console.
    Create {
        email: String,
        /// viewer, manager, responder, operator or admin.
        #[arg(long)]
        role: String,
        /// Read the password from standard input, one line.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Fitbit's CSV export: dailyActivity, hourlySteps, sleepDay, weightLogInfo.
    Fitbit {
        dir: PathBuf,
        #[arg(long)]
        tenant: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PricesCommand {
    /// What a period costs at another version of the prices; with --apply the ledger is corrected to it.
    Recompute {
        /// First day, in the zone of the cost days: 2026-03-01.
        #[arg(long, value_name = "DATE")]
        from: String,
        /// Last day, included.
        #[arg(long, value_name = "DATE")]
        to: String,
        /// Only calls of this model.
        #[arg(long, default_value = "")]
        model: String,
        /// The version of the price list.
        #[arg(long)]
        version: String,
        /// Book the difference: entries beside the booked ones. Run again, it books nothing.
        #[arg(long)]
        apply: bool,
        /// Why, 3 to 500 characters; it stands in the audit log.
        #[arg(long, default_value = "recomputed from the command line")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CostCommand {
    /// Compare the ledger with what providers billed: by their API, or by an invoice.
    Reconcile {
        /// An invoice as CSV or JSON (by its ending), with day, model and `cost_usd`; without it the providers are asked.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Whose invoice it is; not needed where one provider is configured.
        #[arg(long, value_name = "NAME", requires = "file")]
        provider: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Recompute the hash chain; exit code 1 when it is broken.
    Verify,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Recompute the sums by minute, hour and day from the calls; exit code 1 when one differs.
    Verify {
        /// Make the days that differ anew from their calls.
        #[arg(long)]
        repair: bool,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct GenerateFlags {
    /// How many requests, 1 to 100 million; there are about as many calls of models.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) requests: u64,
    /// Over how many days, 1 to 400, up to now.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) days: u32,
    /// The same seed, figures and end give the same past.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Who ask; without it one per 500 requests.
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<u32>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct EvaluateFlags {
    /// The folder of the export.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// At most so many of its people.
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    pub(crate) people: usize,
    /// Ask everybody once: what is valid and how long it takes, not what is stable.
    #[arg(long)]
    pub(crate) once: bool,
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        super::Arguments::command().debug_assert();
    }

    #[test]
    fn the_simulators_help_names_faults_and_how_to_ask_for_them() {
        use clap::CommandFactory;
        let mut command = super::Arguments::command();
        let simulator = command.find_subcommand_mut("simulate-provider").unwrap();
        let help = simulator.render_long_help().to_string();
        for word in ["cut-stream", "html", "x-simulate", "--script"] {
            assert!(help.contains(word), "{word}");
        }
    }
}
