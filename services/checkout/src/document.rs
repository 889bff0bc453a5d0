//! The receipt as data: the JSON that is stored, sent, and printed from.
//!
//! A sound receipt:
//!
//! 1. Each line's amount is its quantity times its unit price.
//! 2. The total is the sum of the lines, and of net and tax over the taxes when there are any.
//! 3. Nothing in it is negative, and its currency is a code of three capital letters.

use serde::{Deserialize, Serialize};

/// A settled cart. Amounts are in minor units of `currency`, times in microseconds since the Unix
/// epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptDocument {
    /// The receipt's id.
    pub id: String,
    /// The visit's id.
    pub visit: String,
    /// The store's key.
    pub store: String,
    /// What stands above its door.
    pub store_name: String,
    /// What was taken, one line for each product and price.
    pub lines: Vec<ReceiptLine>,
    /// What is charged.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The taxes that the total contains.
    pub taxes: Vec<ReceiptTax>,
    /// When the party came in.
    pub entered_us: i64,
    /// When its last one left.
    pub left_us: i64,
    /// When the receipt was settled.
    pub settled_us: i64,
    /// Weight changes that nobody could be charged for with good reason; they are not in the total.
    #[serde(default)]
    pub undecided: u32,
    /// In which language it is written, such as `de`; empty: in the shop's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// Some pieces of one product at one price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Its GTIN or local code.
    pub product: String,
    /// Its name.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// What one costs, tax included.
    pub unit_price_minor: i64,
    /// What all cost.
    pub amount_minor: i64,
    /// The tax's id.
    pub tax: String,
}

/// One tax over the lines that bear it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptTax {
    /// Its id, as the lines name it.
    pub id: String,
    /// Its rate: 1900 is 19 %.
    pub rate_basis_points: u32,
    /// What the lines cost without it.
    pub net_minor: i64,
    /// What it adds.
    pub tax_minor: i64,
}

/// Why a receipt is not sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is not the JSON of a receipt.
    #[error("a receipt's body is not a receipt: {0}")]
    Malformed(String),
    /// A line's amount is not quantity × unit price.
    #[error("receipt {receipt}: line {line} says {amount_minor}, not quantity times unit price")]
    Line {
        /// The receipt.
        receipt: String,
        /// The line, counted from 1.
        line: usize,
        /// What it says.
        amount_minor: i64,
    },
    /// The total is not the sum of what it should be.
    #[error("receipt {receipt}: its total is {total_minor}, but its {of} sum up to {sum}")]
    Total {
        /// The receipt.
        receipt: String,
        /// What it says.
        total_minor: i64,
        /// What was summed: `lines` or `taxes`.
        of: &'static str,
        /// The sum.
        sum: i128,
    },
    /// Something is negative, or the currency is no code.
    #[error("receipt {receipt}: {what}")]
    Field {
        /// The receipt.
        receipt: String,
        /// What is wrong.
        what: String,
    },
}

impl ReceiptDocument {
    /// Reads the stored JSON.
    ///
    /// # Errors
    ///
    /// When it is no receipt, or not a sound one.
    pub fn from_json(body: &str) -> Result<Self, DocumentError> {
        let document: Self = serde_json::from_str(body)
            .map_err(|error| DocumentError::Malformed(error.to_string()))?;
        document.check()?;
        Ok(document)
    }

