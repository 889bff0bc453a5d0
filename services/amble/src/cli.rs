//! The command line: what `amble` can be asked for. Each command's options are in [`crate::args`].

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::args::{
    ActorsArgs, BenchArgs, CertsArgs, CompletionsArgs, ConfigArgs, DemoArgs, EvaluateArgs,
    ForgetArgs, InteractionsArgs, NodesArgs, PassArgs, ReceiptsArgs, RecordArgs, ReplayArgs,
    ReviewsArgs, ServeArgs, ShardsArgs, ShelvesArgs, SimulateArgs, StoreArgs, TokenArgs, TopArgs,
    TracksArgs,
};

const AFTER: &str = "\
Exit codes:
  0  all went well
  1  it failed, or what was checked has faults
  2  the command line can't be understood

A shop with nobody at the till, in one line:
  amble demo";

/// The options that every command has.
const HEADING: &str = "For every command";

/// Runs a shop without a till: cameras and shelf scales send what they sense, and amble works out
/// who took what.
#[derive(Debug, Parser)]
#[command(name = "amble", version, after_help = AFTER, max_term_width = 100)]
pub struct Cli {
    /// What is logged to the standard error, such as info or amble_store=debug; without it, `serve`
    /// logs as the settings say, everything else warnings, and the demo errors only
    #[arg(long, global = true, value_name = "FILTER", help_heading = HEADING)]
    pub log: Option<String>,

    /// The file with the settings; without it amble.toml, if there is one here
    #[arg(long, global = true, value_name = "FILE", env = "AMBLE_CONFIG", help_heading = HEADING)]
    pub config: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do; each command's arguments describe it.
#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(DemoArgs),
    Serve(ServeArgs),
    Nodes(NodesArgs),
    Shards(ShardsArgs),
    Actors(ActorsArgs),
    Top(TopArgs),
    Reviews(ReviewsArgs),
    Shelves(ShelvesArgs),
    Simulate(SimulateArgs),
    Record(RecordArgs),
    Replay(ReplayArgs),
    Evaluate(EvaluateArgs),
    Tracks(TracksArgs),
    Bench(BenchArgs),
    Receipts(ReceiptsArgs),
    Interactions(InteractionsArgs),
    Forget(ForgetArgs),
    Store(StoreArgs),
    Pass(PassArgs),
    Token(TokenArgs),
    Certs(CertsArgs),
    Config(ConfigArgs),
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn each_command_shows_an_example_and_each_example_can_be_parsed() {
        for command in Cli::command()
            .get_subcommands()
            .filter(|c| c.get_name() != "help")
        {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let examples: Vec<&str> = help
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("amble "))
                .collect();
            assert!(
                !examples.is_empty(),
                "{} has no example",
                command.get_name()
            );
            for example in examples {
                let words = example
                    .split(" > ")
                    .next()
                    .unwrap_or_default()
                    .split_whitespace();
                let parsed = Cli::try_parse_from(words);
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        }
    }
}
