//! The currencies of ISO 4217.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency in use: its ISO 4217 code, and how many digits follow the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

/// A code that no currency has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown currency {0:?}; use a code of ISO 4217 such as \"EUR\"")]
pub struct UnknownCurrency(pub String);

/// Codes by the number of digits after the point: ISO 4217 list one as of 2026, without funds
/// codes, metals and test codes, which no shop charges in. Withdrawn since, but kept because receipts
/// outlive currencies: BGN.
const BY_DIGITS: [(u8, &str); 3] = [
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD \
         CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
         GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD \
         LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
         PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
         SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW \
         ZWG",
    ),
];

impl Currency {
    /// The currency with this code, written in capitals.
    ///
    /// # Errors
    /// When no currency has it.
    pub fn from_code(code: &str) -> Result<Self, UnknownCurrency> {
        BY_DIGITS
            .iter()
            .find(|(_, codes)| codes.split_ascii_whitespace().any(|c| c == code))
            .and_then(|&(digits, _)| {
                let code = code.as_bytes().try_into().ok()?;
                Some(Self { code, digits })
            })
            .ok_or_else(|| UnknownCurrency(code.to_owned()))
    }

    /// Its code, such as "EUR".
    #[must_use]
    pub fn code(&self) -> &str {
        // The code came out of the table above, which is ASCII.
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Digits after the point: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        Self::from_code(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_three_capitals_listed_once() {
        let codes: Vec<&str> = BY_DIGITS
            .iter()
            .flat_map(|(_, codes)| codes.split_ascii_whitespace())
            .collect();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
        for code in codes {
            assert!(code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()));
            assert_eq!(
                Currency::from_code(code).map(|c| c.to_string()),
                Ok(code.to_owned())
            );
        }
    }

    #[test]
    fn digits_are_those_of_the_standard() {
        for (code, digits) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("USD", 2), ("TND", 3)] {
            assert_eq!(Currency::from_code(code).map(|c| c.digits()), Ok(digits));
        }
        for code in ["", "eur", "EURO", "XXX", "EU", "EUR USD"] {
            assert!(Currency::from_code(code).is_err(), "{code}");
        }
    }
}
