//! How the store room's own state is written: postcard, preceded by a version.
//!
//! What another version wrote, or what is damaged, reads as nothing, and the shard starts from what
//! the devices send again (C4).

use serde::{Serialize, de::DeserializeOwned};

/// Raised whenever the form of anything that is stored changes.
const VERSION: u8 = 7;

/// Most values take no more bytes than this: they are written without making room again and again.
const USUAL: usize = 256;

/// Bytes of a value.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Plain data of ours: serialising into memory has no way to fail.
    let mut bytes = Vec::with_capacity(USUAL);
    bytes.push(VERSION);
    postcard::to_extend(value, bytes).unwrap_or_default()
}

/// The value of such bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (&version, rest) = bytes.split_first()?;
    if version != VERSION {
        tracing::warn!(version, "ignored a stored state of another version");
        return None;
    }
    postcard::from_bytes(rest)
        .inspect_err(|error| tracing::error!(%error, "ignored a stored state that can't be read"))
        .ok()
}
