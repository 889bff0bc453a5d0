//! Names of the things that messages are sent to.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

/// The name of a shard, or of an actor in one, for example `corner-shop/zone/3` and
/// `corner-shop/zone/3/camera/7`. It knows its shard, so whoever sends to it needs no other list.
/// Cheap to clone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    text: Arc<str>,
    /// Bytes of the text that name the shard.
    shard: u32,
}

impl Key {
    /// The key of a shard.
    #[must_use]
    pub fn shard_named(text: &str) -> Self {
        Self {
            text: text.into(),
            shard: u32::try_from(text.len()).unwrap_or(u32::MAX),
        }
    }

    /// The key of something that lives in this one's shard: `self/part`.
    #[must_use]
    pub fn child(&self, part: impl fmt::Display) -> Self {
        Self {
            text: format!("{self}/{part}").into(),
            shard: self.shard,
        }
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the shard that it lives in; its own, when it is a shard.
    #[must_use]
    pub fn shard(&self) -> &str {
        self.text.get(..self.shard as usize).unwrap_or(&self.text)
    }
}

// Two keys of one text are the same thing, wherever one believes that its shard's name ends.

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// A map of keys can be asked for a text.
impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How often a shard has been placed: a fencing token (rule L3). A write that carries an older one
/// than the ledger has seen is refused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Epoch(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_its_shard() {
        let zone = Key::shard_named("shop/zone/3");
        let camera = zone.child("camera/7");
        assert_eq!(camera.as_str(), "shop/zone/3/camera/7");
        assert_eq!(
            (zone.shard(), camera.shard()),
            ("shop/zone/3", "shop/zone/3")
        );
        assert_eq!(camera, Key::shard_named("shop/zone/3/camera/7"));
    }
}
