//! `amble record`.

use std::path::PathBuf;

use clap::Args;

use super::{DayArgs, PlaysArgs};

const AFTER: &str = "\
Examples:
  amble record --store kiosk --seconds 300 day.amble
  amble record --store nanostore --script visits/cps-test-01.csv day.amble
  amble evaluate day.amble --truth day.truth.jsonl";

/// Writes a simulated day to a recording, without a shop.
///
/// The recording holds the store plan and every message of every device; beside it goes the truth,
/// what really happened.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct RecordArgs {
    /// The recording to write
    #[arg(value_name = "RECORDING")]
    pub output: PathBuf,

    /// The store plan: a file, or a known shop
    #[arg(long, value_name = "FILE|PROFILE")]
    pub store: String,

    /// Where the truth goes, as JSON lines; without it, beside the recording as .truth.jsonl
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,

    /// The private key (PEM) that passes are signed with; without it, nobody checks them
    #[arg(long, value_name = "FILE")]
    pub pass_key: Option<PathBuf>,

    /// What people do.
    #[command(flatten)]
    pub plays: PlaysArgs,

    /// What kind of day it is.
    #[command(flatten)]
    pub day: DayArgs,
}

impl RecordArgs {
    /// Where the truth goes.
    #[must_use]
    pub fn truth_file(&self) -> PathBuf {
        self.truth
            .clone()
            .unwrap_or_else(|| self.output.with_extension("truth.jsonl"))
    }
}
