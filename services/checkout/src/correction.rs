//! The correction as data: what is to be added to a receipt so that it is right. The receipt itself stays
//! as it was charged and sent.
//!
//! 1. A sound correction adds up as a receipt does ([`sums`](crate::sums)); its quantities and amounts are
//!    signed, and none of its lines is over nothing.
//! 2. It never asks for more: its total is not above zero.

use serde::{Deserialize, Serialize};

use crate::{
    document::ReceiptTax,
    sums::{self, DocumentError, Sums},
};

/// What changes about a receipt. Amounts are in minor units of `currency`, times in microseconds since the
/// Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionDocument {
    /// The correction's id, which is also the refund's idempotency key (rule L5).
    pub id: String,
    /// The receipt that it corrects.
    pub receipt: String,
    /// The receipt's visit.
    pub visit: String,
    /// The store's key.
    pub store: String,
    /// What stands above its door.
    pub store_name: String,
    /// What changes, one line for each product and price.
    pub lines: Vec<CorrectionLine>,
    /// What is added to the receipt's total: zero, or what is given back, with a minus.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// What is added to the receipt's taxes.
    pub taxes: Vec<ReceiptTax>,
    /// Whether prices and amounts of lines are without tax, as on the receipt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_added: bool,
    /// When it was decided.
    pub decided_us: i64,
    /// In which language it is written; the receipt's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// Some pieces of one product at one price, more or fewer than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionLine {
    /// Its GTIN or local code.
    pub product: String,
    /// Its name.
    pub name: String,
    /// How many more; negative: how many fewer.
    pub quantity: i64,
    /// What one costs, as on the receipt.
    pub unit_price_minor: i64,
    /// What all cost, with the sign of the quantity.
    pub amount_minor: i64,
    /// The tax's id.
    pub tax: String,
}

impl CorrectionDocument {
    /// Reads the stored JSON.
    ///
    /// # Errors
    ///
    /// When it is no correction, or not a sound one.
    pub fn from_json(body: &str) -> Result<Self, DocumentError> {
        let document: Self = sums::read("correction", body)?;
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
            document: format!("correction {}", self.id),
            currency: &self.currency,
            total_minor: self.total_minor,
            taxes: &self.taxes,
            tax_added: self.tax_added,
        };
        if self.total_minor > 0 {
            return Err(sums.field("it asks for more than the receipt"));
        }
        if self.lines.iter().any(|line| line.quantity == 0) {
            return Err(sums.field("a line changes nothing"));
        }
        sums.check(
            self.lines
                .iter()
                .map(|line| (line.quantity, line.unit_price_minor, line.amount_minor)),
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::document::tests::receipt;

    /// A sound correction of the tests' receipt, of (name, quantity, unit price) lines under a tax of nothing.
    pub(crate) fn correction(currency: &str, lines: &[(&str, i64, i64)]) -> CorrectionDocument {
        let lines = lines
            .iter()
            .map(|&(name, quantity, unit_price_minor)| CorrectionLine {
                product: "4006381333931".to_owned(),
                name: name.to_owned(),
                quantity,
                unit_price_minor,
                amount_minor: quantity * unit_price_minor,
                tax: "A".to_owned(),
            });
        let lines: Vec<_> = lines.collect();
        let total_minor = lines.iter().map(|line| line.amount_minor).sum();
        let mut taxes = receipt(currency, &[]).taxes;
        taxes[0].net_minor = total_minor;
        CorrectionDocument {
            id: "r-1/review/1/correction".to_owned(),
            receipt: "r-1".to_owned(),
            visit: "v-1".to_owned(),
            store: "corner".to_owned(),
            store_name: "Corner Shop".to_owned(),
            lines,
            total_minor,
            currency: currency.to_owned(),
            taxes,
            tax_added: false,
            decided_us: 1_767_229_200_000_000,
            language: String::new(),
        }
    }

    #[test]
    fn a_sound_correction_survives_its_json_and_what_does_not_add_up_is_named() {
        let sound = correction("EUR", &[("Milk", -2, 149), ("Tea", 1, 99)]);
        let body = serde_json::to_string(&sound).unwrap();
        assert_eq!(CorrectionDocument::from_json(&body), Ok(sound.clone()));
        let broken = |change: fn(&mut CorrectionDocument)| {
            let mut correction = sound.clone();
            change(&mut correction);
            correction.check().unwrap_err().to_string()
        };
        assert!(broken(|c| c.lines[1].quantity = 2).contains("line 2 says 99"));
        assert!(broken(|c| c.total_minor -= 1).contains("lines sum up to -199"));
        assert!(broken(|c| c.taxes[0].tax_minor = 1).contains("taxes sum up to -198"));
        assert!(broken(|c| c.lines[1].quantity = 0).contains("changes nothing"));
        assert!(broken(|c| c.lines[0].unit_price_minor = -149).contains("negative"));
        let more = correction("EUR", &[("Milk", 1, 149)]).check().unwrap_err();
        assert!(more.to_string().contains("asks for more"), "{more}");
        let receipt = CorrectionDocument::from_json("{}").unwrap_err();
        assert!(receipt.to_string().contains("is not a correction"));
    }
}
