//! `tell` and `ask` by key.

use std::time::Duration;

use tokio::{sync::oneshot, time::timeout};

use crate::{Directory, Key};

/// Sends messages to keys, wherever they live. In one process every key lives here.
#[derive(Debug)]
pub struct Router<M> {
    local: Directory<M>,
}

impl<M> Default for Router<M> {
    fn default() -> Self {
        Self {
            local: Directory::default(),
        }
    }
}

/// A message could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// Nobody owns the key now. Its owner may be starting: what matters is sent again by its sender.
    #[error("nobody owns {0} at the moment")]
    NoOwner(Key),
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

impl<M: Send + 'static> Router<M> {
    /// The keys that live in this process.
    #[must_use]
    pub fn local(&self) -> &Directory<M> {
        &self.local
    }

    /// Sends a message to the owner of the key. Messages of one sender to one key keep their order.
    ///
    /// # Errors
    /// When nobody owns the key.
    pub fn tell(&self, key: &Key, message: M) -> Result<(), TellError> {
        self.local
            .deliver(key, message)
            .map_err(|_| TellError::NoOwner(key.clone()))
    }

    /// Sends a question, made from the place where its answer goes, and waits for the answer.
    ///
    /// # Errors
    /// When nobody owns the key, when the owner ends, or when `deadline` passes.
    pub async fn ask<A: Send>(
        &self,
        key: &Key,
        deadline: Duration,
        question: impl FnOnce(oneshot::Sender<A>) -> M + Send,
    ) -> Result<A, AskError> {
        let (answer, wait) = oneshot::channel();
        self.tell(key, question(answer))?;
        match timeout(deadline, wait).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(AskError::Dropped(key.clone())),
            Err(_) => Err(AskError::TooLate {
                key: key.clone(),
                after: deadline,
            }),
        }
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
