//! `amble simulate`.

use std::path::PathBuf;

use clap::Args;

use super::{DayArgs, PlaysArgs, Speed};
use crate::client::WayArgs;

const AFTER: &str = "\
Examples:
  amble simulate --store kiosk --seconds 120
  amble simulate --store shop.json --tls certs/devices --pass-key issuer.pem --truth truth.jsonl
  amble simulate --store nanostore --script visits/cps-test-01.csv --speed max
  amble simulate --store kiosk --mishaps none --mishap put_back=0.3";

/// Plays simulated people and sensors against a shop.
///
/// It knows nothing of the shop but the public device protocol. With `--speed real` the devices run
/// by the wall's clock; any other speed needs a shop that was started with `serve --event-time`.
/// Ctrl-C ends it at once; on SIGTERM it lets nobody in any more, and ends when all have left.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct SimulateArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// The store plan, the same as the shop's: a file, or a known shop
    #[arg(long, value_name = "FILE|PROFILE")]
    pub store: String,

    /// How fast time runs: real, max, or a multiple such as 20x
    #[arg(long, default_value_t = Speed::Real)]
    pub speed: Speed,

    /// The private key (PEM) that passes are signed with; without it, with one that everybody knows
    #[arg(long, value_name = "FILE")]
    pub pass_key: Option<PathBuf>,

    /// Writes each pass to this file as it is held to a reader, as JSON lines with visit and pass
    #[arg(long, value_name = "FILE", requires = "pass_key")]
    pub passes: Option<PathBuf>,

    /// The payment method that all passes name, by the payment service's token
    #[arg(long, value_name = "TOKEN")]
    pub pay: Option<String>,

    /// The e-mail address that all receipts go to
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Option<String>,

    /// Writes what really happened to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,

    /// Writes to this file, as JSON lines, when and for how long a device waited in vain for the shop: each
    /// time that was longer than 40 ms (an outage is more than 100), as soon as it is over, and every second
    /// while it stands. In real time only
    #[arg(long, value_name = "FILE")]
    pub outages: Option<PathBuf>,

    /// Writes to this file, as a JSON object, the last frame of each device that the shop has acked: what
    /// it then must have
    #[arg(long, value_name = "FILE")]
    pub acks: Option<PathBuf>,

    /// Asks at this address, as phones do, for the receipt of each visit once all have left. Ends with status 1
    /// when somebody left with goods and has no receipt
    #[arg(long, value_name = "URL")]
    pub receipts: Option<String>,

    /// What was sent, as one JSON object
    #[arg(long)]
    pub json: bool,

    /// What people do.
    #[command(flatten)]
    pub plays: PlaysArgs,

    /// What kind of day it is.
    #[command(flatten)]
    pub day: DayArgs,
}
