//! Names that go to the ledger.

/// An interaction's name: its shelf and the frame that closed it (L2).
#[must_use]
pub fn interaction_id(shelf: &str, sequence: u64) -> String {
    format!("{shelf}#{sequence}")
}

/// A receipt's name: one for each visit. It is also the charge's idempotency key (L5).
#[must_use]
pub fn receipt_id(visit: &str) -> String {
    format!("receipt-{visit}")
}
