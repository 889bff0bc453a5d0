//! `tell` and `ask` by key.
//!
//! 1. A key that lives here gets the message as it is: one look into the directory, no bytes.
//! 2. Otherwise it goes to the node that owns the key's shard as far as is known, or to which the key
//!    is bound. Messages of one sender to one key keep their order there too.
//! 3. A message that finds nobody is dropped, counted, and corrects its sender's table (see
//!    [`crate::Table`]). Nobody who sends ever waits.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use amble_trust::call::Mutual;
use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    Answer, Directory, Epoch, Key, NodeId, Table, Wire,
    transport::{Nodes, Peers},
};

/// Sends messages to keys, wherever they live.
pub struct Router<M> {
    local: Arc<Directory<M>>,
    me: NodeId,
    /// The other nodes, if there may be any.
    remote: Option<Remote<M>>,
}

struct Remote<M> {
    nodes: Arc<Nodes>,
    into_wire: fn(M) -> (Bytes, Option<Answer>),
}

impl<M> Default for Router<M> {
    fn default() -> Self {
        Self::alone()
    }
}

impl<M> fmt::Debug for Router<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("me", &self.me)
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

/// A message could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// Nobody owns the key now. Its owner may be starting: what matters is sent again by its sender.
    #[error("nobody owns {0} at the moment")]
    NoOwner(Key),
    /// The message is too large to go to another node.
    #[error("a message of {bytes} bytes to {key} is too large to go to another node")]
    TooLarge {
        /// To whom.
        key: Key,
        /// Its size.
        bytes: usize,
    },
}

/// A question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It could not be sent.
    #[error(transparent)]
    Tell(#[from] TellError),
    /// The one who was asked ended before it answered.
    #[error("{0} ended before it answered")]
    Dropped(Key),
    /// The answer took too long.
    #[error("{key} did not answer within {after:?}")]
    TooLate {
        /// Who was asked.
        key: Key,
        /// The time that it had.
        after: Duration,
    },
}

impl<M> Router<M> {
    /// The router of a process in which every key lives.
    #[must_use]
    pub fn alone() -> Self {
        Self {
            local: Arc::default(),
            me: NodeId::new("alone"),
            remote: None,
        }
    }

    /// The keys that live in this process.
    #[must_use]
    pub fn local(&self) -> &Directory<M> {
        &self.local
    }

    /// The same, to be kept.
    #[must_use]
    pub fn shared_local(&self) -> Arc<Directory<M>> {
        Arc::clone(&self.local)
    }

    /// This node.
    #[must_use]
    pub fn me(&self) -> &NodeId {
        &self.me
    }

    /// The key of something that is bound to this node: for who wants to be answered here.
    #[must_use]
    pub fn here(&self, part: impl fmt::Display) -> Key {
        self.me.own_key(part)
    }

    /// This node owns a shard now. All peers hear it before what this node sends next.
    pub fn announce(&self, shard: &str, epoch: Epoch) {
        if let Some(remote) = &self.remote {
            remote.nodes.announce(shard, epoch);
        }
    }
}

impl<M: Wire> Router<M> {
    /// The router of a node of a cluster: `me`, among the nodes of the table. Streams to the peers
    /// run in the runtime of the caller, until the [`Peers`] are dropped. Their service must be served
    /// at this node's address before any table names it: a node that refuses is taken for gone. With
    /// `trust`, peers are those who have the name that it asks for.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn in_cluster(me: NodeId, table: Arc<Table>, trust: Option<Mutual>) -> (Self, Peers) {
        let local = Arc::<Directory<M>>::default();
        let peers = Peers::new(me.clone(), table, local.clone(), trust);
        let remote = Remote {
            nodes: peers.nodes(),
            into_wire: M::into_wire,
        };
        let router = Self {
            local,
            me,
            remote: Some(remote),
        };
        (router, peers)
    }
}

impl<M: Send + 'static> Router<M> {
    /// Sends a message to the owner of the key. Messages of one sender to one key keep their order.
    ///
    /// # Errors
    /// When nobody owns the key as far as is known, or the message is too large for the way there.
    pub fn tell(&self, key: &Key, message: M) -> Result<(), TellError> {
        match self.local.deliver(key, message) {
            Ok(()) => Ok(()),
            Err(message) => self.tell_away(key, message, None),
        }
    }

    /// Sends a question, made from the place where its answer goes, and waits for the answer.
    ///
    /// # Errors
    /// When nobody owns the key, when the owner or its node ends, or when `deadline` passes.
    pub async fn ask<A: Send>(
        &self,
        key: &Key,
        deadline: Duration,
        question: impl FnOnce(oneshot::Sender<A>) -> M + Send,
    ) -> Result<A, AskError> {
        let (answer, wait) = oneshot::channel();
        let mut nobody = None;
        if let Err(question) = self.local.deliver(key, question(answer)) {
            let nobody = nobody.insert(Arc::default());
            self.tell_away(key, question, Some(nobody))?;
        }
        match timeout(deadline, wait).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) if nobody.is_some_and(|nobody| nobody.load(Ordering::Acquire)) => {
                Err(TellError::NoOwner(key.clone()).into())
            }
            Ok(Err(_)) => Err(AskError::Dropped(key.clone())),
            Err(_) => Err(AskError::TooLate {
                key: key.clone(),
                after: deadline,
            }),
        }
    }

    /// Sends to a key that does not live here. `nobody` is set when it does not live there either.
    fn tell_away(
        &self,
        key: &Key,
        message: M,
        nobody: Option<&Arc<AtomicBool>>,
    ) -> Result<(), TellError> {
        let Some(remote) = &self.remote else {
            return Err(TellError::NoOwner(key.clone()));
        };
        let bytes = || (remote.into_wire)(message);
        remote.nodes.tell(key, bytes, nobody.cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Message {
        Double(u32, oneshot::Sender<u32>),
    }

    #[tokio::test]
    async fn a_question_finds_its_key_and_a_missing_owner_is_named() {
        let router = Router::default();
        let key = Key::shard_named("shop/zone/3");
        router
            .local()
            .enter(key.clone(), |Message::Double(n, answer)| {
                let _ = answer.send(2 * n);
                Ok(())
            });
        let wait = Duration::from_secs(5);
        let answer = router.ask(&key, wait, |to| Message::Double(21, to)).await;
        assert_eq!(answer.unwrap(), 42);

        router.local().leave(&key);
        let answer = router.ask(&key, wait, |to| Message::Double(21, to)).await;
        assert_eq!(
            answer.unwrap_err().to_string(),
            "nobody owns shop/zone/3 at the moment"
        );
    }
}
