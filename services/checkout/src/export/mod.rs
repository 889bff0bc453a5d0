//! Sales as data for others: receipts with their corrections, one after the other, in one of three forms.
//!
//! 1. Each sale is written when it is given: however many there are, memory holds one.
//! 2. What is written ends whole: [`Export::finish`] closes what the form opens.

mod epcis;
mod table;
mod whole;

use std::io::{self, Write};

use serde::Serialize;

use crate::{correction::CorrectionDocument, document::ReceiptDocument, sums::DocumentError};
pub use epcis::{Authority, AuthorityError};
pub use whole::{ExportError, sales};

/// A receipt and all that corrects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The receipt.
    pub receipt: ReceiptDocument,
    /// Its corrections, in the order in which they were decided.
    pub corrections: Vec<CorrectionDocument>,
}

impl Sale {
    /// From what the ledger holds.
    ///
    /// # Errors
    ///
    /// When a body is none, or not sound.
    pub fn read(
        receipt: &amble_ledger::Receipt,
        corrections: &[amble_ledger::StoredCorrection],
    ) -> Result<Self, DocumentError> {
        let corrections = corrections.iter();
        let corrections = corrections.map(|stored| CorrectionDocument::from_json(&stored.body));
        Ok(Self {
            receipt: ReceiptDocument::from_json(&receipt.body)?,
            corrections: corrections.collect::<Result<_, _>>()?,
        })
    }
}

/// The form in which sales are written.
#[derive(Clone, Debug)]
pub enum Form {
    /// A document a line, as `{"receipt": {…}}` or `{"correction": {…}}`, as they are stored and sent.
    JsonLines,
    /// A row for each line of a document.
    Csv,
    /// One GS1 EPCIS 2.0 document in JSON, with an event for each sale.
    Epcis {
        /// In whose name things get URIs.
        authority: Authority,
        /// When the document is made, in microseconds since the Unix epoch.
        created_us: i64,
    },
}

/// A running export.
pub struct Export<W: Write>(To<W>);

enum To<W: Write> {
    JsonLines(W),
    Csv(Box<csv::Writer<W>>),
    Epcis(epcis::Document<W>),
}

/// A line of the first form.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Document<'d> {
    Receipt(&'d ReceiptDocument),
    Correction(&'d CorrectionDocument),
}

impl<W: Write> Export<W> {
    /// Begins to write.
    ///
    /// # Errors
    ///
    /// When nothing can be written.
    pub fn begin(form: Form, out: W) -> io::Result<Self> {
        Ok(Self(match form {
            Form::JsonLines => To::JsonLines(out),
            Form::Csv => To::Csv(Box::new(table::begin(out)?)),
            Form::Epcis {
                authority,
                created_us,
            } => To::Epcis(epcis::Document::begin(authority, created_us, out)?),
        }))
    }

    /// Writes one sale.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub fn sale(&mut self, sale: &Sale) -> io::Result<()> {
        match &mut self.0 {
            To::JsonLines(out) => {
                let corrections = sale.corrections.iter().map(Document::Correction);
                for document in [Document::Receipt(&sale.receipt)]
                    .into_iter()
                    .chain(corrections)
                {
                    serde_json::to_writer(&mut *out, &document)?;
                    out.write_all(b"\n")?;
                }
                Ok(())
            }
            To::Csv(out) => table::sale(out, sale),
            To::Epcis(out) => out.sale(sale),
        }
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// When the end can't be written.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            To::JsonLines(mut out) => out.flush(),
            To::Csv(mut out) => out.flush(),
            To::Epcis(out) => out.finish(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{correction::tests::correction, document::tests::receipt};

    /// Two milks and a tea, of which one milk is given back.
    pub(crate) fn sale() -> Sale {
        Sale {
            receipt: receipt("EUR", &[("Milk, 1 l", 2, 149), ("Tea", 1, 399)]),
            corrections: vec![correction("EUR", &[("Milk, 1 l", -1, 149)])],
        }
    }

    pub(crate) fn written(form: Form, sales: &[Sale]) -> String {
        let mut out = Vec::new();
        let mut export = Export::begin(form, &mut out).unwrap();
        for sale in sales {
            export.sale(sale).unwrap();
        }
        export.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_line_of_json_is_a_document_as_it_is_stored() {
        let sale = sale();
        let text = written(Form::JsonLines, &[sale.clone(), sale.clone()]);
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 4);
        let first = ReceiptDocument::from_json(&lines[2]["receipt"].to_string());
        assert_eq!(first, Ok(sale.receipt));
        let second = CorrectionDocument::from_json(&lines[3]["correction"].to_string());
        assert_eq!(second.as_ref(), Ok(&sale.corrections[0]));
    }
}
