//! `amble store`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const AFTER: &str = "\
Examples:
  amble store new kiosk -o shop.json
  amble store check shop.json
  amble store schema > store.schema.json";

/// Makes and checks store plans.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// What to do with a store plan.
#[derive(Clone, Debug, Subcommand)]
pub enum StoreCommand {
    /// Writes the plan of a known shop, to start from
    New(NewArgs),
    /// Names every fault of a plan with its place; exit code 1 when one of them is an error
    Check(CheckArgs),
    /// Prints the JSON schema of the format, which most editors can check a file against
    Schema,
}

/// A plan to be written.
#[derive(Args, Clone, Debug)]
pub struct NewArgs {
    /// kiosk, convenience, stadium, supermarket or nanostore
    pub profile: String,

    /// Decides what the products are called, weigh and cost, and where they stand
    #[arg(long, value_name = "N", default_value_t = crate::plan_file::SEED)]
    pub seed: u64,

    /// Writes to this file, which must not exist yet
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A plan to be checked.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The plan
    pub file: PathBuf,

    /// The faults as one JSON object
    #[arg(long)]
    pub json: bool,
}
