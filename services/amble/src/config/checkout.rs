//! What follows a receipt.

use std::{path::PathBuf, time::Duration};

use amble_checkout::{Backoff, LimitError, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What follows a receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckoutConfig {
    /// The folder that receipts are put into, as JSON and as text. It is made when it is missing.
    pub receipts: PathBuf,
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
}

impl Default for CheckoutConfig {
    fn default() -> Self {
        Self {
            receipts: PathBuf::from("amble-data/receipts"),
            parallel: 16,
            attempt_ms: 10_000,
            poll_ms: 1_000,
            first_retry_ms: 1_000,
            longest_retry_ms: 300_000,
        }
    }
}

impl CheckoutConfig {
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
        assert_eq!(CheckoutConfig::default().limits(), Ok(Limits::default()));
    }
}
