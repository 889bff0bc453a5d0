//! A remote actor of ractor_cluster. The payload goes in and out of its messages without a copy.

use std::net::Ipv4Addr;

use futures_util::future::BoxFuture;
use ractor::{Actor, ActorProcessingErr, ActorRef, BytesConvertable, RpcReplyPort};
use ractor_cluster::{NodeServer, NodeServerMessage, RactorClusterMessage};
use tokio::task::JoinHandle;

use crate::{Contender, Fallible, patiently};

const GROUP: &str = "takers";

pub struct Payload(Vec<u8>);

impl BytesConvertable for Payload {
    fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

#[derive(RactorClusterMessage)]
pub enum Message {
    Take(Payload),
    #[rpc]
    Count(RpcReplyPort<u64>),
}

struct Taker;

impl Actor for Taker {
    type Msg = Message;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, me: ActorRef<Message>, (): ()) -> Result<u64, ActorProcessingErr> {
        ractor::pg::join(GROUP.to_owned(), vec![me.get_cell()]);
        Ok(0)
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        count: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Take(payload) => {
                std::hint::black_box(payload);
                *count += 1;
            }
            Message::Count(reply) => reply.send(*count)?,
        }
        Ok(())
    }
}

type Server = (ActorRef<NodeServerMessage>, JoinHandle<()>);

async fn server(name: &str, port: u16) -> Fallible<Server> {
    let server = NodeServer::new(
        port,
        "cookie".to_owned(),
        name.to_owned(),
        "localhost".to_owned(),
        None,
        None,
    );
    let server = server.with_listen_addr(Ipv4Addr::LOCALHOST.into());
    Ok(Actor::spawn(None, server, ()).await?)
}

/// Takes messages in the other process.
pub async fn take(port: u16) -> Fallible<Server> {
    Actor::spawn(None, Taker, ()).await?;
    server("there", port).await
}

pub struct Sender {
    taker: ActorRef<Message>,
    _server: Server,
}

impl Sender {
    pub async fn new(port: u16) -> Fallible<Self> {
        let server = server("here", 0).await?;
        while ractor_cluster::client_connect(&server.0, (Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let found = || ractor::pg::get_members(&GROUP.to_owned()).pop();
        let taker = patiently("ractor_cluster", found).await?;
        Ok(Self {
            taker: taker.into(),
            _server: server,
        })
    }
}

impl Contender for Sender {
    fn name(&self) -> &'static str {
        "ractor_cluster"
    }

    fn send(&mut self, messages: u64, bytes: usize) -> BoxFuture<'_, Fallible<()>> {
        Box::pin(async move {
            for _ in 0..messages {
                let sent = self.taker.cast(Message::Take(Payload(vec![7; bytes])));
                sent.map_err(|error| error.to_string())?;
            }
            Ok(())
        })
    }

    fn count(&mut self) -> BoxFuture<'static, Fallible<u64>> {
        let taker = self.taker.clone();
        // Asked now, not when somebody waits: what is sent next comes after it.
        let (to, answer) = ractor::concurrency::oneshot();
        let asked = taker.cast(Message::Count(RpcReplyPort::from(to)));
        Box::pin(async move {
            asked.map_err(|error| error.to_string())?;
            Ok(answer.await?)
        })
    }
}
