//! GTINs: the codes under which goods are sold.
//!
//! A code is a string: its leading zeros belong to it.

const LENGTHS: [usize; 4] = [8, 12, 13, 14];

/// What a product's code turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// A GTIN; the same one in fourteen digits, by which GTINs of different length compare.
    Gtin(String),
    /// Of a GTIN's length, but with the wrong last digit.
    Wrong {
        /// The right last digit.
        check: u8,
    },
    /// A code of the shop's own.
    Local {
        /// The GTIN that it would be if a spreadsheet took its leading zeros.
        lost_zeros: Option<String>,
    },
}

pub(super) fn code(code: &str) -> Code {
    let split = code.split_at_checked(code.len().saturating_sub(1));
    let digits = !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit());
    let Some((body, last)) = split.filter(|_| digits) else {
        return Code::Local { lost_zeros: None };
    };
    let check = check_digit(body.bytes());
    let right = last.as_bytes() == [b'0' + check];
    if LENGTHS.contains(&code.len()) {
        return if right {
            Code::Gtin(format!("{code:0>14}"))
        } else {
            Code::Wrong { check }
        };
    }
    // Zeros in front change no check digit, so a GTIN that lost some still has the right one. A
    // number shorter than nine digits more likely is the shop's own, and right by chance.
    let lost_zeros = (right && (9..12).contains(&code.len())).then(|| format!("{code:0>12}"));
    Code::Local { lost_zeros }
}

/// The GTIN-13 of an item under a prefix that GS1 reserves for use within one company (020–029),
/// so that it can never be the code of something real. `item` counts modulo 10⁹.
pub(super) fn in_store(item: u64) -> String {
    let body = format!("020{:09}", item % 1_000_000_000);
    let check = check_digit(body.bytes());
    format!("{body}{check}")
}

/// The check digit that follows these digits (GS1 General Specifications, 7.9): the last digit is
/// weighed by 3, the one before it by 1, and so on.
fn check_digit(digits: impl DoubleEndedIterator<Item = u8>) -> u8 {
    let weighed = digits
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0') % 10) * weight);
    let sum: u32 = weighed.sum();
    ((10 - sum % 10) % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gtin_has_its_length_and_its_check_digit() {
        // The examples of Wikipedia's articles on EAN-8, UPC-A, EAN-13 and GTIN-14.
        for gtin in [
            "73513537",
            "036000291452",
            "4006381333931",
            "10012345678902",
        ] {
            assert_eq!(code(gtin), Code::Gtin(format!("{gtin:0>14}")), "{gtin}");
        }
        assert_eq!(code("4006381333932"), Code::Wrong { check: 1 });
        assert_eq!(code(&in_store(7)), Code::Gtin(format!("0{}", in_store(7))));
    }

    #[test]
    fn other_codes_are_local_and_lost_zeros_are_noticed() {
        for local in ["", "120130", "APPLE-1", "é1234567", "123456789012345"] {
            assert_eq!(code(local), Code::Local { lost_zeros: None }, "{local}");
        }
        let lost_zeros = Some("036000291452".to_owned());
        assert_eq!(code("36000291452"), Code::Local { lost_zeros });
    }
}
