//! Telling every open call that the gateway stops.

use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::watch;
use tonic::Status;

use crate::errors;

/// Whether the gateway stops; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<bool>);

/// Makes it stop.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

pub(crate) fn stopping() -> (Stopper, Stopping) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stopping(receiver))
}

impl Stopper {
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    pub(crate) fn now(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it stops; a gateway that is gone has stopped.
    pub(crate) async fn wait(&mut self) {
        let _gone_is_stopped = self.0.wait_for(|stopping| *stopping).await;
    }

    /// `stream` until then, and after it a status that tells the caller to come again.
    pub(crate) fn cut<T, S>(mut self, stream: S) -> BoxStream<'static, Result<T, Status>>
    where
        T: Send + 'static,
        S: Stream<Item = Result<T, Status>> + Send + 'static,
    {
        let stopped = self.clone();
        let last_word = stream::once(async move { stopped.now() })
            .filter_map(|stops| async move { stops.then(|| Err(errors::stopping())) });
        stream
            .take_until(async move { self.wait().await })
            .chain(last_word)
            .boxed()
    }
}
