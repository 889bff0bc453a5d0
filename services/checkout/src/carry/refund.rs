//! Giving back what a correction says.
//!
//! 1. A charge goes before its refunds: as long as it has not ended, they wait.
//! 2. Of a charge that was refused nothing is given back, and the entry says so.

use amble_ledger::{OutboxItem, OutboxKind, Receipt};

use super::{Attempt, Doers, missing, paid, unread};
use crate::payment::{Money, RefundOrder};

impl Doers {
    pub(super) async fn refund(&self, item: &OutboxItem, receipt: Receipt) -> Attempt {
        let correction = match self.ledger.correction(item.of()).await {
            Ok(Some(correction)) => correction,
            Ok(None) => return missing("correction", item.of()),
            Err(error) => return unread(&error),
        };
        if correction.total_minor >= 0 {
            return Attempt::Delivered("nothing to give back".to_owned());
        }
        let outbox = match self.ledger.outbox_of(&receipt.id).await {
            Ok(outbox) => outbox,
            Err(error) => return unread(&error),
        };
        let charge = outbox
            .into_iter()
            .find(|entry| entry.kind == OutboxKind::Charge);
        let Some(charge) = charge else {
            return missing("charge of receipt", &receipt.id);
        };
        let said = charge.note.unwrap_or_default();
        let reference = match charge.outcome.as_deref() {
            Some("delivered") => said,
            Some(_) => {
                return Attempt::Refused(format!(
                    "receipt {} was never charged, so nothing is given back: {said}",
                    receipt.id
                ));
            }
            None => {
                return Attempt::Again(format!("receipt {} has not been charged yet", receipt.id));
            }
        };
        let order = RefundOrder {
            key: correction.id,
            since_us: correction.decided_us,
            charge: receipt.id,
            reference,
            amount: Money {
                minor: correction.total_minor.saturating_neg(),
                currency: correction.currency,
            },
        };
        paid(self.payment.refund(&order).await)
    }
}
