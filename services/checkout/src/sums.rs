//! What makes the money of a receipt, or of a correction, add up.
//!
//! 1. Each line's amount is its quantity times its unit price, which is not negative.
//! 2. The total is the sum of the lines; where tax is added to prices, of the lines and the taxes.
//! 3. It is also the sum of net and tax over the taxes, when there are any.
//! 4. Its currency is a code of three capital letters.

use serde::de::DeserializeOwned;

use crate::document::ReceiptTax;

/// Why a document is not sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is not the JSON of such a document.
    #[error("a {kind}'s body is not a {kind}: {why}")]
    Malformed {
        /// `receipt` or `correction`.
        kind: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A line's amount is not quantity × unit price.
    #[error("{document}: line {line} says {amount_minor}, not quantity times unit price")]
    Line {
        /// The document: `receipt r-1`.
        document: String,
        /// The line, counted from 1.
        line: usize,
        /// What it says.
        amount_minor: i64,
    },
    /// The total is not the sum of what it should be.
    #[error("{document}: its total is {total_minor}, but its {of} sum up to {sum}")]
    Total {
        /// The document.
        document: String,
        /// What it says.
        total_minor: i64,
        /// What was summed: `lines` or `taxes`.
        of: &'static str,
        /// The sum.
        sum: i128,
    },
    /// An amount has a sign that it can't have, or the currency is no code.
    #[error("{document}: {what}")]
    Field {
        /// The document.
        document: String,
        /// What is wrong.
        what: String,
    },
}

/// What of a document has to add up, beside its lines.
pub(crate) struct Sums<'d> {
    /// How errors name it.
    pub(crate) document: String,
    pub(crate) currency: &'d str,
    pub(crate) total_minor: i64,
    pub(crate) taxes: &'d [ReceiptTax],
    pub(crate) tax_added: bool,
}

impl Sums<'_> {
    /// Checks all rules; `lines`: quantity, unit price and amount of each.
    pub(crate) fn check(
        &self,
        lines: impl Iterator<Item = (i64, i64, i64)>,
    ) -> Result<(), DocumentError> {
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(self.field("its currency is not an ISO 4217 code such as EUR"));
        }
        let mut sum = 0;
        for ((quantity, unit_price, amount_minor), line) in lines.zip(1..) {
            if unit_price < 0 {
                return Err(self.field("a price is negative"));
            }
            let amount = i128::from(amount_minor);
            if i128::from(quantity) * i128::from(unit_price) != amount {
                return Err(DocumentError::Line {
                    document: self.document.clone(),
                    line,
                    amount_minor,
                });
            }
            sum += amount;
        }
        let tax = |tax: &ReceiptTax| i128::from(tax.tax_minor);
        if self.tax_added {
            sum += self.taxes.iter().map(tax).sum::<i128>();
        }
        self.check_total("lines", sum)?;
        if self.taxes.is_empty() {
            return Ok(());
        }
        let with_tax = |each: &ReceiptTax| i128::from(each.net_minor) + tax(each);
        self.check_total("taxes", self.taxes.iter().map(with_tax).sum())
    }

    pub(crate) fn field(&self, what: &str) -> DocumentError {
        DocumentError::Field {
            document: self.document.clone(),
            what: what.to_owned(),
        }
    }

    fn check_total(&self, of: &'static str, sum: i128) -> Result<(), DocumentError> {
        if sum == i128::from(self.total_minor) {
            return Ok(());
        }
        Err(DocumentError::Total {
            document: self.document.clone(),
            total_minor: self.total_minor,
            of,
            sum,
        })
    }
}

/// Reads a document's JSON; whether it is sound is asked next.
pub(crate) fn read<T: DeserializeOwned>(
    kind: &'static str,
    body: &str,
) -> Result<T, DocumentError> {
    serde_json::from_str(body).map_err(|error| malformed(kind, &error))
}

pub(crate) fn malformed(kind: &'static str, error: &serde_json::Error) -> DocumentError {
    DocumentError::Malformed {
        kind,
        why: error.to_string(),
    }
}
