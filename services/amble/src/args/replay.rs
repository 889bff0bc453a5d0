//! `amble replay`.

use std::path::PathBuf;

use clap::Args;
use figment::value::Value;

const AFTER: &str = "\
Examples:
  amble replay day.amble
  amble replay day.amble --workers 1 > receipts.jsonl
  amble replay day.amble --tracks day.tracks.txt";

/// Runs a recording through a shop, as fast as it can.
///
/// Prints the receipts in the order of settling, each as one line of JSON. The same recording gives
/// the same receipts, on any number of threads.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ReplayArgs {
    /// The recording
    pub recording: PathBuf,

    /// Worker threads; without it as the setting `workers` says
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,

    /// Receipts as JSON lines, which is also what comes without it
    #[arg(long, conflicts_with = "text")]
    pub json: bool,

    /// Writes where everybody was tracked to this file, in the MOT Challenge's form with floor
    /// positions in metres as x and y
    #[arg(long, value_name = "FILE")]
    pub tracks: Option<PathBuf>,

    /// Receipts as on paper instead
    #[arg(long)]
    pub text: bool,
}

impl ReplayArgs {
    /// The settings that these options set.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        super::workers(self.workers)
    }
}
