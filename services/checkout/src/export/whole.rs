//! All sales of a ledger, page by page.

use std::io::{self, Write};

use amble_ledger::{Ledger, LedgerError, ReceiptPlace};

use super::{Export, Sale};
use crate::sums::DocumentError;

/// Receipts that are read at once.
const PAGE: u32 = 500;

/// Why an export ended too soon.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What is stored is not sound.
    #[error("receipt {receipt} can't be given out: {why}")]
    Document {
        /// The receipt, itself or by one of its corrections.
        receipt: String,
        /// What is wrong.
        why: DocumentError,
    },
    /// Nothing more can be written.
    #[error("what was sold can't be written: {0}")]
    Written(#[from] io::Error),
}

/// Writes the sales whose receipt was settled from `since_us` on and before `until_us`, the one settled last
/// first; in microseconds since the Unix epoch, and without a bound when there is none.
///
/// # Errors
///
/// When the ledger can't be read, a stored document is not sound, or nothing more can be written.
pub async fn sales<W: Write>(
    ledger: &dyn Ledger,
    since_us: Option<i64>,
    until_us: Option<i64>,
    export: &mut Export<W>,
) -> Result<(), ExportError> {
    let since_us = since_us.unwrap_or(i64::MIN);
    // The list goes on after this place: with what was settled before that time.
    let mut place = until_us.map(|settled_us| ReceiptPlace {
        settled_us,
        id: String::new(),
    });
    loop {
        let page = ledger.receipts(place.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        place = Some(last.place());
        for receipt in &page {
            if receipt.settled_us < since_us {
                return Ok(());
            }
            let corrections = ledger.corrections_of(&receipt.id).await?;
            let sale = Sale::read(receipt, &corrections);
            let sale = sale.map_err(|why| ExportError::Document {
                receipt: receipt.id.clone(),
                why,
            })?;
            export.sale(&sale)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use amble_ledger::{Append, Entry, SqliteLedger};

    use super::*;
    use crate::{
        correction::tests::correction, document::tests::receipt, export::Form, settle::amend,
        settle::settle,
    };

    async fn append(ledger: &SqliteLedger, entries: Vec<Entry>) {
        ledger.claim("book", 1).await.unwrap();
        let append = Append {
            shard: "book".to_owned(),
            epoch: 1,
            entries,
        };
        assert!(ledger.append(append).await.unwrap().all_stand());
    }

    fn settled(number: i64) -> Entry {
        let mut receipt = receipt("EUR", &[("Milk", 2, 149)]);
        receipt.id = format!("r-{number}");
        receipt.visit = format!("v-{number}");
        receipt.settled_us = number;
        settle(&receipt, "", "").unwrap()
    }

    /// The ids of the documents that are given out.
    async fn given(
        ledger: &SqliteLedger,
        since: Option<i64>,
        until: Option<i64>,
    ) -> Result<Vec<String>, ExportError> {
        let mut out = Vec::new();
        let mut export = Export::begin(Form::JsonLines, &mut out)?;
        sales(ledger, since, until, &mut export).await?;
        export.finish()?;
        let text = String::from_utf8(out).unwrap();
        let ids = text.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let document = line.get("receipt").or(line.get("correction")).unwrap();
            document["id"].as_str().unwrap().to_owned()
        });
        Ok(ids.collect())
    }

    #[tokio::test]
    async fn what_is_given_out_was_settled_from_then_on_and_before_then_corrections_and_all() {
        let ledger = SqliteLedger::in_memory().await.unwrap();
        // More than a page.
        let all = PAGE as usize + 100;
        append(&ledger, (1..=600).map(settled).collect()).await;
        assert_eq!(given(&ledger, None, None).await.unwrap().len(), all);
        let some = given(&ledger, Some(3), Some(6)).await.unwrap();
        assert_eq!(some, ["r-5", "r-4", "r-3"]);
        assert!(given(&ledger, Some(601), None).await.unwrap().is_empty());

        let mut correction = correction("EUR", &[("Milk", -1, 149)]);
        correction.receipt = "r-1".to_owned();
        let review = Entry::Review {
            id: "r-1/review/1".to_owned(),
            receipt: "r-1".to_owned(),
            visit: "v-1".to_owned(),
            opened_us: 1,
            why: String::new(),
            body: String::new(),
        };
        let verdict = Entry::Verdict {
            review: "r-1/review/1".to_owned(),
            by: "rita".to_owned(),
            decided_us: 2,
            body: String::new(),
            correction: Some(amend(&correction).unwrap()),
        };
        append(&ledger, vec![review, verdict]).await;
        let last = given(&ledger, None, Some(2)).await.unwrap();
        assert_eq!(last, ["r-1", "r-1/review/1/correction"]);
    }

    #[tokio::test]
    async fn a_receipt_that_is_not_sound_is_named_and_not_passed_over() {
        let ledger = SqliteLedger::in_memory().await.unwrap();
        let mut broken = settled(2);
        if let Entry::Receipt { body, .. } = &mut broken {
            *body = "{}".to_owned();
        }
        append(&ledger, vec![settled(1), broken, settled(3)]).await;
        let error = given(&ledger, None, None).await.unwrap_err();
        assert!(matches!(&error, ExportError::Document { receipt, .. } if receipt == "r-2"));
    }
}
