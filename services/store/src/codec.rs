//! How the store room's own state is written, and what nodes say to one another: postcard, preceded by a
//! version.
//!
//! 1. What this version wrote, this version reads, whatever release does: a form that changes gets another
//!    version. `forms/VERSION` holds what each version wrote, and `forms.rs` reads it.
//! 2. What another version wrote, or what is damaged, reads as nothing, and is counted. A shard starts from
//!    what the devices send again (C4), and whoever is told so goes on without.

#[cfg(test)]
mod day;
#[cfg(test)]
mod forms;

use serde::{Serialize, de::DeserializeOwned};

use crate::telemetry;

/// Raised whenever the form of anything changes that is stored or said.
const VERSION: u8 = 8;

/// Most values take no more bytes than this: they are written without making room again and again.
const USUAL: usize = 256;

/// Bytes that hold no value of the kind that is wanted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Another version's.
    #[error("it has the form of version {0}, and this program has that of version {VERSION}")]
    OtherVersion(u8),
    /// No version's.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl Unread {
    /// Its name in metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::OtherVersion(_) => "version",
            Self::Damaged(_) => "damaged",
        }
    }
}

/// Bytes of a value.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Plain data of ours: serialising into memory has no way to fail.
    let mut bytes = Vec::with_capacity(USUAL);
    bytes.push(VERSION);
    postcard::to_extend(value, bytes).unwrap_or_default()
}

/// The value of such bytes, and of no more than these.
///
/// # Errors
/// When they are no such bytes.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    let damaged = |why: &dyn std::fmt::Display| Unread::Damaged(why.to_string());
    let (&version, rest) = bytes.split_first().ok_or_else(|| damaged(&"it is empty"))?;
    if version != VERSION {
        return Err(Unread::OtherVersion(version));
    }
    match postcard::take_from_bytes(rest) {
        Ok((value, [])) => Ok(value),
        Ok((_, more)) => Err(damaged(&format!("it goes on for {} bytes", more.len()))),
        Err(error) => Err(damaged(&error)),
    }
}

/// The value of bytes that were stored; what can't be read is said, and counted.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    read(bytes)
        .inspect_err(|unread| {
            telemetry::unread(unread.as_str());
            tracing::error!(%unread, "what is stored can't be read, and is passed over");
        })
        .ok()
}
