//! `amble shelves`: what stands where.

use clap::Args;

use super::inspect::FormArgs;
use crate::client::WayArgs;

const SHELVES: &str = "\
Examples:
  amble shelves
  amble shelves --shelf g1/s2
  amble shelves --mismatched
  amble shelves --mismatched --json";

/// Lists what stands on the shelves of a shop, and where that is not what the plan says.
///
/// What stands there follows from the plan and from all that people took, put back and brought since. A place is
/// told to be wrong when that is at least 0.9 probable, and right again when it is at most 0.5 probable.
#[derive(Args, Clone, Debug)]
#[command(after_help = SHELVES)]
pub struct ShelvesArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// How it is printed.
    #[command(flatten)]
    pub form: FormArgs,

    /// Only this shelf
    #[arg(long, value_name = "GONDOLA/SHELF", default_value = "")]
    pub shelf: String,

    /// Only what is not as the plan says, the oldest first
    #[arg(long)]
    pub mismatched: bool,
}
