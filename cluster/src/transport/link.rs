//! The way to one peer: calls it, and calls it again.

use std::{convert::Infallible, future::ready, sync::Arc, time::Duration};

use amble_proto::cluster::v1::{
    self as wire, ConnectRequest, ConnectResponse, Standing, connect_request, connect_response,
    peer_service_client::PeerServiceClient,
};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{Instant, sleep_until, timeout},
};
use tonic::Streaming;

use super::{
    address::{connect, refused},
    end::{End, Shared},
    inbox::Gap,
    outbox::{GivenUp, Question, Turn},
    pump::{Pump, Rhythm},
    settings::LARGEST_FRAME,
};
use crate::{
    NodeId,
    beat::{CONNECT_WITHIN, RECONNECT, SILENT_AFTER},
    telemetry::{self, Loss},
};

/// The way to one peer, for as long as it is kept.
pub(super) struct Link {
    end: Arc<End>,
    keeper: AbortHandle,
}

impl Link {
    /// Begins to call the peer, in the runtime of this handle.
    pub(super) fn new(shared: Arc<Shared>, peer: NodeId, runtime: &tokio::runtime::Handle) -> Self {
        let end = Arc::new(End::new(shared, peer, 1));
        let keeper = runtime.spawn(keep(end.clone())).abort_handle();
        Self { end, keeper }
    }

    /// Sends an item. Never waits.
    pub(super) fn send(&self, item: wire::Item, question: Option<Question>) {
        if let Err(GivenUp(items)) = self.end.out.push(item, question) {
            telemetry::given_up(&self.end.peer, Loss::Behind, items);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
        telemetry::given_up(&self.end.peer, Loss::Left, self.end.out.close());
        telemetry::unacked(&self.end.peer, 0);
    }
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("it can't be reached: {0}")]
    Unreachable(#[from] tonic::transport::Error),
    #[error(transparent)]
    Stream(#[from] tonic::Status),
    #[error("the peer ended it")]
    Ended,
    #[error("nothing came for {0:?}")]
    Silent(Duration),
    #[error(transparent)]
    Gap(#[from] Gap),
    #[error("the peer does not know the session")]
    UnknownSession,
    #[error("another node answers at its address")]
    OtherNode,
    #[error("the peer has seen this node leave")]
    Departed,
}

/// Keeps a stream to the peer, until it is aborted. One that breaks is called again at once, but no
/// more often than every [`RECONNECT`]. The peer is where the table says by then.
async fn keep(end: Arc<End>) {
    let nodes = end.shared.table.nodes();
    let mut welcomed = None;
    loop {
        let called = Instant::now();
        // None: the peer has left, and this is about to be aborted.
        let Some(address) = nodes.borrow().get(&end.peer).cloned() else {
            return;
        };
        let Err(broken) = carry(&end, &address, &mut welcomed).await;
        let gone = match &broken {
            Broken::Unreachable(error) => refused(error),
            Broken::OtherNode => true,
            _ => false,
        };
        tracing::debug!(peer = %end.peer, gone, "the stream to a peer broke: {broken}");
        if gone {
            end.shared.detector.gone(&end.peer);
            end.out.gone();
        }
        if matches!(broken, Broken::UnknownSession) {
            telemetry::given_up(&end.peer, Loss::Session, end.out.begin_session());
        }
        sleep_until(called + RECONNECT).await;
        telemetry::reconnect();
    }
}

/// Carries the session over one stream, until it breaks. `welcomed` is the session that the peer
/// knows.
async fn carry(
    end: &Arc<End>,
    address: &str,
    welcomed: &mut Option<u64>,
) -> Result<Infallible, Broken> {
    let session = end.out.session();
    let resumed = *welcomed == Some(session);
    if !resumed {
        end.inbox.begin_session();
    }
    let hello = wire::Hello {
        node: end.shared.me.to_string(),
        peer: end.peer.to_string(),
        session,
        resumed,
        received: end.inbox.received(),
    };
    let channel = connect(address, end.shared.trust.as_ref()).await?;
    let mut client = PeerServiceClient::new(channel).max_decoding_message_size(LARGEST_FRAME);
    let (good, turn) = oneshot::channel();
    let call = async {
        let answers = client.connect(requests(hello, end.clone(), turn)).await?;
        let mut answers = answers.into_inner();
        let welcome = next(&mut answers).await?;
        Ok::<_, Broken>((answers, welcome))
    };
    let opened = timeout(CONNECT_WITHIN, call).await;
    let (mut answers, welcome) = opened.map_err(|_| Broken::Silent(CONNECT_WITHIN))??;
    let connect_response::Message::Welcome(welcome) = welcome else {
        return Err(Broken::Ended);
    };
    if welcome.standing() != Standing::OtherNode {
        let parted = welcome.standing() == Standing::Departed;
        end.shared.detector.answers(&end.peer, parted);
    }
    match welcome.standing() {
        Standing::Good => {}
        Standing::UnknownSession => return Err(Broken::UnknownSession),
        Standing::OtherNode => return Err(Broken::OtherNode),
        Standing::Departed => return Err(Broken::Departed),
        Standing::Unspecified => return Err(Broken::Ended),
    }
    *welcomed = Some(session);
    // None: everything was given up meanwhile.
    let turn = end.out.begin_turn(session, welcome.received);
    let turn = turn.ok_or(Broken::Ended)?;
    good.send(turn.clone()).map_err(|_| Broken::Ended)?;
    loop {
        let answer = timeout(SILENT_AFTER, next(&mut answers)).await;
        let answer = answer.map_err(|_| Broken::Silent(SILENT_AFTER))??;
        let connect_response::Message::Frame(frame) = answer else {
            return Err(Broken::Ended);
        };
        if let Some(heartbeat) = &frame.heartbeat {
            noted(end, heartbeat.sent_us);
        }
        end.take(&turn, frame)?;
    }
}

/// What this side sends: who it is, and frames from when the peer has welcomed it.
fn requests(
    hello: wire::Hello,
    end: Arc<End>,
    turn: oneshot::Receiver<Turn>,
) -> impl Stream<Item = ConnectRequest> {
    let frames = async move {
        let pump = turn.await.map(|turn| Pump::new(end, turn, Rhythm::own()));
        stream::iter(pump).flat_map(Pump::frames)
    };
    let frames = frames.flatten_stream().map(connect_request::Message::Frame);
    stream::once(ready(connect_request::Message::Hello(hello)))
        .chain(frames)
        .map(|message| ConnectRequest {
            message: Some(message),
        })
}

async fn next(
    answers: &mut Streaming<ConnectResponse>,
) -> Result<connect_response::Message, Broken> {
    let answer = answers.message().await?;
    answer
        .and_then(|answer| answer.message)
        .ok_or(Broken::Ended)
}

/// A heartbeat of then was answered.
fn noted(end: &End, sent_us: u64) {
    if sent_us != 0 {
        let took = end.shared.now_us().saturating_sub(sent_us);
        telemetry::round_trip(Duration::from_micros(took));
        telemetry::unacked(&end.peer, end.out.bytes());
    }
}
