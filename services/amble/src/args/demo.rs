//! `amble demo`.

use std::path::PathBuf;

use clap::Args;

use super::Speed;

const AFTER: &str = "\
Examples:
  amble demo
  amble demo --profile kiosk --seconds 20 --json
  amble demo --store my-shop.json --people 10 --speed real";

/// Shows a whole shop at work.
///
/// Opens a shop, fills it with simulated people who make the usual mishaps, lets their cameras and
/// shelves speak to it over gRPC, and shows the live carts. At the end it compares the receipts
/// with what really happened. Where the standard output is no terminal, the carts come as a log.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct DemoArgs {
    /// Which of the known shops: kiosk, convenience, stadium, supermarket or nanostore
    #[arg(
        long,
        value_name = "NAME",
        default_value = "convenience",
        conflicts_with = "store"
    )]
    pub profile: String,

    /// Your own store plan instead
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,

    /// People do what this script says: CSV with t_s,shopper,action,gtin,gondola,shelf,plates
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,

    /// About how many people are inside at once; without it, what fits the shop
    #[arg(long, value_name = "N")]
    pub people: Option<u32>,

    /// After how many seconds on the wall's clock it ends
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,

    /// The same seed gives the same people
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// How fast time runs in the shop: real, max, or a multiple such as 20x
    #[arg(long, default_value_t = Speed::Max)]
    pub speed: Speed,

    /// The summary as one JSON object, on the last line
    #[arg(long)]
    pub json: bool,
}
