//! From what was charged and what is right to the correction: a plain function.
//!
//! 1. The receipt, its earlier corrections and the new one sum up to what is right: for each product at a
//!    price, for each tax, and in total. Nothing is rounded here: the taxes of what is right are worked out
//!    as a receipt's are, and what was charged of each is taken away.
//! 2. A product keeps the price, and a tax the rate, that the receipt has for it.
//! 3. Nothing is charged after the exit. Where what is right costs more than what was charged, nothing is
//!    corrected: the doubt is the shop's.
//! 4. So no corrections of a receipt ever give back more than it charged, in whichever order they come.

use std::collections::BTreeMap;

use amble_engine::price::{self, Currency, MoneyError, TaxIx, TaxMode, TaxRate, UnknownCurrency};

use crate::{
    correction::{CorrectionDocument, CorrectionLine},
    document::{ReceiptDocument, ReceiptLine, ReceiptTax},
    sums::DocumentError,
};

/// What a party has paid for so far.
#[derive(Clone, Copy, Debug)]
pub struct Charged<'d> {
    /// The receipt.
    pub receipt: &'d ReceiptDocument,
    /// All of its corrections.
    pub earlier: &'d [CorrectionDocument],
}

/// What a verdict comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// What was charged is right.
    Nothing,
    /// More should have been charged: it is not.
    Waived {
        /// How much more, in minor units.
        more_minor: i64,
    },
    /// It is to be corrected so.
    By(Box<CorrectionDocument>),
}

/// Why there is no telling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectError {
    /// What was charged, or what is right, does not add up.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A correction of another receipt, or in another currency.
    #[error("correction {correction} is none of receipt {receipt}")]
    Foreign {
        /// The correction.
        correction: String,
        /// The receipt.
        receipt: String,
    },
    /// A product whose tax is neither on the receipt nor in the shop's list.
    #[error("tax {tax} of product {product} has no rate")]
    UnknownTax {
        /// The tax's id.
        tax: String,
        /// The product.
        product: String,
    },
    /// The receipt's currency is none.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// A sum is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// What becomes of a receipt whose lines should have been `right`. `rates`: the shop's taxes. `id` and
/// `decided_us` are the correction's, should there be one.
///
/// # Errors
///
/// When what is given does not belong together or does not add up.
pub fn correct(
    charged: Charged<'_>,
    right: &[ReceiptLine],
    rates: &[TaxRate],
    id: &str,
    decided_us: i64,
) -> Result<Corrected, CorrectError> {
    charged.check()?;
    let receipt = charged.receipt;
    let right = charged.sound(right, rates)?;
    let more = i128::from(right.total_minor) - charged.total();
    if more > 0 {
        let more_minor = narrow(more, receipt)?;
        return Ok(Corrected::Waived { more_minor });
    }
    let lines = charged.lines_to(&right)?;
    if lines.is_empty() {
        return Ok(Corrected::Nothing);
    }
    let document = CorrectionDocument {
        id: id.to_owned(),
        receipt: receipt.id.clone(),
        visit: receipt.visit.clone(),
        store: receipt.store.clone(),
        store_name: receipt.store_name.clone(),
        lines,
        total_minor: narrow(more, receipt)?,
        currency: receipt.currency.clone(),
        taxes: charged.taxes_to(&right)?,
        tax_added: receipt.tax_added,
        decided_us,
        language: receipt.language.clone(),
    };
    document.check()?;
    Ok(Corrected::By(Box::new(document)))
}

/// What a line is the same by: product, price and tax.
type Key<'d> = (&'d str, i64, &'d str);

