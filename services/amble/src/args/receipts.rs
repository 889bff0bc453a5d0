//! `amble receipts`.

use std::time::SystemTime;

use amble_checkout::export::Authority;
use clap::{Args, Subcommand, ValueEnum};
use figment::value::Value;

const AFTER: &str = "\
Examples:
  amble receipts export > receipts.jsonl
  amble receipts export --form csv --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z > november.csv
  amble receipts export --form epcis --authority https://shop.example/epcis/ > events.json";

/// Gives out what was sold.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ReceiptsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ReceiptsCommand,
}

/// What to do with receipts.
#[derive(Clone, Debug, Subcommand)]
pub enum ReceiptsCommand {
    /// Prints the ledger's receipts, each followed by its corrections, the one settled last first.
    ///
    /// The shop may run meanwhile.
    Export(ReceiptsExportArgs),
}

/// What is to be given out, and how.
#[derive(Args, Clone, Debug)]
pub struct ReceiptsExportArgs {
    /// Where the ledger is; without it where the settings say
    #[arg(long, value_name = "FILE|URL")]
    pub ledger: Option<String>,

    /// In which form
    #[arg(long, value_enum, default_value = "json")]
    pub form: ReceiptsForm,

    /// A URI of your own below which stores, receipts, events and products without a GTIN get theirs
    #[arg(long, value_name = "URI", required_if_eq("form", "epcis"))]
    pub authority: Option<Authority>,

    /// Only what was settled from then on, such as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_rfc3339)]
    pub since: Option<SystemTime>,

    /// Only what was settled before then
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_rfc3339)]
    pub until: Option<SystemTime>,
}

/// The form in which receipts are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReceiptsForm {
    /// A document a line, as JSON
    Json,
    /// A table with a row for each line of a document
    Csv,
    /// GS1 EPCIS 2.0 events, as one JSON document
    Epcis,
}

impl ReceiptsArgs {
    /// The settings that these options set.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        let ReceiptsCommand::Export(args) = &self.command;
        super::ledger(args.ledger.as_deref())
    }
}
