//! How the authorisation of a visit stands, as its cart says it.

use std::{future::pending, time::Duration};

use amble_checkout::{StripeWebhook, WebhookError};
use amble_gateway::ports::{WebhookRefused, Webhooks};
use amble_ledger::HoldState;
use amble_store::Shop;
use async_trait::async_trait;
use tokio::time::sleep;

/// How often it is looked while the service has not answered: it answers within seconds, or is away.
const LOOK: Duration = Duration::from_secs(2);

/// As far as a shopper needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is authorised, or it stands: there is nothing to say, nor will there be.
    Fine,
    /// The service has not answered.
    Open,
    /// The service said no.
    Declined,
}

impl Standing {
    /// As the ledger has it. One that is away says nothing yet.
    pub async fn of(shop: &Shop, visit: &str, holds: bool) -> Self {
        if !holds {
            return Self::Fine;
        }
        let Ok(holds) = shop.ledger.holds_of(visit).await else {
            return Self::Open;
        };
        // A larger hold that was declined says no more than that the total is not covered.
        match holds.first().map(|hold| hold.state) {
            Some(HoldState::Declined) => Self::Declined,
            Some(HoldState::Wanted | HoldState::Asked) | None => Self::Open,
            Some(_) => Self::Fine,
        }
    }

    /// Whether the service said no.
    pub fn is_declined(self) -> bool {
        self == Self::Declined
    }

    /// Looks again after a while, and for ever when there is nothing to look for.
    pub async fn look(&mut self, shop: &Shop, visit: &str) {
        if *self != Self::Open {
            return pending().await;
        }
        sleep(LOOK).await;
        *self = Self::of(shop, visit, true).await;
    }
}

/// What Stripe tells, behind the gateway's door.
pub struct FromStripe(pub StripeWebhook);

#[async_trait]
impl Webhooks for FromStripe {
    async fn stripe(&self, signature: &str, body: &[u8]) -> Result<(), WebhookRefused> {
        let taken = self.0.take(signature, body).await;
        taken.map_err(|error| match error {
            WebhookError::Signature(error) => WebhookRefused::NotSigned(error.to_string()),
            WebhookError::Form(_) => WebhookRefused::Unreadable(error.to_string()),
            WebhookError::Secret(_) | WebhookError::Ledger(_) => {
                tracing::warn!(%error, "an event of the payment service was not taken");
                WebhookRefused::NotNow("its ledger or its secret can't be read".to_owned())
            }
        })
    }
}
