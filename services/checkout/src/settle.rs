//! A sound receipt as the ledger's entry.

use amble_ledger::{Entry, OutboxEntry};

use crate::document::{DocumentError, ReceiptDocument};

/// The entry that stores a receipt and sets going what follows: the charge, unless nothing is to be
/// paid, and the letter. `method` is the payment method's token, `address` where the receipt goes.
///
/// # Errors
///
/// When the receipt is not sound: it is not to be charged then.
pub fn settle(
    document: &ReceiptDocument,
    method: &str,
    address: &str,
) -> Result<Entry, DocumentError> {
    document.check()?;
    let body = serde_json::to_string(document)
        .map_err(|error| DocumentError::Malformed(error.to_string()))?;
    let charge = (document.total_minor > 0).then(|| OutboxEntry::charge(&document.id, method));
    let outbox = charge
        .into_iter()
        .chain([OutboxEntry::send(&document.id, address)])
        .collect();
    Ok(Entry::Receipt {
        id: document.id.clone(),
        visit: document.visit.clone(),
        settled_us: document.settled_us,
        total_minor: document.total_minor,
        currency: document.currency.clone(),
        body,
        outbox,
    })
}

#[cfg(test)]
mod tests {
    use amble_ledger::OutboxKind;

    use super::*;
    use crate::document::tests::receipt;

    fn kinds(document: &ReceiptDocument) -> Vec<OutboxKind> {
        match settle(document, "card", "") {
            Ok(Entry::Receipt { outbox, .. }) => outbox.iter().map(|entry| entry.kind).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_to_pay_is_not_charged_but_sent() {
        let paid = receipt("EUR", &[("Milk", 1, 149)]);
        assert_eq!(kinds(&paid), [OutboxKind::Charge, OutboxKind::Send]);
        assert_eq!(kinds(&receipt("EUR", &[])), [OutboxKind::Send]);
    }

    #[test]
    fn an_unsound_receipt_is_not_settled() {
        let mut document = receipt("EUR", &[("Milk", 1, 149)]);
        document.total_minor = 1;
        assert!(settle(&document, "card", "").is_err());
    }
}
