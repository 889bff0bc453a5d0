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
