//! The door of those who keep the shop running.
//!
//! 1. What is asked for is checked here: sizes, numbers of enums, lengths of time. Whether it exists,
//!    the shop knows.
//! 2. A page, a history and a wait are bounded; an empty request is a good one where nothing has to be
//!    named.
//! 3. Who watches too slowly is told how much was missed, and goes on: nothing in the shop waits.

mod checks;

use std::sync::Arc;

use amble_proto::v1::{
    DescribeActorRequest, DescribeActorResponse, DrainNodeRequest, DrainNodeResponse,
    FindActorsRequest, FindActorsResponse, ListHistoryRequest, ListHistoryResponse,
    ListNodesRequest, ListNodesResponse, ListShardsRequest, ListShardsResponse, MoveShardRequest,
    MoveShardResponse, WatchEventsRequest, WatchEventsResponse,
    inspect_service_server::InspectService,
};
use futures_util::{StreamExt as _, stream::BoxStream};
use tonic::{Request, Response, Status};

use crate::{
    limits::Limits,
    metrics::Watcher,
    ports::Inspectors,
    shopper::{CallLimit, check_id},
    stop::Stopping,
};

/// Serves `amble.v1.InspectService`.
pub(crate) struct InspectDoor {
    shop: Arc<dyn Inspectors>,
    calls: CallLimit,
    stopping: Stopping,
}

impl InspectDoor {
    pub(crate) fn new(shop: Arc<dyn Inspectors>, limits: &Limits, stopping: Stopping) -> Self {
        Self {
            shop,
            calls: CallLimit::new(limits.operator_calls_per_second),
            stopping,
        }
    }
}

#[tonic::async_trait]
impl InspectService for InspectDoor {
    async fn list_nodes(
        &self,
        _: Request<ListNodesRequest>,
    ) -> Result<Response<ListNodesResponse>, Status> {
        let call = async { Ok(Response::new(self.shop.nodes().await)) };
        self.calls.answer("ListNodes", call).await
    }

    async fn list_shards(
        &self,
        request: Request<ListShardsRequest>,
    ) -> Result<Response<ListShardsResponse>, Status> {
        let node = request.into_inner().node;
        let call = async {
            checks::text("node", &node)?;
            Ok(Response::new(self.shop.shards(&node).await?))
        };
        self.calls.answer("ListShards", call).await
    }

    async fn find_actors(
        &self,
        request: Request<FindActorsRequest>,
    ) -> Result<Response<FindActorsResponse>, Status> {
        let request = request.into_inner();
        let call = async {
            let query = checks::actors(request)?;
            Ok(Response::new(self.shop.actors(query).await?))
        };
        self.calls.answer("FindActors", call).await
    }

    async fn describe_actor(
        &self,
        request: Request<DescribeActorRequest>,
    ) -> Result<Response<DescribeActorResponse>, Status> {
        let key = request.into_inner().actor_key;
        let call = async {
            check_id("actor_key", &key)?;
            let actor = Some(self.shop.describe(&key).await?);
            Ok(Response::new(DescribeActorResponse { actor }))
        };
        self.calls.answer("DescribeActor", call).await
    }

    async fn list_history(
        &self,
        request: Request<ListHistoryRequest>,
    ) -> Result<Response<ListHistoryResponse>, Status> {
        let request = request.into_inner();
        let call = async {
            checks::text("shard_key", &request.shard_key)?;
            let limit = checks::history(request.limit);
            let events = self.shop.history(&request.shard_key, limit).await?;
            Ok(Response::new(ListHistoryResponse { events }))
        };
        self.calls.answer("ListHistory", call).await
    }

    type WatchEventsStream = BoxStream<'static, Result<WatchEventsResponse, Status>>;

    async fn watch_events(
        &self,
        _: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let call = async {
            let watcher = Watcher::new("WatchEvents");
            let events = self.shop.events().map(move |news| {
                // Held until the stream is dropped.
                let _ = &watcher;
                Ok(WatchEventsResponse { news: Some(news) })
            });
            Ok(Response::new(self.stopping.clone().cut(events)))
        };
        self.calls.answer("WatchEvents", call).await
    }

    async fn drain_node(
        &self,
        request: Request<DrainNodeRequest>,
    ) -> Result<Response<DrainNodeResponse>, Status> {
        let request = request.into_inner();
        let call = async {
            check_id("node", &request.node)?;
            let noted = self.shop.drain(&request.node, !request.undo).await?;
            Ok(Response::new(noted))
        };
        self.calls.answer("DrainNode", call).await
    }

    async fn move_shard(
        &self,
        request: Request<MoveShardRequest>,
    ) -> Result<Response<MoveShardResponse>, Status> {
        let request = request.into_inner();
        let call = async {
            check_id("shard_key", &request.shard_key)?;
            checks::text("to_node", &request.to_node)?;
            let wait = checks::wait(request.wait)?;
            let to = Some(request.to_node.as_str()).filter(|node| !node.is_empty());
            let moved = self.shop.move_shard(&request.shard_key, to, wait).await?;
            Ok(Response::new(moved))
        };
        self.calls.answer("MoveShard", call).await
    }
}
