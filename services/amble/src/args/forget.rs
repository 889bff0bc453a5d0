//! `amble forget`.

use std::{path::PathBuf, time::SystemTime};

use clap::Args;
use figment::value::Value;
use humantime::Duration;

const AFTER: &str = "\
Examples:
  amble forget --visit 7f3a
  amble forget --subject ada.txt
  amble forget --older-than 90days
  amble forget --before 2026-11-01T00:00:00Z --ledger postgres://amble@db/shop";

/// Takes away what ties visits to people, and keeps the books.
///
/// The address that a receipt went to, the payment method, the pass and the visit's events go; receipts, corrections, their
/// numbers, totals and taxes stay, and so does the payment service's own reference. docs/PRIVACY.md says why. The shop may
/// run meanwhile. Doing it again changes nothing.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ForgetArgs {
    /// Whose visits.
    #[command(flatten)]
    pub whose: WhoseArgs,

    /// Only say how many visits it would be
    #[arg(long)]
    pub dry_run: bool,

    /// Where the ledger is; without it where the settings say
    #[arg(long, value_name = "FILE|URL")]
    pub ledger: Option<String>,
}

/// Whose visits are forgotten.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct WhoseArgs {
    /// This visit
    #[arg(long, value_name = "ID")]
    pub visit: Option<String>,

    /// Those of whom this file's one line names: an address, a payment method, or a customer at the payment service. A file,
    /// so that it is in no list of processes and no shell's history; - is the standard input
    #[arg(long, value_name = "FILE")]
    pub subject: Option<PathBuf>,

    /// Those that were settled longer ago than this, by this machine's clock
    #[arg(long, value_name = "TIME")]
    pub older_than: Option<Duration>,

    /// Those that were settled before then
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_rfc3339)]
    pub before: Option<SystemTime>,
}

impl ForgetArgs {
    /// The settings that these options set.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        super::ledger(self.ledger.as_deref())
    }
}
