//! Amounts as Stripe counts them, which differs from ISO 4217 for a few currencies.
//!
//! Source: docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and
//! "Special cases".

use crate::{currency::minor_digits, payment::Money};

/// The amount for the API.
///
/// # Errors
///
/// When the service can't take it to the last minor unit: nothing is rounded.
pub(crate) fn amount(money: &Money) -> Result<i64, String> {
    let minor = money.minor;
    let (times, over) = match money.currency.as_str() {
        // ISO 4217 knows no minor unit; the API has kept the two digits of old.
        "ISK" | "UGX" => (100, 1),
        // ISO 4217 has two digits; the API none.
        "MGA" => (1, 100),
        // The last of three digits must be zero.
        code if minor_digits(code) == 3 => (1, 10),
        _ => (1, 1),
    };
    if minor <= 0 {
        return Err(format!("{minor} is not an amount to pay"));
    }
    if minor % over != 0 {
        return Err(format!(
            "{} {minor} can't be paid: only multiples of {over} minor units can",
            money.currency
        ));
    }
    let counted = match money.currency.as_str() {
        "MGA" => minor / over,
        _ => minor.checked_mul(times).ok_or("the amount is too large")?,
    };
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_those_of_the_service_and_never_rounded() {
        let of = |minor, currency: &str| {
            amount(&Money {
                minor,
                currency: currency.to_owned(),
            })
        };
        assert_eq!(of(1999, "EUR"), Ok(1999));
        assert_eq!(of(500, "JPY"), Ok(500));
        assert_eq!(of(5, "ISK"), Ok(500));
        assert_eq!(of(1200, "MGA"), Ok(12));
        assert_eq!(of(5120, "KWD"), Ok(5120));
        for (minor, currency) in [
            (5124, "KWD"),
            (1250, "MGA"),
            (i64::MAX, "ISK"),
            (0, "EUR"),
            (-1, "EUR"),
        ] {
            assert!(of(minor, currency).is_err(), "{minor} {currency}");
        }
    }
}