impl Charged<'_> {
    fn check(&self) -> Result<(), CorrectError> {
        self.receipt.check()?;
        for each in self.earlier {
            each.check()?;
            let receipt = self.receipt;
            if (&each.receipt, &each.currency, each.tax_added)
                != (&receipt.id, &receipt.currency, receipt.tax_added)
            {
                return Err(CorrectError::Foreign {
                    correction: each.id.clone(),
                    receipt: receipt.id.clone(),
                });
            }
        }
        Ok(())
    }

    fn total(&self) -> i128 {
        let earlier = self.earlier.iter().map(|each| i128::from(each.total_minor));
        i128::from(self.receipt.total_minor) + earlier.sum::<i128>()
    }

    /// The taxes of the receipt, then those of its corrections.
    fn taxes(&self) -> impl Iterator<Item = &ReceiptTax> {
        let earlier = self.earlier.iter().flat_map(|each| &each.taxes);
        self.receipt.taxes.iter().chain(earlier)
    }

    /// The receipt as it should have been.
    fn sound(
        &self,
        right: &[ReceiptLine],
        rates: &[TaxRate],
    ) -> Result<ReceiptDocument, CorrectError> {
        let receipt = self.receipt;
        let mut known: Vec<TaxRate> = Vec::new();
        let own = self.taxes().map(|tax| TaxRate {
            id: tax.id.clone(),
            basis_points: tax.rate_basis_points,
        });
        for rate in own.chain(rates.iter().cloned()) {
            if !known.iter().any(|other| other.id == rate.id) {
                known.push(rate);
            }
        }
        if receipt.taxes.is_empty() && !receipt.lines.is_empty() {
            // It was charged without taxes.
            known.clear();
        }
        let currency = Currency::from_code(&receipt.currency)?;
        let mut amounts = Vec::with_capacity(right.len());
        for line in right {
            let at = known.iter().position(|rate| rate.id == line.tax);
            if at.is_none() && !known.is_empty() {
                return Err(CorrectError::UnknownTax {
                    tax: line.tax.clone(),
                    product: line.product.clone(),
                });
            }
            let at = at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX);
            amounts.push((TaxIx(at), price::Money::new(line.amount_minor, currency)));
        }
        let mode = if receipt.tax_added {
            TaxMode::Added
        } else {
            TaxMode::Included
        };
        let taxed = price::tax(amounts, &known, mode, currency)?;
        let taxes = taxed.lines.into_iter().map(|line| ReceiptTax {
            id: line.tax,
            rate_basis_points: line.rate_basis_points,
            net_minor: line.net.minor,
            tax_minor: line.amount.minor,
        });
        let sound = ReceiptDocument {
            lines: right.to_vec(),
            taxes: taxes.collect(),
            total_minor: taxed.total.minor,
            ..receipt.clone()
        };
        sound.check()?;
        Ok(sound)
    }

    /// What changes of each line, in the receipt's order; what is new comes last.
    fn lines_to(&self, right: &ReceiptDocument) -> Result<Vec<CorrectionLine>, CorrectError> {
        let mut changes = Changes::default();
        for line in &self.receipt.lines {
            let key = (&*line.product, line.unit_price_minor, &*line.tax);
            changes.add(key, &line.name, -i128::from(line.quantity));
        }
        for line in self.earlier.iter().flat_map(|each| &each.lines) {
            let key = (&*line.product, line.unit_price_minor, &*line.tax);
            changes.add(key, &line.name, -i128::from(line.quantity));
        }
        for line in &right.lines {
            let key = (&*line.product, line.unit_price_minor, &*line.tax);
            changes.add(key, &line.name, i128::from(line.quantity));
        }
        let mut lines = Vec::new();
        for ((product, unit_price_minor, tax), name, quantity) in changes.all {
            if quantity == 0 {
                continue;
            }
            lines.push(CorrectionLine {
                product: product.to_owned(),
                name: name.to_owned(),
                quantity: narrow(quantity, self.receipt)?,
                unit_price_minor,
                amount_minor: narrow(quantity * i128::from(unit_price_minor), self.receipt)?,
                tax: tax.to_owned(),
            });
        }
        Ok(lines)
    }

    /// What changes of each tax, in the receipt's order; what is new comes last.
    fn taxes_to(&self, right: &ReceiptDocument) -> Result<Vec<ReceiptTax>, CorrectError> {
        let mut changes: Vec<(&ReceiptTax, i128, i128)> = Vec::new();
        let before = self.taxes().map(|tax| (tax, -1));
        for (tax, sign) in before.chain(right.taxes.iter().map(|tax| (tax, 1))) {
            let net = sign * i128::from(tax.net_minor);
            let amount = sign * i128::from(tax.tax_minor);
            match changes.iter_mut().find(|(first, ..)| first.id == tax.id) {
                Some(change) => {
                    change.1 += net;
                    change.2 += amount;
                }
                None => changes.push((tax, net, amount)),
            }
        }
        let changed = changes
            .into_iter()
            .filter(|change| (change.1, change.2) != (0, 0));
        let tax = |(tax, net, amount): (&ReceiptTax, _, _)| {
            Ok(ReceiptTax {
                net_minor: narrow(net, self.receipt)?,
                tax_minor: narrow(amount, self.receipt)?,
                ..tax.clone()
            })
        };
        changed.map(tax).collect()
    }
}

/// Quantities by line, in the order in which the lines first occur.
#[derive(Default)]
struct Changes<'d> {
    all: Vec<(Key<'d>, &'d str, i128)>,
    places: BTreeMap<Key<'d>, usize>,
}

impl<'d> Changes<'d> {
    fn add(&mut self, key: Key<'d>, name: &'d str, quantity: i128) {
        let place = *self.places.entry(key).or_insert(self.all.len());
        match self.all.get_mut(place) {
            Some(change) => change.2 += quantity,
            None => self.all.push((key, name, quantity)),
        }
    }
}

fn narrow(amount: i128, receipt: &ReceiptDocument) -> Result<i64, CorrectError> {
    i64::try_from(amount).map_err(|_| {
        CorrectError::Document(DocumentError::Field {
            document: format!("receipt {}", receipt.id),
            what: "what changes about it is beyond all bounds".to_owned(),
        })
    })
}

#[cfg(test)]
mod tests;
