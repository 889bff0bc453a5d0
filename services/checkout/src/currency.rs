//! ISO 4217: how many digits a currency's minor unit has, and amounts as people write them.

/// Digits after the point: 10^digits minor units make one of the currency.
///
/// Source: ISO 4217 list one. Codes that are not exceptions there, known or not, have two.
#[must_use]
pub fn minor_digits(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// An amount of minor units with the currency's digits and without its code: `1234` of EUR is
/// `12.34`.
#[must_use]
pub fn amount(minor: i64, code: &str) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let digits = minor_digits(code);
    let one = 10_u64.pow(digits);
    let minor = minor.unsigned_abs();
    if digits == 0 {
        return format!("{sign}{minor}");
    }
    let width = digits as usize;
    format!("{sign}{}.{:0width$}", minor / one, minor % one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_currencys_digits() {
        for (minor, code, text) in [
            (1234, "EUR", "12.34"),
            (5, "EUR", "0.05"),
            (-5, "EUR", "-0.05"),
            (1234, "JPY", "1234"),
            (1234, "KWD", "1.234"),
            (1234, "CLF", "0.1234"),
            (i64::MIN, "USD", "-92233720368547758.08"),
        ] {
            assert_eq!(amount(minor, code), text);
        }
    }
}
