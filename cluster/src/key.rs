//! Names of the things that messages are sent to.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The name of an actor or a shard, for example `corner-shop/zone/3`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(Arc<str>);

impl Key {
    /// A key of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The key of something that belongs to this one: `self/part`.
    #[must_use]
    pub fn child(&self, part: impl fmt::Display) -> Self {
        Self(format!("{self}/{part}").into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How often a shard has been placed: a fencing token (rule L3). A write that carries an older one
/// than the ledger has seen is refused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Epoch(pub u64);
