//! One attempt at one outbox entry.

mod hold;
mod letters;
mod refund;

use std::sync::Arc;

use amble_ledger::{Ledger, LedgerError, OutboxItem, OutboxKind, Receipt};

use crate::{
    mail::Mail,
    payment::{ChargeOrder, Money, Payment, PaymentError},
};

/// Who does what the entries ask for.
#[derive(Clone)]
pub(crate) struct Doers {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) payment: Arc<dyn Payment>,
    pub(crate) mail: Arc<dyn Mail>,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Done; what the other side said.
    Delivered(String),
    /// The other side said no for good.
    Refused(String),
    /// Neither: try again.
    Again(String),
}

impl Attempt {
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::Refused(_) => "refused",
            Self::Again(_) => "again",
        }
    }
}

impl Doers {
    pub(crate) async fn attempt(&self, item: &OutboxItem) -> Attempt {
        let receipt = match self.ledger.receipt(&item.receipt).await {
            Ok(Some(receipt)) => receipt,
            Ok(None) => return missing("receipt", &item.receipt),
            Err(error) => return unread(&error),
        };
        match item.kind {
            OutboxKind::Charge => self.charge(item, receipt).await,
            OutboxKind::Send => self.send(item, receipt).await,
            OutboxKind::Refund => self.refund(item, receipt).await,
            OutboxKind::SendCorrection => self.send_correction(item).await,
        }
    }

    async fn charge(&self, item: &OutboxItem, receipt: Receipt) -> Attempt {
        if receipt.total_minor == 0 {
            return Attempt::Delivered("nothing to charge".to_owned());
        }
        let order = ChargeOrder {
            key: receipt.id.clone(),
            since_us: receipt.settled_us,
            method: item.body.clone(),
            amount: Money {
                minor: receipt.total_minor,
                currency: receipt.currency,
            },
        };
        match self.captured(&receipt.visit, &order).await {
            Ok(Some(attempt)) => attempt,
            Ok(None) => paid(self.payment.charge(&order).await),
            Err(error) => unread(&error),
        }
    }
}

/// What a payment service's answer comes to.
fn paid(answer: Result<String, PaymentError>) -> Attempt {
    match answer {
        Ok(reference) => Attempt::Delivered(reference),
        Err(error @ PaymentError::Declined(_)) => Attempt::Refused(error.to_string()),
        Err(error @ PaymentError::Retryable(_)) => Attempt::Again(error.to_string()),
    }
}

fn missing(what: &str, id: &str) -> Attempt {
    Attempt::Refused(format!("the ledger has no {what} {id}"))
}

fn unread(error: &LedgerError) -> Attempt {
    Attempt::Again(error.to_string())
}
