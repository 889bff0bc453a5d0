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
use amble_trust::token::Role;
use futures_util::{StreamExt as _, stream::BoxStream};
use tonic::{Request, Response, Status};

use crate::{
    admission::{Guard, Who},
    calls::Calls,
    limits::Limits,
    metrics::Watcher,
    ports::Inspectors,
    shopper::check_id,
    stop::Stopping,
};

/// Serves `amble.v1.InspectService`.
pub(crate) struct InspectDoor {
    shop: Arc<dyn Inspectors>,
    calls: Calls,
    guard: Guard,
    stopping: Stopping,
}

impl InspectDoor {
    pub(crate) fn new(
        shop: Arc<dyn Inspectors>,
        guard: Guard,
        limits: &Limits,
        stopping: Stopping,
    ) -> Self {
        Self {
            shop,
            calls: Calls::new("inspect", limits.operator_calls_per_second),
            guard,
            stopping,
        }
    }
}

#[tonic::async_trait]
impl InspectService for InspectDoor {
    async fn list_nodes(
        &self,
        request: Request<ListNodesRequest>,
    ) -> Result<Response<ListNodesResponse>, Status> {
        let who = Who::of(&request);
        let call = async { Ok(Response::new(self.shop.nodes().await)) };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListNodes", may, call).await
    }

    async fn list_shards(
        &self,
        request: Request<ListShardsRequest>,
    ) -> Result<Response<ListShardsResponse>, Status> {
        let who = Who::of(&request);
        let node = request.into_inner().node;
        let call = async {
            checks::text("node", &node)?;
            Ok(Response::new(self.shop.shards(&node).await?))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListShards", may, call).await
    }

    async fn find_actors(
        &self,
        request: Request<FindActorsRequest>,
    ) -> Result<Response<FindActorsResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let query = checks::actors(request)?;
            Ok(Response::new(self.shop.actors(query).await?))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("FindActors", may, call).await
    }

    async fn describe_actor(
        &self,
        request: Request<DescribeActorRequest>,
    ) -> Result<Response<DescribeActorResponse>, Status> {
        let who = Who::of(&request);
        let key = request.into_inner().actor_key;
        let call = async {
            check_id("actor_key", &key)?;
            let actor = Some(self.shop.describe(&key).await?);
            Ok(Response::new(DescribeActorResponse { actor }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("DescribeActor", may, call).await
    }

    async fn list_history(
        &self,
        request: Request<ListHistoryRequest>,
    ) -> Result<Response<ListHistoryResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            checks::text("shard_key", &request.shard_key)?;
            let limit = checks::history(request.limit);
            let events = self.shop.history(&request.shard_key, limit).await?;
            Ok(Response::new(ListHistoryResponse { events }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListHistory", may, call).await
    }

    type WatchEventsStream = BoxStream<'static, Result<WatchEventsResponse, Status>>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let who = Who::of(&request);
        let call = async {
            let watcher = Watcher::new("WatchEvents");
            let events = self.shop.events().map(move |news| {
                // Held until the stream is dropped.
                let _ = &watcher;
                Ok(WatchEventsResponse { news: Some(news) })
            });
            Ok(Response::new(self.stopping.clone().cut(events)))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("WatchEvents", may, call).await
    }

    async fn drain_node(
        &self,
        request: Request<DrainNodeRequest>,
    ) -> Result<Response<DrainNodeResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            check_id("node", &request.node)?;
            let noted = self.shop.drain(&request.node, !request.undo).await?;
            Ok(Response::new(noted))
        };
        let may = (&self.guard, &who, Role::Operate);
        self.calls.answer_operator("DrainNode", may, call).await
    }

    async fn move_shard(
        &self,
        request: Request<MoveShardRequest>,
    ) -> Result<Response<MoveShardResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            check_id("shard_key", &request.shard_key)?;
            checks::text("to_node", &request.to_node)?;
            let wait = checks::wait(request.wait)?;
            let to = Some(request.to_node.as_str()).filter(|node| !node.is_empty());
            let moved = self.shop.move_shard(&request.shard_key, to, wait).await?;
            Ok(Response::new(moved))
        };
        let may = (&self.guard, &who, Role::Operate);
        self.calls.answer_operator("MoveShard", may, call).await
    }
}
