//! What the bookkeeper takes and says, as the ledger keeps it, for who reads it after the day.

use amble_engine::{attribution::Decision, evidence::Interaction};

use crate::{codec, message::VisitEvent};

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

/// What a bucket wrote of a party; `None` when another version did, or it is damaged.
#[must_use]
pub fn visit_event(body: &[u8]) -> Option<VisitEvent> {
    codec::decode(body)
}
