//! Amble: a shop without a till. The binary that knows every room, and its command line.

mod args;
mod assembly;
mod board;
mod cli;
mod commands;
mod config;
mod evaluate;
mod failure;
mod log;
mod output;
mod plan_file;
mod progress;
mod run;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Cli, Command},
    config::LogFormat,
    failure::Failure,
};

/// What is logged by commands that have something else to show.
const QUIET: &str = "warn";

fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(&cli) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}

fn dispatch(cli: &Cli) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Store(args) => {
            log::start(cli.log.as_deref().unwrap_or(QUIET), LogFormat::Text)?;
            commands::store::run(&args.command)
        }
        Command::Pass(args) => commands::pass::run(&args.command),
        Command::Completions(args) => commands::completions::run(args),
        command => configured(cli, command),
    }
}

/// What needs the settings.
fn configured(cli: &Cli, command: &Command) -> Result<ExitCode, Failure> {
    let (options, workers) = match command {
        Command::Serve(args) => (args.settings(), None),
        Command::Replay(args) => (Vec::new(), args.workers),
        Command::Evaluate(args) => (Vec::new(), args.workers),
        _ => (Vec::new(), None),
    };
    let config = config::load(cli.config.as_deref(), &options)?;
    let filter = match command {
        Command::Serve(_) => config.telemetry.log.as_str(),
        _ => QUIET,
    };
    log::start(
        cli.log.as_deref().unwrap_or(filter),
        config.telemetry.log_format,
    )?;
    if let Command::Config(args) = command {
        return commands::config::run(args, &config);
    }
    let workers = workers.unwrap_or(config.workers);
    match command {
        Command::Demo(args) => run::on_threads(workers, run::demo(args, &config)),
        Command::Serve(args) => run::on_threads(workers, run::serve(args, &config)),
        Command::Simulate(args) => run::on_threads(workers, run::simulate(args)),
        Command::Record(args) => run::record(args),
        Command::Replay(args) => run::on_threads(workers, run::replay(args, &config)),
        Command::Evaluate(args) => run::on_threads(workers, run::evaluate(args, &config)),
        Command::Bench(args) => run::on_threads(workers, run::bench(args, &config)),
        // These need no settings, and were dispatched before.
        Command::Config(_) | Command::Store(_) | Command::Pass(_) | Command::Completions(_) => {
            Ok(ExitCode::SUCCESS)
        }
    }
}
