//! The receipt as data: the JSON that is stored, sent, and printed from.
//!
//! A sound receipt adds up ([`sums`](crate::sums)), and nothing in it is negative.

use serde::{Deserialize, Serialize};

use crate::sums::{self, DocumentError, Sums};

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
    /// Whether prices and amounts of lines are without tax, which then comes on top of their sum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_added: bool,
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
    /// What one costs, as marked on the shelf.
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

impl ReceiptDocument {
    /// Reads the stored JSON.
    ///
    /// # Errors
    ///
    /// When it is no receipt, or not a sound one.
    pub fn from_json(body: &str) -> Result<Self, DocumentError> {
        let document: Self = sums::read("receipt", body)?;
        document.check()?;
        Ok(document)
    }

    /// Whether it is sound.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), DocumentError> {
        let sums = Sums {
            document: format!("receipt {}", self.id),
            currency: &self.currency,
            total_minor: self.total_minor,
            taxes: &self.taxes,
            tax_added: self.tax_added,
        };
        let amounts = self
            .taxes
            .iter()
            .flat_map(|tax| [tax.net_minor, tax.tax_minor]);
        let mut amounts = amounts.chain([self.total_minor]);
        if amounts.any(|amount| amount < 0) {
            return Err(sums.field("an amount is negative"));
        }
        sums.check(self.lines.iter().map(|line| {
            (
                i64::from(line.quantity),
                line.unit_price_minor,
                line.amount_minor,
            )
        }))
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
            tax_added: false,
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
    fn tax_that_comes_on_top_is_part_of_the_total_and_not_of_the_lines() {
        let mut receipt = receipt("USD", &[("Milk", 2, 100)]);
        receipt.taxes[0].tax_minor = 14;
        receipt.total_minor = 214;
        assert!(receipt.check().is_err());
        receipt.tax_added = true;
        assert_eq!(receipt.check(), Ok(()));
        receipt.taxes[0].net_minor = 199;
        assert!(receipt.check().is_err());
    }

    #[test]
    fn amounts_beyond_all_bounds_are_an_error_and_no_panic() {
        let mut receipt = receipt("EUR", &[("Milk", 1, 1)]);
        receipt.lines[0].quantity = u32::MAX;
        receipt.lines[0].unit_price_minor = i64::MAX;
        assert!(receipt.check().is_err());
    }
}
