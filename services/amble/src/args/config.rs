//! `amble config`.

use clap::Args;

const AFTER: &str = "\
Settings come from, in this order: their defaults; the file (--config, or amble.toml here); the
environment (AMBLE_STORE, AMBLE_LISTEN__GRPC: two underscores between a section and its setting);
the command's options.

Examples:
  amble config
  amble config > amble.toml
  amble config --json";

/// Prints every setting.
///
/// As a file that can be used as it is: each setting with what it does and its default; those that
/// differ from it have their value, all others are commented out.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ConfigArgs {
    /// The values that are in effect, as one JSON object
    #[arg(long)]
    pub json: bool,
}
