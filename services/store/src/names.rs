//! Names that go to the ledger.

/// A frame's name: its device and its sequence. An interaction has the name of the frame that closed
/// it, by its shelf's id (L2).
#[must_use]
pub fn frame_name(device: &str, sequence: u64) -> String {
    format!("{device}#{sequence}")
}

/// The sequence of the frame that is named so.
#[must_use]
pub fn frame_of(name: &str) -> Option<u64> {
    name.rsplit_once('#')?.1.parse().ok()
}

/// A receipt's name: one for each visit. It is also the charge's idempotency key (L5).
#[must_use]
pub fn receipt_id(visit: &str) -> String {
    format!("receipt-{visit}")
}

/// Why a review was opened: deciding alone would have cost more.
pub const DOUBT: &str = "doubt";
/// Why a review was opened: a shopper asked for it.
pub const DISPUTE: &str = "dispute";
/// What stands between a receipt's name and the product that is disputed.
pub const DISPUTED: &str = "/dispute/";

/// The name of a review that the bookkeeper opens with a receipt; counted from 1.
#[must_use]
pub fn doubt_id(receipt: &str, number: u32) -> String {
    format!("{receipt}/review/{number}")
}

/// The name of a shopper's dispute: one for each product of a receipt.
#[must_use]
pub fn dispute_id(receipt: &str, product: &str) -> String {
    format!("{receipt}{DISPUTED}{product}")
}

/// The name of the correction that a review's answer brings. It is also the refund's idempotency key (L5).
#[must_use]
pub fn correction_id(review: &str) -> String {
    format!("{review}/correction")
}
