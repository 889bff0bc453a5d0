//! Decisions as the ledger keeps them, for who reads them after the day.

use amble_engine::{attribution::Decision, evidence::Interaction};

use crate::codec;

/// The decision that the bookkeeper wrote; `None` when another version did, or it is damaged.
#[must_use]
pub fn decision(body: &[u8]) -> Option<Decision> {
    codec::decode(body)
}

/// The interaction that a zone wrote; `None` when another version did, or it is damaged.
#[must_use]
pub fn interaction(body: &[u8]) -> Option<Interaction> {
    codec::decode(body)
}
