//! What nodes say to one another, for who tries what can be read of it.

use amble_cluster::Wire as _;
use bytes::Bytes;

use crate::message::Message;

/// Whether these bytes are something that one node says to another, as a node of this version reads them. In a
/// tokio runtime only: a question among them gets a place for its answer.
#[must_use]
pub fn is_said(bytes: &[u8]) -> bool {
    let nobody = Box::new(|_| {});
    Message::from_wire(Bytes::copy_from_slice(bytes), Some(nobody)).is_some()
}
