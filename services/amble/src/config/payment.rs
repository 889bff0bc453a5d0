//! Who charges.

use std::path::{Path, PathBuf};

use amble_checkout::{Holds, LimitError, SecretFile, StripeAccount};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Who charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentConfig {
    /// `sandbox` moves no money: every charge succeeds, and is forgotten when the process ends. `stripe`
    /// charges the payment method that the visit's pass names; a visit whose pass names none is
    /// declined, which somebody has to look at.
    pub service: PaymentService,
    /// Where the service is reached; by `https`, or by `http` on this machine only. Another address is
    /// for a stand-in.
    pub url: String,
    /// The file with the service's secret key. It is read for each request: a key that is replaced
    /// there holds at once.
    pub key_file: PathBuf,
    /// How much is authorised when a visit begins, in minor units of the store's currency; 0: nothing, and receipts are
    /// charged at the exit only. More covers more carts without a raise, and takes more of a shopper's card for the time of
    /// the visit. Nobody is stopped at the gate: one that is declined is told to the shopper's page and to operators.
    pub hold_minor: i64,
    /// How much more is authorised whenever a cart passes what is; 0: as much as at the entry.
    pub raise_minor: i64,
    /// The file with the secret of the webhook that the service has for this shop: it tells its events to
    /// `/webhooks/stripe` on the port of the pages. Empty: nothing is listened to, and repeated requests find out all.
    pub webhook_secret_file: PathBuf,
}

/// Services that charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentService {
    /// None: what is charged is noted in memory.
    Sandbox,
    /// Stripe, or what speaks as it does.
    Stripe,
}

impl Default for PaymentConfig {
    fn default() -> Self {
        Self {
            service: PaymentService::Sandbox,
            url: "https://api.stripe.com".to_owned(),
            key_file: PathBuf::new(),
            hold_minor: 0,
            raise_minor: 0,
            webhook_secret_file: PathBuf::new(),
        }
    }
}

impl PaymentConfig {
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.service == PaymentService::Stripe && self.key_file == Path::new("") {
            return Err(Failure::usage(
                "payment.service is stripe: payment.key_file must name the file with its secret key",
            ));
        }
        if self.service == PaymentService::Sandbox && self.webhook_secret_file != Path::new("") {
            return Err(Failure::usage(
                "payment.webhook_secret_file is set: payment.service must be stripe, which tells events",
            ));
        }
        self.holds()?;
        Ok(())
    }

    /// What is authorised for visits, if anything is.
    ///
    /// # Errors
    /// When the amounts make no sense.
    pub fn holds(&self) -> Result<Option<Holds>, LimitError> {
        if self.hold_minor == 0 && self.raise_minor == 0 {
            return Ok(None);
        }
        let step = match self.raise_minor {
            0 => self.hold_minor,
            step => step,
        };
        Holds::new(self.hold_minor, step).map(Some)
    }

    /// The secret that the service signs its events with, if it shall tell them.
    pub fn webhook_secret(&self) -> Option<SecretFile> {
        let file = &self.webhook_secret_file;
        (file != Path::new("")).then(|| SecretFile::new(file))
    }

    /// The account at Stripe, when that is who charges.
    pub fn stripe(&self) -> Option<StripeAccount> {
        (self.service == PaymentService::Stripe).then(|| StripeAccount {
            url: self.url.clone(),
            key: SecretFile::new(&self.key_file),
        })
    }
}
