//! Somebody who looks into a shop that runs, through its inspect service.

use std::{net::SocketAddr, time::Duration};

use amble_proto::v1::{
    Actor, ActorDescription, ActorKind, DescribeActorRequest, Event, FindActorsRequest,
    FindActorsResponse, ListHistoryRequest, ListNodesRequest, ListNodesResponse, ListShardsRequest,
    Shard, WatchEventsRequest, WatchEventsResponse, inspect_service_client::InspectServiceClient,
    watch_events_response::News,
};
use tokio::{runtime::Runtime, time::timeout};
use tonic::{Code, Response, Status, Streaming, transport::Channel};

use crate::{Fault, Outcome};

/// How long any answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than who asks too often is told to wait.
const AGAIN: Duration = Duration::from_millis(10);

/// A client of one node, whose calls block.
#[derive(Debug)]
pub struct Inspector {
    runtime: Runtime,
    /// For calls that have no words here: see [`Self::call`].
    pub client: InspectServiceClient<Channel>,
}

/// Events as they come.
pub type Events = Streaming<WatchEventsResponse>;

impl Inspector {
    /// Connects to the node at this address.
    ///
    /// # Errors
    /// When nobody answers there.
    pub fn connect(address: SocketAddr) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let client = InspectServiceClient::connect(format!("http://{address}"));
        let client = runtime.block_on(client)?;
        Ok(Self { runtime, client })
    }

    /// Waits for the answer to a call of its client. Where it has asked too often, it waits as it is
    /// told to, and asks again.
    ///
    /// # Errors
    /// What the shop said instead.
    pub fn call<T, F>(&self, call: impl Fn(InspectServiceClient<Channel>) -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let asking = async {
            loop {
                match call(self.client.clone()).await {
                    Err(status) if status.code() == Code::ResourceExhausted => {
                        tokio::time::sleep(AGAIN).await;
                    }
                    answer => return answer,
                }
            }
        };
        let answer = self
            .runtime
            .block_on(async { timeout(PATIENCE, asking).await });
        let answer = answer.map_err(|_| Status::deadline_exceeded("no answer at all"))?;
        answer.map(Response::into_inner)
    }

    /// The nodes.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn nodes(&self) -> Outcome<ListNodesResponse> {
        let call = |mut client: InspectServiceClient<_>| async move {
            client.list_nodes(ListNodesRequest {}).await
        };
        Ok(self.call(call)?)
    }

    /// The shards.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn shards(&self) -> Outcome<Vec<Shard>> {
        let call = |mut client: InspectServiceClient<_>| async move {
            client.list_shards(ListShardsRequest::default()).await
        };
        Ok(self.call(call)?.shards)
    }

    /// A page of the actors of a kind.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn page(&self, kind: ActorKind, size: u32, token: &str) -> Outcome<FindActorsResponse> {
        let request = FindActorsRequest {
            kind: kind.into(),
            page_size: size,
            page_token: token.to_owned(),
            ..FindActorsRequest::default()
        };
        let call = |mut client: InspectServiceClient<_>| {
            let request = request.clone();
            async move { client.find_actors(request).await }
        };
        Ok(self.call(call)?)
    }

    /// All actors of a kind.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn actors(&self, kind: ActorKind) -> Outcome<Vec<Actor>> {
        Ok(self.page(kind, 1_000, "")?.actors)
    }

    /// An actor, as it sees itself.
    ///
    /// # Errors
    /// What the shop said instead.
    pub fn describe(&self, key: &str) -> Result<ActorDescription, Status> {
        let request = DescribeActorRequest {
            actor_key: key.to_owned(),
        };
        let call = |mut client: InspectServiceClient<_>| {
            let request = request.clone();
            async move { client.describe_actor(request).await }
        };
        let said = self.call(call)?.actor;
        said.ok_or_else(|| Status::internal("an answer without an actor"))
    }

    /// What happened, to one shard or, without, to all.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn history(&self, shard: &str) -> Outcome<Vec<Event>> {
        let request = ListHistoryRequest {
            shard_key: shard.to_owned(),
            limit: 4_000,
        };
        let call = |mut client: InspectServiceClient<_>| {
            let request = request.clone();
            async move { client.list_history(request).await }
        };
        Ok(self.call(call)?.events)
    }

    /// Begins to watch.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn watch(&self) -> Outcome<Events> {
        let call = |mut client: InspectServiceClient<_>| async move {
            client.watch_events(WatchEventsRequest {}).await
        };
        Ok(self.call(call)?)
    }

    /// The next event that is as wanted; those before it are passed over.
    ///
    /// # Errors
    /// When it does not come, or some were missed.
    pub fn next(
        &self,
        events: &mut Events,
        what: &str,
        wanted: impl Fn(&Event) -> bool,
    ) -> Outcome<Event> {
        let find = async {
            loop {
                let news = events.message().await?.and_then(|news| news.news);
                match news {
                    Some(News::Event(event)) if wanted(&event) => return Ok(event),
                    Some(News::Event(_)) => {}
                    other => return Err(Fault::new(format!("{what}: {other:?}"))),
                }
            }
        };
        let found = self
            .runtime
            .block_on(async { timeout(PATIENCE, find).await });
        found.map_err(|_| Fault::new(format!("it never came: {what}")))?
    }

    /// Runs something of this client's world to its end.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// The key of the first of these actors.
///
/// # Errors
/// When there is none.
pub fn first_key(actors: &[Actor]) -> Outcome<String> {
    let first = actors.first();
    let first = first.ok_or_else(|| Fault::new("there is no such actor"))?;
    Ok(first.actor_key.clone())
}

/// What a shop said instead of an answer.
#[must_use]
pub fn told(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}
