//! Tax by rate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Currency, Money, MoneyError};

/// A place in the list of rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaxIx(pub u16);

/// One rate of tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// Its name in the store plan.
    pub id: String,
    /// Hundredths of a percent: 1900 is 19 %.
    pub basis_points: u32,
}

/// Where the tax is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaxMode {
    /// In the price on the shelf, as in Europe.
    #[default]
    Included,
    /// On top of the price on the shelf, as in the United States.
    Added,
}

/// The tax of one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// The rate's name.
    pub tax: String,
    /// Hundredths of a percent.
    pub rate_basis_points: u32,
    /// What is taxed, without the tax.
    pub net: Money,
    /// The tax.
    pub amount: Money,
}

/// Amounts with their tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxed {
    /// By rate, in the order of the list of rates; only rates that occur.
    pub lines: Vec<TaxLine>,
    /// What is to be paid: all net amounts and all taxes.
    pub total: Money,
}

const WHOLE: i128 = 10_000;

/// Works out the tax of `amounts`, each of them not negative, as marked on the shelf.
///
/// An amount whose rate is not in the list is not taxed and has no line.
///
/// # Errors
/// When currencies mix or a sum is too large.
pub fn tax(
    amounts: impl IntoIterator<Item = (TaxIx, Money)>,
    rates: &[TaxRate],
    mode: TaxMode,
    currency: Currency,
) -> Result<Taxed, MoneyError> {
    let mut sums: BTreeMap<TaxIx, Money> = BTreeMap::new();
    for (rate, amount) in amounts {
        let sum = sums.entry(rate).or_insert(Money::zero(currency));
        *sum = sum.plus(amount)?;
    }
    let mut lines = Vec::with_capacity(sums.len());
    let mut total = Money::zero(currency);
    for (ix, marked) in sums {
        let Some(rate) = rates.get(usize::from(ix.0)) else {
            total = total.plus(marked)?;
            continue;
        };
        let points = i128::from(rate.basis_points);
        let base = match mode {
            TaxMode::Included => WHOLE + points,
            TaxMode::Added => WHOLE,
        };
        let minor = half_even(i128::from(marked.minor) * points, base);
        let minor = i64::try_from(minor).map_err(|_| MoneyError::TooLarge(currency))?;
        let amount = Money::new(minor, currency);
        let net = match mode {
            TaxMode::Included => marked.minus(amount)?,
            TaxMode::Added => marked,
        };
        total = total.plus(net)?.plus(amount)?;
        lines.push(TaxLine {
            tax: rate.id.clone(),
            rate_basis_points: rate.basis_points,
            net,
            amount,
        });
    }
    Ok(Taxed { lines, total })
}

/// `numerator / denominator`, a half going to the even neighbour. The denominator is positive.
fn half_even(numerator: i128, denominator: i128) -> i128 {
    let down = numerator.div_euclid(denominator);
    let rest = numerator.rem_euclid(denominator) * 2;
    let up = rest > denominator || (rest == denominator && down % 2 != 0);
    down + i128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur() -> Currency {
        Currency::from_code("EUR").unwrap()
    }

    fn rates() -> Vec<TaxRate> {
        [
            ("none", 0),
            ("reduced", 700),
            ("standard", 1900),
            ("odd", 888),
        ]
        .map(|(id, basis_points)| TaxRate {
            id: id.to_owned(),
            basis_points,
        })
        .to_vec()
    }

    #[test]
    fn a_half_goes_to_the_even_neighbour() {
        for (n, d, expected) in [
            (5, 10, 0),
            (15, 10, 2),
            (25, 10, 2),
            (26, 10, 3),
            (24, 10, 2),
        ] {
            assert_eq!(half_even(n, d), expected, "{n}/{d}");
        }
    }

    #[test]
    fn included_tax_is_inside_and_added_tax_on_top() {
        let amounts = [(TaxIx(2), Money::new(11_900, eur()))];
        let inside = tax(amounts, &rates(), TaxMode::Included, eur()).unwrap();
        assert_eq!(
            (inside.lines[0].amount.minor, inside.total.minor),
            (1_900, 11_900)
        );
        let on_top = tax(amounts, &rates(), TaxMode::Added, eur()).unwrap();
        assert_eq!(
            (on_top.lines[0].amount.minor, on_top.total.minor),
            (2_261, 14_161)
        );
    }

    proptest! {
        #[test]
        fn net_and_tax_add_up_in_any_order_and_are_never_negative(
            amounts in proptest::collection::vec((0_u16..5, 0_i64..1_000_000), 0..20),
            included: bool,
            turn in 0_usize..20,
        ) {
            let mode = if included { TaxMode::Included } else { TaxMode::Added };
            let of = |list: &[(u16, i64)]| {
                let amounts = list.iter().map(|&(r, m)| (TaxIx(r), Money::new(m, eur())));
                tax(amounts, &rates(), mode, eur()).unwrap()
            };
            let taxed = of(&amounts);
            let untaxed: i64 = amounts.iter().filter(|a| a.0 == 4).map(|a| a.1).sum();
            let sum: i64 = taxed.lines.iter().map(|l| l.net.minor + l.amount.minor).sum();
            prop_assert_eq!(sum + untaxed, taxed.total.minor);
            prop_assert!(taxed.lines.iter().all(|l| l.net.minor >= 0 && l.amount.minor >= 0));
            let marked: i64 = amounts.iter().map(|a| a.1).sum();
            prop_assert!(taxed.total.minor >= marked);
            prop_assert!(!included || taxed.total.minor == marked);
            let mut turned = amounts.clone();
            turned.rotate_left(turn.min(amounts.len()));
            prop_assert_eq!(of(&turned), taxed);
        }
    }
}
