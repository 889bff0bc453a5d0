//! Amble: a shop without a till. The binary that knows every room, and its command line.

mod args;
mod assembly;
mod board;
mod cli;
mod client;
mod commands;
mod config;
mod evaluate;
mod failure;
mod inspect;
mod log;
mod output;
mod plan_file;
mod progress;
mod run;
mod table;
mod traces;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Cli, Command},
    config::{Config, LogFormat},
    failure::Failure,
    traces::Traces,
};

/// Shards allocate on one thread and free on another, all day: here half as much again goes faster with
/// it than with the system's allocator, and it gives back what bursts took.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
    let settings = |options: &[_]| config::load(cli.config.as_deref(), options);
    let log = |filter, format| log::start(cli.log.as_deref().unwrap_or(filter), format, None);
    match &cli.command {
        Command::Serve(_) => {}
        // Warnings would be written across the board.
        Command::Demo(_) => log("error", LogFormat::Text)?,
        // Each simulated day would warn of its own plan again.
        Command::Evaluate(args) if args.simulates() => log("error", LogFormat::Text)?,
        _ => log("warn", LogFormat::Text)?,
    }
    match &cli.command {
        // These work wherever one is, whatever the settings there.
        Command::Store(args) => commands::store::run(&args.command),
        Command::Pass(args) => commands::pass::run(&args.command),
        Command::Token(args) => commands::token::run(args),
        Command::Certs(args) => commands::certs::run(args),
        Command::Completions(args) => commands::completions::run(args),
        Command::Record(args) => run::record(args),
        Command::Simulate(args) => run::on_threads(0, run::simulate(args)),
        Command::Nodes(args) => run::on_threads(1, inspect::nodes(args)),
        Command::Shards(args) => run::on_threads(1, inspect::shards(args)),
        Command::Actors(args) => run::on_threads(1, inspect::actors(args)),
        Command::Reviews(args) => run::on_threads(1, inspect::reviews(args)),
        Command::Shelves(args) => run::on_threads(1, inspect::shelves(args)),
        Command::Top(args) => run::on_threads(1, inspect::top(args)),

        Command::Receipts(args) => run::on_threads(
            1,
            commands::receipts::run(args, &settings(&args.settings())?),
        ),
        Command::Interactions(args) => run::on_threads(
            1,
            commands::interactions::run(args, &settings(&args.settings())?),
        ),
        Command::Forget(args) => {
            run::on_threads(1, commands::forget::run(args, &settings(&args.settings())?))
        }
        Command::Config(args) => commands::config::run(args, &settings(&[])?),
        Command::Demo(args) => in_shop(&settings(&[])?, async |config| {
            Box::pin(run::demo(args, config)).await
        }),
        Command::Serve(args) => {
            let config = settings(&args.settings())?;
            let said = &config.telemetry;
            let traces = said.traces().then(Traces::default);
            let filter = cli.log.as_deref().unwrap_or(&said.log);
            log::start(filter, said.log_format, traces.as_ref())?;
            in_shop(&config, async |config| {
                run::serve(args, config, traces).await
            })
        }
        Command::Replay(args) => in_shop(&settings(&args.settings())?, async |config| {
            run::replay(args, config).await
        }),
        Command::Evaluate(args) => in_shop(&settings(&args.settings())?, async |config| {
            run::evaluate(args, config).await
        }),
        Command::Tracks(args) => in_shop(&settings(&[])?, async |config| {
            run::tracks(&args.command, config).await
        }),
        Command::Bench(args) => in_shop(&settings(&[])?, async |config| {
            run::bench(args, config).await
        }),
    }
}

/// Runs what needs a shop.
fn in_shop(
    config: &Config,
    command: impl AsyncFnOnce(&Config) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    run::on_threads(config.workers, command(config))
}
