//! Who charges.

use std::path::{Path, PathBuf};

use amble_checkout::{SecretFile, StripeAccount};
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
        Ok(())
    }

    /// The account at Stripe, when that is who charges.
    pub fn stripe(&self) -> Option<StripeAccount> {
        (self.service == PaymentService::Stripe).then(|| StripeAccount {
            url: self.url.clone(),
            key: SecretFile::new(&self.key_file),
        })
    }
}
