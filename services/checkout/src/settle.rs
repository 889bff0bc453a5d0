//! A sound receipt as the ledger's entry, and a sound correction as what goes with a verdict.

use amble_ledger::{Correction, Entry, OutboxEntry};

use crate::{
    correction::CorrectionDocument,
    document::ReceiptDocument,
    sums::{DocumentError, malformed},
};

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
    let body = serde_json::to_string(document).map_err(|error| malformed("receipt", &error))?;
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

/// The correction to store with a verdict, which sets going what follows: the refund, if something is to be
/// given back, and the letter.
///
/// # Errors
///
/// When the correction is not sound: nothing is to be given back then.
pub fn amend(document: &CorrectionDocument) -> Result<Correction, DocumentError> {
    document.check()?;
    let body = serde_json::to_string(document).map_err(|error| malformed("correction", &error))?;
    let refund = (document.total_minor < 0).then(|| OutboxEntry::refund(&document.id));
    let outbox = refund
        .into_iter()
        .chain([OutboxEntry::send_correction(&document.id)])
        .collect();
    Ok(Correction {
        id: document.id.clone(),
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
    use crate::{correction::tests::correction, document::tests::receipt};

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

    #[test]
    fn what_costs_the_same_is_not_given_back_but_sent() {
        let kinds = |lines: &[(&str, i64, i64)]| {
            let amended = amend(&correction("EUR", lines)).unwrap();
            let kinds = amended.outbox.iter().map(|entry| entry.kind);
            kinds.collect::<Vec<_>>()
        };
        let (refund, send) = (OutboxKind::Refund, OutboxKind::SendCorrection);
        assert_eq!(kinds(&[("Milk", -1, 149)]), [refund, send]);
        assert_eq!(kinds(&[("Milk", -1, 149), ("Tea", 1, 149)]), [send]);
        assert!(amend(&correction("EUR", &[("Milk", 1, 149)])).is_err());
    }
}
