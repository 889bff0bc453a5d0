//! What is printed of a document, whichever it is: the same for paper and page.

use crate::{
    clock::minute,
    correction::CorrectionDocument,
    currency::amount,
    document::{ReceiptDocument, ReceiptTax},
    words::{Words, words},
};

/// A receipt or a correction, in its words.
pub(crate) struct Print<'d> {
    pub(crate) words: &'static Words,
    pub(crate) store_name: &'d str,
    /// What it is: `Receipt`.
    pub(crate) what: &'static str,
    pub(crate) id: &'d str,
    /// A word and the id of the document that it belongs to.
    pub(crate) belongs: Option<(&'static str, &'d str)>,
    /// Words, and when that was.
    pub(crate) times: Vec<(&'static str, String)>,
    pub(crate) lines: Vec<Line<'d>>,
    pub(crate) currency: &'d str,
    pub(crate) total_minor: i64,
    pub(crate) taxes: &'d [ReceiptTax],
    /// A word and a number or an amount below it all.
    pub(crate) last: Option<(&'static str, String)>,
}

/// One line of it.
pub(crate) struct Line<'d> {
    pub(crate) name: &'d str,
    pub(crate) quantity: i64,
    pub(crate) unit_price_minor: i64,
    pub(crate) amount_minor: i64,
    pub(crate) tax: &'d str,
}

impl<'d> Print<'d> {
    pub(crate) fn receipt(document: &'d ReceiptDocument) -> Self {
        let words = words(&document.language);
        let lines = document.lines.iter().map(|line| Line {
            name: &line.name,
            quantity: line.quantity.into(),
            unit_price_minor: line.unit_price_minor,
            amount_minor: line.amount_minor,
            tax: &line.tax,
        });
        Self {
            words,
            store_name: &document.store_name,
            what: words.receipt,
            id: &document.id,
            belongs: None,
            times: vec![
                (words.entered, minute(document.entered_us)),
                (words.left, minute(document.left_us)),
            ],
            lines: lines.collect(),
            currency: &document.currency,
            total_minor: document.total_minor,
            taxes: &document.taxes,
            last: (document.undecided > 0).then(|| (words.unclear, document.undecided.to_string())),
        }
    }

    pub(crate) fn correction(document: &'d CorrectionDocument) -> Self {
        let words = words(&document.language);
        let lines = document.lines.iter().map(|line| Line {
            name: &line.name,
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            amount_minor: line.amount_minor,
            tax: &line.tax,
        });
        let back = || amount(document.total_minor.saturating_neg(), &document.currency);
        Self {
            words,
            store_name: &document.store_name,
            what: words.correction,
            id: &document.id,
            belongs: Some((words.corrects, &document.receipt)),
            times: vec![(words.decided, minute(document.decided_us))],
            lines: lines.collect(),
            currency: &document.currency,
            total_minor: document.total_minor,
            taxes: &document.taxes,
            last: (document.total_minor < 0).then(|| (words.refund, back())),
        }
    }

    /// An amount in its currency.
    pub(crate) fn money(&self, minor: i64) -> String {
        amount(minor, self.currency)
    }

    /// What a letter with it is about.
    pub(crate) fn title(&self) -> String {
        let total = self.money(self.total_minor);
        format!(
            "{}: {} {total} {}",
            self.store_name, self.what, self.currency
        )
    }
}
