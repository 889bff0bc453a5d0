//! What follows a receipt.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use amble_checkout::{Backoff, LANGUAGES, LimitError, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PaymentConfig, SmtpConfig};
use crate::failure::Failure;

/// What follows a receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckoutConfig {
    /// The folder that receipts are put into, as JSON and as text. It is made when it is missing.
    pub receipts: PathBuf,
    /// The language of receipts whose pass names none: `en`, `de` or `ja`. It changes words only.
    pub language: String,
    /// How many charges and letters are under way at once, 1 to 256. More: a slow payment holds up
    /// fewer others; more than the payment service wants at once only earns refusals.
    pub parallel: usize,
    /// How long one attempt to charge or to send may take. Longer spares a question whether it was
    /// done after all; shorter tries again sooner.
    pub attempt_ms: u64,
    /// How often the ledger is asked for work without being woken: how late a retry may be.
    pub poll_ms: u64,
    /// The pause after the first attempt in vain; it doubles with each further one.
    pub first_retry_ms: u64,
    /// The longest such pause, at most a day. Longer spares a service that is down; shorter notices
    /// sooner that it is back.
    pub longest_retry_ms: u64,
    /// Who charges.
    pub payment: PaymentConfig,
    /// The mail server that receipts go through.
    pub smtp: SmtpConfig,
}

impl Default for CheckoutConfig {
    fn default() -> Self {
        Self {
            receipts: PathBuf::from("amble-data/receipts"),
            language: "en".to_owned(),
            parallel: 16,
            attempt_ms: 10_000,
            poll_ms: 1_000,
            first_retry_ms: 1_000,
            longest_retry_ms: 300_000,
            payment: PaymentConfig::default(),
            smtp: SmtpConfig::default(),
        }
    }
}

impl CheckoutConfig {
    /// The defaults, with receipts in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            receipts: folder.join("receipts"),
            ..Self::default()
        }
    }

    /// Whether every value makes sense, as far as that can be said without looking at files.
    ///
    /// # Errors
    /// The first that makes none.
    pub fn check(&self) -> Result<(), Failure> {
        self.limits()?;
        if !LANGUAGES.contains(&self.language.as_str()) {
            return Err(Failure::usage(format!(
                "language is {:?}, and must be one of {}",
                self.language,
                LANGUAGES.join(", ")
            )));
        }
        self.payment.check()?;
        self.smtp.check()
    }

    /// How hard the outbox tries.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub fn limits(&self) -> Result<Limits, LimitError> {
        let ms = Duration::from_millis;
        let backoff = Backoff::new(ms(self.first_retry_ms), ms(self.longest_retry_ms))?;
        Limits::new(
            self.parallel,
            ms(self.attempt_ms),
            ms(self.poll_ms),
            backoff,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_checkout() {
        let config = CheckoutConfig::default();
        assert_eq!(config.limits(), Ok(Limits::default()));
        assert!(config.check().is_ok());
    }

    #[test]
    fn letters_go_where_the_setting_says() {
        let mut config = CheckoutConfig::default();
        assert!(config.smtp.server(1).is_none());
        config.smtp.server = "[::1]:2525".to_owned();
        let server = config.smtp.server(4).unwrap();
        assert_eq!((server.host.as_str(), server.port), ("::1", 2525));
    }

    #[test]
    fn half_a_setting_is_refused() {
        let refused = |change: fn(&mut CheckoutConfig)| {
            let mut config = CheckoutConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.language = "tlh".to_owned()).contains("en, de, ja"));
        assert!(refused(|c| c.smtp.server = "mail".to_owned()).contains("a host and a port"));
        assert!(refused(|c| c.smtp.server = "mail:465".to_owned()).contains("from"));
        let stripe = refused(|c| c.payment.service = super::super::payment::PaymentService::Stripe);
        assert!(stripe.contains("key_file"), "{stripe}");
        let half = |c: &mut CheckoutConfig| {
            c.smtp.server = "mail:465".to_owned();
            c.smtp.from = "a@b.c".to_owned();
            c.smtp.user = "shop".to_owned();
        };
        assert!(refused(half).contains("password_file"));
    }
}
