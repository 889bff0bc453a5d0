//! From what a reviewer says is right to what checkout makes of it.
//!
//! 1. What is not named stays as it was charged, corrections included.
//! 2. What is too much goes from the dearest lines of its product; what is missing is added at the price of
//!    the cheapest. So doubt about prices is in the shopper's favour.
//! 3. A product that is on no line costs what it cost when the party left.

use amble_checkout::{
    Charged, CorrectError, Corrected, CorrectionDocument, ReceiptDocument, ReceiptLine, amend,
    correct,
};
use amble_engine::{layout::ProductIx, price::PriceBook, time::Time};
use amble_ledger::{Correction, StoredCorrection};
use amble_proto::plan::StorePlan;
use amble_store::{Amendment, review::Units};

/// Why no correction can be made.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// What is stored, or what is right, does not add up.
    #[error(transparent)]
    Correct(#[from] CorrectError),
    /// A product of which nobody knows what it costs.
    #[error("product {0} has no price in the store plan")]
    NoPrice(String),
    /// So many of it are beyond all bounds.
    #[error("{0} of product {1} cost more than there is money")]
    TooMany(u32, String),
}

impl From<amble_checkout::DocumentError> for AmendError {
    fn from(error: amble_checkout::DocumentError) -> Self {
        Self::Correct(error.into())
    }
}

/// The correction to store with a verdict; none when nothing is to be corrected.
pub fn correction(
    plan: &StorePlan,
    amendment: &Amendment<'_>,
) -> Result<Option<Correction>, AmendError> {
    let receipt = ReceiptDocument::from_json(&amendment.receipt.body)?;
    let earlier: Vec<CorrectionDocument> = amendment
        .earlier
        .iter()
        .map(|stored: &StoredCorrection| CorrectionDocument::from_json(&stored.body))
        .collect::<Result<_, _>>()?;
    let charged = Charged {
        receipt: &receipt,
        earlier: &earlier,
    };
    let mut right = lines(charged);
    for units in amendment.right {
        let at = || {
            new_line(
                plan,
                amendment.prices,
                &units.product,
                Time(receipt.left_us),
            )
        };
        set(&mut right, units, at)?;
    }
    let rates = amendment.prices.rates();
    let made = correct(charged, &right, rates, amendment.id, amendment.decided.0)?;
    Ok(match made {
        Corrected::By(document) => Some(amend(&document)?),
        Corrected::Waived { more_minor } => {
            tracing::info!(
                receipt = receipt.id,
                more_minor,
                "less was charged than was taken, and stays so"
            );
            None
        }
        Corrected::Nothing => None,
    })
}

/// Rule 1: the lines as they were charged, corrections included.
fn lines(charged: Charged<'_>) -> Vec<ReceiptLine> {
    let mut lines = charged.receipt.lines.clone();
    for change in charged.earlier.iter().flat_map(|each| &each.lines) {
        let same = |line: &ReceiptLine| {
            (&line.product, line.unit_price_minor, &line.tax)
                == (&change.product, change.unit_price_minor, &change.tax)
        };
        let at = lines.iter().position(same).unwrap_or_else(|| {
            lines.push(ReceiptLine {
                product: change.product.clone(),
                name: change.name.clone(),
                quantity: 0,
                unit_price_minor: change.unit_price_minor,
                amount_minor: 0,
                tax: change.tax.clone(),
            });
            lines.len() - 1
        });
        let quantity = i64::from(lines[at].quantity) + change.quantity;
        lines[at].quantity = u32::try_from(quantity).unwrap_or(0);
        lines[at].amount_minor += change.amount_minor;
    }
    lines.retain(|line| line.quantity > 0);
    lines
}

