//! What Stripe tells by itself.
//!
//! 1. Nothing is believed that is not signed with the endpoint's secret within [`TOLERANCE`]; who signed nothing learns
//!    only that.
//! 2. An event counts once, by its id, with what it ends in one transaction: it may be told again, to any node.
//! 3. An event ends an outbox entry only if it says just what the entry asked for; all else is left to the repeated
//!    request, which is certain. So an event that is lost costs time, and no money.
//! 4. What nobody asked for (a chargeback, a refund that a bank sends back) is logged and counted: somebody has to look.
//!
//! Sources: docs.stripe.com/webhooks (signatures, duplicates, order), docs.stripe.com/api/events.

mod event;
mod signature;

use std::{sync::Arc, time::Duration};

use amble_ledger::{Ledger, LedgerError, OutboxEnd, OutboxKind, ProviderEvent};

pub use signature::SignatureError;

use crate::{
    clock,
    payment::Money,
    secret::{SecretError, SecretFile},
    stripe::amount,
    telemetry,
};
use event::{Event, Means};

/// How old a signature may be, and how far ahead: what Stripe's own libraries allow.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// Takes in what Stripe tells.
pub struct StripeWebhook {
    ledger: Arc<dyn Ledger>,
    secret: SecretFile,
}

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// It is not signed as it must be.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is signed, and no event.
    #[error("the body is no event: {0}")]
    Form(#[from] serde_json::Error),
    /// The secret can't be read: this shop's fault.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The ledger can't be asked now; the event is told again.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl WebhookError {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Signature(_) => "bad_signature",
            Self::Form(_) => "unreadable",
            Self::Secret(_) | Self::Ledger(_) => "not_now",
        }
    }
}

impl StripeWebhook {
    /// Checks that the secret can be read.
    ///
    /// # Errors
    /// When it can't.
    pub fn new(ledger: Arc<dyn Ledger>, secret: SecretFile) -> Result<Self, SecretError> {
        secret.read()?;
        Ok(Self { ledger, secret })
    }

    /// Takes an event: the header `Stripe-Signature`, and the body as it came.
    ///
    /// # Errors
    /// When it is to be refused.
    pub async fn take(&self, signature: &str, body: &[u8]) -> Result<(), WebhookError> {
        let taken = self.taken(signature, body, clock::now_us()).await;
        let result = match &taken {
            Ok(result) => result,
            Err(error) => error.as_str(),
        };
        telemetry::told(result);
        taken.map(drop)
    }

    async fn taken(
        &self,
        signature: &str,
        body: &[u8],
        now_us: i64,
    ) -> Result<&'static str, WebhookError> {
        let secret = self.secret.read()?;
        signature::check(signature, body, &secret, now_us.div_euclid(1_000_000))?;
        let event: Event = serde_json::from_slice(body)?;
        let means = event.means();
        let ends = self.ends(&means).await?;
        let result = match (&means, &ends) {
            (Means::Nothing, _) => "noted",
            (Means::Look(_), _) => "look",
            (_, Some(_)) => "settled",
            (_, None) => "left",
        };
        let told = ProviderEvent {
            id: event.id.clone(),
            kind: event.kind.clone(),
            about: event.object().id.clone(),
            seen_us: now_us,
            ends,
        };
        if !self.ledger.provider_told(told).await? {
            return Ok("again");
        }
        if let Means::Look(why) = &means {
            tracing::error!(
                event = event.id,
                about = event.object().id,
                why,
                "somebody has to look"
            );
        }
        Ok(result)
    }

    /// Rule 3.
    async fn ends(&self, means: &Means) -> Result<Option<(String, OutboxEnd)>, LedgerError> {
        match means {
            Means::Nothing | Means::Look(_) => Ok(None),
            Means::Charged {
                receipt,
                reference,
                counted,
                currency,
            } => {
                let Some(stored) = self.ledger.receipt(receipt).await? else {
                    return Ok(None);
                };
                let asked = Money {
                    minor: stored.total_minor,
                    currency: stored.currency,
                };
                let entry = format!("{receipt}/{}", OutboxKind::Charge);
                let same =
                    asked.currency.eq_ignore_ascii_case(currency) && amount(&asked) == Ok(*counted);
                Ok(same.then(|| (entry, OutboxEnd::Delivered(reference.clone()))))
            }
            Means::GivenBack {
                correction,
                reference,
                counted,
                currency,
            } => {
                let Some(stored) = self.ledger.correction(correction).await? else {
                    return Ok(None);
                };
                let asked = Money {
                    minor: stored.total_minor.saturating_neg(),
                    currency: stored.currency,
                };
                let entry = format!("{correction}/{}", OutboxKind::Refund);
                let same =
                    asked.currency.eq_ignore_ascii_case(currency) && amount(&asked) == Ok(*counted);
                Ok(same.then(|| (entry, OutboxEnd::Delivered(reference.clone()))))
            }
        }
    }
}
