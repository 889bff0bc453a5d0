//! `amble store`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Subcommand};

use super::tracks::positive;

const AFTER: &str = "\
Examples:
  amble store new kiosk -o shop.json
  amble store check shop.json
  amble store cost shop.json --visits-per-day 400 --camera 90 --plate 11 --gate 700 --edge 250 --node 600
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
    /// Says what the hardware of a plan costs by your prices: in all, per m² and per visit
    Cost(CostArgs),
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

/// A plan whose hardware is to be paid for. Prices are in the plan's currency.
#[derive(Args, Clone, Debug)]
pub struct CostArgs {
    /// The plan: a file, or a known shop
    pub file: String,

    /// So many cameras fewer
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub without_cameras: usize,

    /// So many plates fewer
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub without_plates: usize,

    /// How many visits there are on a day
    #[arg(long, value_name = "N", value_parser = positive)]
    pub visits_per_day: f64,

    /// On how many days of a year the shop is open
    #[arg(long, value_name = "DAYS", default_value_t = 365.0, value_parser = positive)]
    pub open_days: f64,

    /// After how many years the hardware is replaced
    #[arg(long, value_name = "YEARS", default_value_t = 5.0, value_parser = positive)]
    pub years: f64,

    /// What power, network and repairs cost in a year
    #[arg(long, value_name = "PRICE", default_value_t = 0.0)]
    pub running: f64,

    /// What a camera costs, mounted
    #[arg(long, value_name = "PRICE")]
    pub camera: Option<f64>,

    /// What a plate costs that weighs
    #[arg(long, value_name = "PRICE")]
    pub plate: Option<f64>,

    /// What a gate with its reader costs
    #[arg(long, value_name = "PRICE")]
    pub gate: Option<f64>,

    /// What an edge computer costs
    #[arg(long, value_name = "PRICE")]
    pub edge: Option<f64>,

    /// How many devices (cameras, shelves, gates) one edge computer serves
    #[arg(long, value_name = "N", default_value = "8")]
    pub devices_per_edge: NonZeroUsize,

    /// What a machine costs that runs a node
    #[arg(long, value_name = "PRICE")]
    pub node: Option<f64>,

    /// How many nodes there are
    #[arg(long, value_name = "N", default_value = "1")]
    pub nodes: NonZeroUsize,

    /// The costs as one JSON object
    #[arg(long)]
    pub json: bool,
}
