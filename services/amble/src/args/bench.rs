//! `amble bench`.

use clap::{Args, ValueEnum};

const AFTER: &str = "\
Examples:
  amble bench kiosk
  amble bench stadium --seconds 180 --json
  amble bench supermarket --attribution";

/// Measures what a shop of a given size costs this machine.
///
/// Plays a full shop against the public protocol in real time, from a process of its own, and
/// prints detections and samples a second, CPU cores and memory that the shop used, latencies from
/// the last needed message to the cart, and whether it kept up.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct BenchArgs {
    /// Which of the known shops
    pub profile: String,

    /// How long to measure, in seconds, once the shop has filled
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,

    /// About how many people are inside at once; without it, what fits the shop
    #[arg(long, value_name = "N")]
    pub people: Option<u32>,

    /// The same seed gives the same people
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// How often plates are read
    #[arg(long, value_enum, default_value_t = BenchPlates::Slow)]
    pub plates: BenchPlates,

    /// Only what deciding costs: the interactions of a simulated day, decided again without the rest of the
    /// shop; not in real time
    #[arg(long)]
    pub attribution: bool,

    /// The figures as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// How often plates are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchPlates {
    /// Ten times a second, each sample in a frame of its own
    #[value(name = "10hz")]
    Slow,
    /// 60 times a second, in frames of twelve
    #[value(name = "60hz")]
    Fast,
}
