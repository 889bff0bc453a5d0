//! `amble replay`.

use std::path::PathBuf;

use clap::Args;
use figment::value::Value;

const AFTER: &str = "\
Examples:
  amble replay day.amble
  amble replay day.amble --workers 1 > receipts.jsonl";

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