    /// Whether it keeps the rules above.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), DocumentError> {
        self.check_fields()?;
        for (line, number) in self.lines.iter().zip(1..) {
            let amount = i128::from(line.quantity) * i128::from(line.unit_price_minor);
            if amount != i128::from(line.amount_minor) {
                return Err(DocumentError::Line {
                    receipt: self.id.clone(),
                    line: number,
                    amount_minor: line.amount_minor,
                });
            }
        }
        let lines = self
            .lines
            .iter()
            .map(|line| i128::from(line.amount_minor))
            .sum();
        self.check_total("lines", lines)?;
        if self.taxes.is_empty() {
            return Ok(());
        }
        let with_tax = |tax: &ReceiptTax| i128::from(tax.net_minor) + i128::from(tax.tax_minor);
        self.check_total("taxes", self.taxes.iter().map(with_tax).sum())
    }

    fn check_fields(&self) -> Result<(), DocumentError> {
        let field = |what: &str| {
            Err(DocumentError::Field {
                receipt: self.id.clone(),
                what: what.to_owned(),
            })
        };
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return field("its currency is not an ISO 4217 code such as EUR");
        }
        let prices = self.lines.iter().map(|line| line.unit_price_minor);
        let taxes = self
            .taxes
            .iter()
            .flat_map(|tax| [tax.net_minor, tax.tax_minor]);
        if prices
            .chain(taxes)
            .chain([self.total_minor])
            .any(|amount| amount < 0)
        {
            return field("an amount is negative");
        }
        Ok(())
    }

    fn check_total(&self, of: &'static str, sum: i128) -> Result<(), DocumentError> {
        if sum == i128::from(self.total_minor) {
            return Ok(());
        }
        Err(DocumentError::Total {
            receipt: self.id.clone(),
            total_minor: self.total_minor,
            of,
            sum,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A sound receipt of (name, quantity, unit price) lines, all under one tax of nothing.
    pub(crate) fn receipt(currency: &str, lines: &[(&str, u32, i64)]) -> ReceiptDocument {
        let lines: Vec<_> = lines
            .iter()
            .map(|&(name, quantity, unit_price_minor)| ReceiptLine {
                product: "4006381333931".to_owned(),
                name: name.to_owned(),
                quantity,
                unit_price_minor,
                amount_minor: i64::from(quantity) * unit_price_minor,
                tax: "A".to_owned(),
            })
            .collect();
        let total_minor = lines.iter().map(|line| line.amount_minor).sum();
        ReceiptDocument {
            id: "r-1".to_owned(),
            visit: "v-1".to_owned(),
            store: "corner".to_owned(),
            store_name: "Corner Shop".to_owned(),
            lines,
            total_minor,
            currency: currency.to_owned(),
            taxes: vec![ReceiptTax {
                id: "A".to_owned(),
                rate_basis_points: 0,
                net_minor: total_minor,
                tax_minor: 0,
            }],
            entered_us: 1_767_225_600_000_000,
            left_us: 1_767_225_877_000_000,
            settled_us: 1_767_225_878_200_000,
            undecided: 0,
            language: String::new(),
        }
    }

    #[test]
    fn a_sound_receipt_survives_its_json() {
        let receipt = receipt("EUR", &[("Milk", 2, 149), ("Tea", 1, 399)]);
        let body = serde_json::to_string(&receipt).unwrap();
        assert_eq!(ReceiptDocument::from_json(&body), Ok(receipt));
    }

    #[test]
    fn money_that_does_not_add_up_is_named() {
        let sound = receipt("EUR", &[("Milk", 2, 149)]);
        let broken = |change: fn(&mut ReceiptDocument)| {
            let mut receipt = sound.clone();
            change(&mut receipt);
            receipt.check().unwrap_err().to_string()
        };
        assert!(broken(|r| r.lines[0].amount_minor += 1).contains("line 1 says 299"));
        assert!(broken(|r| r.total_minor += 1).contains("lines sum up to 298"));
        assert!(broken(|r| r.taxes[0].tax_minor = 1).contains("taxes sum up to 299"));
        assert!(broken(|r| r.currency = "euro".to_owned()).contains("ISO 4217"));
        assert!(broken(|r| r.lines[0].unit_price_minor = -1).contains("negative"));
    }

    #[test]
    fn amounts_beyond_all_bounds_are_an_error_and_no_panic() {
        let mut receipt = receipt("EUR", &[("Milk", 1, 1)]);
        receipt.lines[0].quantity = u32::MAX;
        receipt.lines[0].unit_price_minor = i64::MAX;
        assert!(receipt.check().is_err());
    }
}
