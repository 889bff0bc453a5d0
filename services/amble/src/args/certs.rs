//! `amble certs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const AFTER: &str = "\
Examples:
  amble certs dev certs --store kiosk
  amble certs dev certs --store corner --host till.local --host 10.0.0.7 --device gate/entry --days 30";

/// Makes certificates for trying out.
///
/// A shop in earnest has them from an authority that is looked after, such as cert-manager's.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct CertsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CertsCommand,
}

/// What to do with certificates.
#[derive(Clone, Debug, Subcommand)]
pub enum CertsCommand {
    /// Makes an authority, and with it a certificate for nodes and one for devices
    Dev(DevArgs),
}

/// Certificates to be made.
#[derive(Args, Clone, Debug)]
pub struct DevArgs {
    /// The folder that they go into: `ca`, `node`, `devices`, and one for each further device. An authority that
    /// is there already is used again, everything else is made anew
    #[arg(value_name = "FOLDER")]
    pub out: PathBuf,

    /// The id of the store that they are for
    #[arg(long, value_name = "ID")]
    pub store: String,

    /// By which further names or addresses the nodes are reached; this machine is known always
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,

    /// Makes one for this device alone as well, such as gate/entry or shelf/g1/s2; may be given several times
    #[arg(long, value_name = "KIND/ID")]
    pub device: Vec<String>,

    /// For how many days they are good; 0: they have ended already, for tests
    #[arg(long, value_name = "N", default_value_t = 90)]
    pub days: u32,
}
