//! The door for peers: takes their streams.

use std::{pin::Pin, sync::Arc};

use amble_proto::cluster::v1::{
    self as wire, ConnectRequest, ConnectResponse, Standing, connect_request, connect_response,
    peer_service_server::PeerService,
};
use amble_trust::{Caller, refused};
use futures_util::{Stream, StreamExt, stream};
use tokio::{sync::watch, time::timeout};
use tonic::{Request, Response, Status, Streaming};

use super::{
    end::End,
    nodes::Nodes,
    outbox::Turn,
    pump::{Pump, Rhythm},
};
use crate::{NodeId, beat::CONNECT_WITHIN};

/// Takes the streams of peers.
pub(super) struct Door {
    nodes: Arc<Nodes>,
}

impl Door {
    pub(super) fn new(nodes: Arc<Nodes>) -> Self {
        Self { nodes }
    }

    /// Whether the caller has the name of a node. Its certificate is good, or it would not be here.
    fn admit(&self, caller: Option<&Caller>) -> Result<(), Status> {
        let Some(trust) = self.nodes.trust() else {
            return Ok(());
        };
        let names = caller.and_then(Caller::names);
        if names.is_some_and(|names| names.allow(&trust.name)) {
            return Ok(());
        }
        let why = format!("a node's certificate has the name {}", trust.name);
        if let Some(caller) = caller {
            refused("peers", "other_name", caller, &why);
        }
        Err(Status::permission_denied(why))
    }

    /// The session that the caller goes on with, or begins.
    fn welcome(&self, hello: &wire::Hello) -> Result<(Arc<End>, Turn), Standing> {
        if hello.peer != self.nodes.me().as_str() {
            return Err(Standing::OtherNode);
        }
        let peer = NodeId::new(&hello.node);
        let end = self.nodes.session(&peer, hello.session, hello.resumed)?;
        // None: its answers could not be kept.
        let turn = end.out.begin_turn(hello.session, hello.received);
        Ok((end, turn.ok_or(Standing::UnknownSession)?))
    }
}

#[tonic::async_trait]
impl PeerService for Door {
    type ConnectStream = Pin<Box<dyn Stream<Item = Result<ConnectResponse, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<ConnectRequest>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        self.admit(request.extensions().get::<Caller>())?;
        let mut requests = request.into_inner();
        let hello = timeout(CONNECT_WITHIN, next(&mut requests)).await;
        let hello = hello.map_err(|_| Status::deadline_exceeded("no hello came"))??;
        let Some(connect_request::Message::Hello(hello)) = hello else {
            return Err(Status::invalid_argument("the first message is a hello"));
        };
        let (standing, received, frames) = match self.welcome(&hello) {
            Ok((end, turn)) => {
                let received = end.inbox.received();
                let stream = Incoming::new(end, turn, requests);
                (Standing::Good, received, stream.frames().left_stream())
            }
            Err(standing) => (standing, 0, stream::empty().right_stream()),
        };
        let welcome = wire::Welcome {
            node: self.nodes.me().to_string(),
            standing: standing.into(),
            received,
        };
        let welcome = connect_response::Message::Welcome(welcome);
        let answers = stream::iter([Ok(welcome)])
            .chain(frames.map(|frame| frame.map(connect_response::Message::Frame)))
            .map(|message| {
                message.map(|message| ConnectResponse {
                    message: Some(message),
                })
            });
        Ok(Response::new(Box::pin(answers)))
    }
}

/// The next message; `None` when the stream is over.
async fn next(
    requests: &mut Streaming<ConnectRequest>,
) -> Result<Option<connect_request::Message>, Status> {
    let Some(request) = requests.message().await? else {
        return Ok(None);
    };
    let unknown = "a message that says nothing, or nothing that this version knows";
    let message = request.message;
    message
        .map(Some)
        .ok_or_else(|| Status::invalid_argument(unknown))
}

/// A peer's stream: what it sends is taken while answers go out.
struct Incoming {
    end: Arc<End>,
    turn: Turn,
    requests: Streaming<ConnectRequest>,
    pump: Pump,
    /// The heartbeat that was heard last.
    heard: watch::Sender<u64>,
}

impl Incoming {
    fn new(end: Arc<End>, turn: Turn, requests: Streaming<ConnectRequest>) -> Self {
        let heard = watch::Sender::new(0);
        let pump = Pump::new(end.clone(), turn.clone(), Rhythm::echo(heard.subscribe()));
        Self {
            end,
            turn,
            requests,
            pump,
            heard,
        }
    }

    fn frames(self) -> impl Stream<Item = Result<wire::Frame, Status>> {
        stream::try_unfold(self, |mut incoming| async {
            Ok(incoming.next().await?.map(|frame| (frame, incoming)))
        })
    }

    /// The next frame that goes out; `None` when the stream is over.
    async fn next(&mut self) -> Result<Option<wire::Frame>, Status> {
        loop {
            tokio::select! {
                frame = self.pump.next() => return Ok(frame),
                request = next(&mut self.requests) => match request? {
                    Some(connect_request::Message::Frame(frame)) => self.take(frame)?,
                    Some(connect_request::Message::Hello(_)) => {
                        return Err(Status::invalid_argument("a second hello"));
                    }
                    None => return Ok(None),
                },
            }
        }
    }

    fn take(&self, frame: wire::Frame) -> Result<(), Status> {
        if let Some(heartbeat) = &frame.heartbeat {
            self.heard.send_replace(heartbeat.sent_us);
        }
        let taken = self.end.take(&self.turn, frame);
        taken.map_err(|gap| Status::data_loss(gap.to_string()))
    }
}
