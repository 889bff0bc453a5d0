//! The settings: one struct per concern, each field's comment says what changing it does.
//!
//! 1. A setting comes from, each overruling the one before: its default; the file; the environment;
//!    the command's options.
//! 2. A setting that is unknown, or has a value that it can't have, is an error that names it and
//!    says where it stands. Nothing is ignored.
//! 3. `amble config` prints these comments and nothing else: what a setting does is written once.

mod checkout;
mod cluster;
mod document;
mod doubt;
mod environment;
mod ledger;
mod limits;
mod listen;
mod load;
mod operators;
mod passes;
mod payment;
mod smtp;
mod telemetry;
mod tls;

use std::time::Duration;

use amble_store::Settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

pub use checkout::CheckoutConfig;
pub use cluster::ClusterConfig;
pub use document::document;
pub use doubt::DoubtConfig;
pub use ledger::LedgerPlace;
pub use limits::LimitsConfig;
pub use listen::ListenConfig;
pub use load::load;
pub use operators::OperatorsConfig;
pub use passes::PassesConfig;
pub use payment::PaymentConfig;
pub use smtp::SmtpConfig;
pub use telemetry::{LogFormat, TelemetryConfig};
pub use tls::TlsConfig;

/// What receipts were decided from is kept for so many days at least: payment services tell again for some.
const LEAST_DAYS: u32 = 7;

/// Every setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The store plan that `serve` opens: a file, or one of the known shops such as `kiosk`.
    pub store: String,
    /// Where what must survive goes: visits, decisions, receipts, and how far each device is acked. For
    /// a shop on one machine a file; its folder is made when it is missing. For one on several, a
    /// database: `postgres://user@host/database?sslmode=verify-full`, the same for all nodes; leave the
    /// password to the variable `PGPASSWORD`, for others may read settings. `:memory:` keeps nothing
    /// beyond the process. In another place the shop begins anew.
    pub ledger: LedgerPlace,
    /// For how many days what receipts were decided from is kept (interactions, decisions, scans, used
    /// passes), at least 7; receipts, charges, corrections and reviews stay. Longer explains older
    /// receipts, and takes room in the ledger.
    pub keep_days: u32,
    /// How many worker threads the process uses; 0: as many as the machine has cores. It changes no
    /// receipt.
    pub workers: usize,
    /// Where the doors are.
    pub listen: ListenConfig,
    /// Who this process is, and whom it believes.
    pub tls: TlsConfig,
    /// Who may open visits.
    pub passes: PassesConfig,
    /// Who may look into the shop and change it.
    pub operators: OperatorsConfig,
    /// With whom the shop is run.
    pub cluster: ClusterConfig,
    /// What follows a receipt.
    pub checkout: CheckoutConfig,
    /// How the shop waits, and for whom.
    pub waiting: Settings,
    /// What mistakes and reviews cost.
    pub doubt: DoubtConfig,
    /// What may come in through the doors.
    pub limits: LimitsConfig,
    /// What the process says about itself.
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// For how long what receipts were decided from is kept.
    ///
    /// # Errors
    /// When that is too short for whoever shops, complains or notifies.
    pub fn keep(&self) -> Result<Duration, Failure> {
        if self.keep_days < LEAST_DAYS {
            return Err(Failure::usage(format!(
                "keep_days is {}: what receipts were decided from is needed for {LEAST_DAYS} days at least",
                self.keep_days
            )));
        }
        Ok(Duration::from_hours(24 * u64::from(self.keep_days)))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store: "store.json".to_owned(),
            ledger: LedgerPlace::default(),
            keep_days: 90,
            workers: 0,
            listen: ListenConfig::default(),
            tls: TlsConfig::default(),
            passes: PassesConfig::default(),
            operators: OperatorsConfig::default(),
            cluster: ClusterConfig::default(),
            checkout: CheckoutConfig::default(),
            waiting: Settings::default(),
            doubt: DoubtConfig::default(),
            limits: LimitsConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}