/// Rule 2: from now on there are so many of a product; `new` makes its first line.
fn set(
    lines: &mut Vec<ReceiptLine>,
    units: &Units,
    new: impl FnOnce() -> Result<ReceiptLine, AmendError>,
) -> Result<(), AmendError> {
    let mut own: Vec<ReceiptLine> = Vec::new();
    lines.retain(|line| {
        let is_own = line.product == units.product;
        if is_own {
            own.push(line.clone());
        }
        !is_own
    });
    own.sort_by_key(|line| line.unit_price_minor);
    if own.is_empty() && units.quantity > 0 {
        own.push(new()?);
    }
    let all = own
        .iter()
        .fold(0, |all: u32, line| all.saturating_add(line.quantity));
    if let Some(cheapest) = own.first_mut() {
        cheapest.quantity = cheapest
            .quantity
            .saturating_add(units.quantity.saturating_sub(all));
    }
    let mut much = all.saturating_sub(units.quantity);
    for line in own.iter_mut().rev() {
        let fewer = much.min(line.quantity);
        line.quantity -= fewer;
        much -= fewer;
    }
    for line in &mut own {
        let amount = line.unit_price_minor.checked_mul(i64::from(line.quantity));
        let too_many = || AmendError::TooMany(line.quantity, line.product.clone());
        line.amount_minor = amount.ok_or_else(too_many)?;
    }
    lines.extend(own.into_iter().filter(|line| line.quantity > 0));
    Ok(())
}

/// Rule 3: a line of none.
fn new_line(
    plan: &StorePlan,
    prices: &PriceBook,
    code: &str,
    at: Time,
) -> Result<ReceiptLine, AmendError> {
    let no_price = || AmendError::NoPrice(code.to_owned());
    let place = plan
        .products
        .iter()
        .position(|product| product.code == code);
    let place = place.ok_or_else(no_price)?;
    let ix = u32::try_from(place).map_err(|_| no_price())?;
    let price = prices.price_at(ProductIx(ix), at).ok_or_else(no_price)?;
    let product = &plan.products[place];
    Ok(ReceiptLine {
        product: product.code.clone(),
        name: product.name.clone(),
        quantity: 0,
        unit_price_minor: price.minor,
        amount_minor: 0,
        tax: product.tax.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product: &str, quantity: u32, unit_price_minor: i64) -> ReceiptLine {
        ReceiptLine {
            product: product.to_owned(),
            name: product.to_owned(),
            quantity,
            unit_price_minor,
            amount_minor: i64::from(quantity) * unit_price_minor,
            tax: "A".to_owned(),
        }
    }

    /// Lines of tea at two prices, and of gum, when there should be so many teas.
    fn with_teas(quantity: u32) -> Vec<(String, u32, i64)> {
        let mut lines = vec![line("tea", 2, 300), line("gum", 1, 90), line("tea", 1, 200)];
        let units = Units {
            product: "tea".to_owned(),
            quantity,
        };
        set(&mut lines, &units, || unreachable!("tea has lines")).unwrap();
        let sound = |line: &ReceiptLine| {
            line.amount_minor == i64::from(line.quantity) * line.unit_price_minor
        };
        assert!(lines.iter().all(sound), "{lines:?}");
        let told = |line: ReceiptLine| (line.product, line.quantity, line.unit_price_minor);
        lines.into_iter().map(told).collect()
    }

    #[test]
    fn the_dearest_go_first_and_the_cheapest_are_added() {
        let gum = ("gum".to_owned(), 1, 90);
        let tea = |quantity, price| ("tea".to_owned(), quantity, price);
        assert_eq!(with_teas(0), vec![gum.clone()]);
        assert_eq!(with_teas(1), vec![gum.clone(), tea(1, 200)]);
        assert_eq!(with_teas(2), vec![gum.clone(), tea(1, 200), tea(1, 300)]);
        assert_eq!(with_teas(3), vec![gum.clone(), tea(1, 200), tea(2, 300)]);
        assert_eq!(with_teas(5), vec![gum, tea(3, 200), tea(2, 300)]);
    }

    #[test]
    fn what_is_beyond_all_bounds_is_an_error_and_no_panic() {
        let mut lines = vec![line("tea", 1, i64::MAX)];
        let units = Units {
            product: "tea".to_owned(),
            quantity: u32::MAX,
        };
        let error = set(&mut lines, &units, || unreachable!("tea has a line"));
        assert!(matches!(error, Err(AmendError::TooMany(..))));
    }
}
