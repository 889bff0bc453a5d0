//! An amount of money.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Currency;

/// An amount in the smallest unit of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Cents, yen, fils.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why an amount can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one sum.
    #[error("can't add {0} and {1}: convert one of them first")]
    Mixed(Currency, Currency),
    /// More than 63 bits of minor units.
    #[error("the amount in {0} is too large for a receipt")]
    TooLarge(Currency),
}

impl Money {
    /// `minor` smallest units of `currency`.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ or the sum is too large.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        self.made(self.minor.checked_add(other.minor))
    }

    /// The difference.
    ///
    /// # Errors
    /// When the currencies differ or the difference is too large.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        self.made(self.minor.checked_sub(other.minor))
    }

    /// `count` times as much.
    ///
    /// # Errors
    /// When the product is too large.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        self.made(self.minor.checked_mul(i64::from(count)))
    }

    fn made(self, minor: Option<i64>) -> Result<Self, MoneyError> {
        minor
            .map(|minor| Self { minor, ..self })
            .ok_or(MoneyError::TooLarge(self.currency))
    }
}

/// "12.34 EUR", "1,200 JPY", "-0.005 KWD": the same everywhere, for receipts are not localised.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.digits());
        let padded = format!("{:0>width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = padded.split_at(padded.len() - digits);
        if self.minor < 0 {
            f.write_str("-")?;
        }
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        if digits > 0 {
            write!(f, ".{fraction}")?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_digits_of_their_currency() {
        for (minor, code, text) in [
            (1234, "EUR", "12.34 EUR"),
            (1200, "JPY", "1,200 JPY"),
            (-5, "KWD", "-0.005 KWD"),
            (0, "USD", "0.00 USD"),
            (123_456_789, "USD", "1,234,567.89 USD"),
            (100, "JPY", "100 JPY"),
            (i64::MIN, "JPY", "-9,223,372,036,854,775,808 JPY"),
        ] {
            let money = Currency::from_code(code).map(|c| Money::new(minor, c).to_string());
            assert_eq!(money, Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_overflows_or_mixes_is_an_error() {
        let eur = Currency::from_code("EUR").unwrap();
        let usd = Currency::from_code("USD").unwrap();
        let most = Money::new(i64::MAX, eur);
        assert_eq!(
            most.plus(Money::new(1, eur)),
            Err(MoneyError::TooLarge(eur))
        );
        assert_eq!(most.times(2), Err(MoneyError::TooLarge(eur)));
        assert_eq!(
            most.minus(Money::new(-1, eur)),
            Err(MoneyError::TooLarge(eur))
        );
        assert_eq!(
            most.plus(Money::zero(usd)),
            Err(MoneyError::Mixed(eur, usd))
        );
    }
}
