//! The keys that live in this process.

use bytes::Bytes;
use dashmap::DashMap;

use crate::{Back, Key, Wire};

/// Takes the messages of one key. An actor that has ended gives the message back.
pub trait Mailbox<M>: Send + Sync {
    /// Puts the message into the queue.
    ///
    /// # Errors
    /// The message itself, when its actor has ended.
    fn deliver(&self, message: M) -> Result<(), M>;
}

impl<M, F> Mailbox<M> for F
where
    F: Fn(M) -> Result<(), M> + Send + Sync,
{
    fn deliver(&self, message: M) -> Result<(), M> {
        self(message)
    }
}

/// Key → mailbox, for the keys that live here. A restarted actor takes its key over; nobody who
/// sends to it notices.
pub struct Directory<M> {
    entries: DashMap<Key, Box<dyn Mailbox<M>>>,
}

impl<M> Default for Directory<M> {
    fn default() -> Self {
        Self {
            entries: DashMap::new(),
        }
    }
}

impl<M> std::fmt::Debug for Directory<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory")
            .field("keys", &self.entries.len())
            .finish()
    }
}

impl<M> Directory<M> {
    /// From now on the key's messages go to this mailbox.
    pub fn enter(&self, key: Key, mailbox: impl Mailbox<M> + 'static) {
        self.entries.insert(key, Box::new(mailbox));
    }

    /// The key no longer lives here.
    pub fn leave(&self, key: &Key) {
        self.entries.remove(key);
    }

    /// Nothing of a shard lives here any more.
    pub fn leave_shard(&self, shard: &str) {
        self.entries.retain(|key, _| key.shard() != shard);
    }

    /// Puts a message into the key's mailbox; gives it back when there is none, or none that lives.
    ///
    /// # Errors
    /// The message itself.
    pub fn deliver(&self, key: &Key, message: M) -> Result<(), M> {
        match self.entries.get(key) {
            Some(mailbox) => mailbox.deliver(message),
            None => Err(message),
        }
    }

    /// Every key that lives here, in no order.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.entries
            .iter()
            .map(|entry| entry.key().clone())
            .collect()
    }
}

/// What became of a message that came from a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// It is in its mailbox.
    Taken,
    /// The key does not live here.
    NotHere,
    /// The bytes are no message.
    Malformed,
}

/// Where messages from peers go in.
pub(crate) trait Inlet: Send + Sync {
    /// Whether this key lives here.
    fn has(&self, key: &str) -> bool;

    /// Puts the message of these bytes into the key's mailbox; `back` is there when it is a question.
    fn land(&self, key: &str, payload: Bytes, back: Option<Back>) -> Landing;
}

impl<M: Wire> Inlet for Directory<M> {
    fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    fn land(&self, key: &str, payload: Bytes, back: Option<Back>) -> Landing {
        let Some(mailbox) = self.entries.get(key) else {
            return Landing::NotHere;
        };
        let Some(message) = M::from_wire(payload, back) else {
            return Landing::Malformed;
        };
        match mailbox.deliver(message) {
            Ok(()) => Landing::Taken,
            Err(_) => Landing::NotHere,
        }
    }
}
