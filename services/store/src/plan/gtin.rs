//! GTINs: the codes under which goods are sold.
//!
//! A code is a string: its leading zeros belong to it.

/// The GTIN-13 of an item under a prefix that GS1 reserves for use within one company (020–029),
/// so that it can never be the code of something real. `item` counts modulo 10⁹.
#[must_use]
pub(crate) fn in_store(item: u64) -> String {
    let body = format!("020{:09}", item % 1_000_000_000);
    let check = check_digit(body.bytes());
    format!("{body}{check}")
}

/// The check digit that follows these digits (GS1 General Specifications, 7.9): the last digit is
/// weighed by 3, the one before it by 1, and so on.
pub(crate) fn check_digit(digits: impl DoubleEndedIterator<Item = u8>) -> u8 {
    let weighed = digits
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0') % 10) * weight);
    let sum: u32 = weighed.sum();
    ((10 - sum % 10) % 10) as u8
}
