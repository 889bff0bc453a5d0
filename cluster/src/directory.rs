//! The keys that live in this process.

use dashmap::DashMap;

use crate::Key;

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
