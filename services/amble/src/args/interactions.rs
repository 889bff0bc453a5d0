//! `amble interactions`.

use std::time::SystemTime;

use clap::{Args, Subcommand, ValueEnum};
use figment::value::Value;

const AFTER: &str = "\
Examples:
  amble interactions export --store shop.json > interactions.jsonl
  amble interactions export --store shop.json --form csv --since 2026-11-01T00:00:00Z > november.csv";

/// Gives out what happened at the shelves.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct InteractionsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: InteractionsCommand,
}

/// What to do with interactions.
#[derive(Clone, Debug, Subcommand)]
pub enum InteractionsCommand {
    /// Prints the ledger's interactions, the oldest first, each with the decision that holds now.
    ///
    /// The shop may run meanwhile.
    Export(InteractionsExportArgs),
}

/// What is to be given out, and how.
#[derive(Args, Clone, Debug)]
pub struct InteractionsExportArgs {
    /// The plan of the store that the ledger is of; without it the one that the settings name
    #[arg(long, value_name = "FILE|NAME")]
    pub store: Option<String>,

    /// Where the ledger is; without it where the settings say
    #[arg(long, value_name = "FILE|URL")]
    pub ledger: Option<String>,

    /// In which form
    #[arg(long, value_enum, default_value = "json")]
    pub form: InteractionsForm,

    /// Only what closed from then on, such as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_rfc3339)]
    pub since: Option<SystemTime>,

    /// Only what closed before then
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_rfc3339)]
    pub until: Option<SystemTime>,
}

/// The form in which interactions are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InteractionsForm {
    /// An interaction a line, as JSON
    Json,
    /// A table with a row for each move, and one for an interaction in which nobody moved anything
    Csv,
}

impl InteractionsArgs {
    /// The settings that these options set.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        let InteractionsCommand::Export(args) = &self.command;
        let store = args.store.as_deref().map(|store| ("store", store.into()));
        let ledger = super::ledger(args.ledger.as_deref());
        store.into_iter().chain(ledger).collect()
    }
}
