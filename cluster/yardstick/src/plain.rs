//! Plain tonic streaming: a channel of messages, one gRPC message each, on windows and settings like
//! those of `amble-cluster`.

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use amble_proto::cluster::v1::{
    ConnectRequest, ConnectResponse, Frame, Item, Message, connect_request, connect_response, item,
    peer_service_client::PeerServiceClient,
    peer_service_server::{PeerService, PeerServiceServer},
};
use bytes::Bytes;
use futures_util::{Stream, future::BoxFuture, stream};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::JoinHandle,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Endpoint, server::TcpIncoming},
};

use crate::{Contender, Fallible};

/// Messages that wait for the stream.
const WAITING: usize = 1_024;

struct Door;

/// One frame with one message.
fn frame(payload: Bytes, question: bool) -> Frame {
    let message = Message {
        key: "node/there/taker".to_owned(),
        shard_bytes: 10,
        payload,
        question,
    };
    Frame {
        received: 0,
        first: 0,
        items: vec![Item {
            item: Some(item::Item::Message(message)),
        }],
        heartbeat: None,
    }
}

#[tonic::async_trait]
impl PeerService for Door {
    type ConnectStream = Pin<Box<dyn Stream<Item = Result<ConnectResponse, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<ConnectRequest>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let state = (request.into_inner(), 0_u64);
        let answers = stream::try_unfold(state, |(mut requests, mut count)| async move {
            while let Some(request) = requests.message().await? {
                let Some(connect_request::Message::Frame(frame)) = request.message else {
                    continue;
                };
                for item in frame.items {
                    match item.item {
                        Some(item::Item::Message(message)) if message.question => {
                            let frame = Frame {
                                received: count,
                                ..Frame::default()
                            };
                            let answer = ConnectResponse {
                                message: Some(connect_response::Message::Frame(frame)),
                            };
                            return Ok(Some((answer, (requests, count))));
                        }
                        item => {
                            std::hint::black_box(item);
                            count += 1;
                        }
                    }
                }
            }
            Ok(None)
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

/// Takes messages in the other process.
pub fn take(listener: TcpListener) -> JoinHandle<Result<(), tonic::transport::Error>> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = amble_cluster::server().add_service(PeerServiceServer::new(Door));
    tokio::spawn(server.serve_with_incoming(incoming))
}

pub struct Sender {
    requests: mpsc::Sender<ConnectRequest>,
    answers: Arc<Mutex<Streaming<ConnectResponse>>>,
}

impl Sender {
    pub async fn new(there: SocketAddr) -> Fallible<Self> {
        let channel = Endpoint::from_shared(format!("http://{there}"))?
            .tcp_nodelay(true)
            .initial_stream_window_size(4 << 20)
            .initial_connection_window_size(8 << 20)
            .connect()
            .await?;
        let (requests, waiting) = mpsc::channel(WAITING);
        let answers = PeerServiceClient::new(channel)
            .connect(ReceiverStream::new(waiting))
            .await?;
        Ok(Self {
            requests,
            answers: Arc::new(Mutex::new(answers.into_inner())),
        })
    }
}

fn request(frame: Frame) -> ConnectRequest {
    ConnectRequest {
        message: Some(connect_request::Message::Frame(frame)),
    }
}

impl Contender for Sender {
    fn name(&self) -> &'static str {
        "plain tonic"
    }

    fn send(&mut self, messages: u64, bytes: usize) -> BoxFuture<'_, Fallible<()>> {
        Box::pin(async move {
            for _ in 0..messages {
                let message = frame(Bytes::from(vec![7; bytes]), false);
                self.requests.send(request(message)).await?;
            }
            Ok(())
        })
    }

    fn count(&mut self) -> BoxFuture<'static, Fallible<u64>> {
        let (requests, answers) = (self.requests.clone(), self.answers.clone());
        // Asked now, not when somebody waits: what is sent next comes after it.
        let asked = tokio::spawn(async move {
            requests.send(request(frame(Bytes::new(), true))).await?;
            let answer = answers.lock().await.message().await?;
            match answer.and_then(|answer| answer.message) {
                Some(connect_response::Message::Frame(frame)) => Ok(frame.received),
                _ => Err("no answer".into()),
            }
        });
        Box::pin(async move { asked.await? })
    }
}
