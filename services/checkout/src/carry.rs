//! One attempt at one outbox entry.

use std::sync::Arc;

use amble_ledger::{Ledger, LedgerError, OutboxItem, OutboxKind, Receipt};

use crate::{
    document::ReceiptDocument,
    mail::{Letter, Mail, MailError},
    page,
    payment::{ChargeOrder, Money, Payment, PaymentError},
    text,
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
            Ok(None) => return Attempt::Refused(missing(item)),
            Err(error) => return unread(&error),
        };
        match item.kind {
            OutboxKind::Charge => self.charge(item, receipt).await,
            OutboxKind::Send => self.send(item, receipt).await,
            // Nobody writes corrections yet; what comes before the doer is there waits for it.
            OutboxKind::Refund | OutboxKind::SendCorrection => {
                Attempt::Again("corrections are not carried out yet".to_owned())
            }
        }
    }

    async fn charge(&self, item: &OutboxItem, receipt: Receipt) -> Attempt {
        if receipt.total_minor == 0 {
            return Attempt::Delivered("nothing to charge".to_owned());
        }
        let order = ChargeOrder {
            key: receipt.id,
            since_us: receipt.settled_us,
            method: item.body.clone(),
            amount: Money {
                minor: receipt.total_minor,
                currency: receipt.currency,
            },
        };
        match self.payment.charge(&order).await {
            Ok(reference) => Attempt::Delivered(reference),
            Err(error @ PaymentError::Declined(_)) => Attempt::Refused(error.to_string()),
            Err(error @ PaymentError::Retryable(_)) => Attempt::Again(error.to_string()),
        }
    }

    async fn send(&self, item: &OutboxItem, receipt: Receipt) -> Attempt {
        let document = match ReceiptDocument::from_json(&receipt.body) {
            Ok(document) => document,
            Err(error) => return Attempt::Refused(error.to_string()),
        };
        let letter = Letter {
            receipt: receipt.id,
            address: item.body.clone(),
            store: document.store.clone(),
            subject: page::title(&document),
            settled_us: document.settled_us,
            json: receipt.body,
            text: text::receipt(&document),
            html: page::page(&document),
        };
        match self.mail.send(&letter).await {
            Ok(place) => Attempt::Delivered(place),
            Err(error @ MailError::Refused(_)) => Attempt::Refused(error.to_string()),
            Err(error @ MailError::Retryable(_)) => Attempt::Again(error.to_string()),
        }
    }
}

fn missing(item: &OutboxItem) -> String {
    format!("the ledger has no receipt {}", item.receipt)
}

fn unread(error: &LedgerError) -> Attempt {
    Attempt::Again(error.to_string())
}
