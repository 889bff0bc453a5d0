//! A shop into which nobody has anything to look.

use std::time::Duration;

use amble_gateway::ports::{ActorQuery, InspectError, Inspectors};
use amble_proto::v1::{
    ActorDescription, DrainNodeResponse, Event, FindActorsResponse, ListNodesResponse,
    ListShardsResponse, MoveShardResponse, watch_events_response::News,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tonic::async_trait;

pub(crate) struct Nothing;

fn unknown(what: &'static str, id: &str) -> InspectError {
    InspectError::NotFound {
        what,
        id: id.to_owned(),
        hint: "there is nothing here",
    }
}

#[async_trait]
impl Inspectors for Nothing {
    async fn nodes(&self) -> ListNodesResponse {
        ListNodesResponse::default()
    }

    async fn shards(&self, _: &str) -> Result<ListShardsResponse, InspectError> {
        Ok(ListShardsResponse::default())
    }

    async fn actors(&self, _: ActorQuery) -> Result<FindActorsResponse, InspectError> {
        Ok(FindActorsResponse::default())
    }

    async fn describe(&self, key: &str) -> Result<ActorDescription, InspectError> {
        Err(unknown("actor", key))
    }

    async fn history(&self, _: &str, _: usize) -> Result<Vec<Event>, InspectError> {
        Ok(Vec::new())
    }

    fn events(&self) -> BoxStream<'static, News> {
        stream::empty().boxed()
    }

    async fn drain(&self, node: &str, _: bool) -> Result<DrainNodeResponse, InspectError> {
        Err(unknown("node", node))
    }

    async fn move_shard(
        &self,
        shard: &str,
        _: Option<&str>,
        _: Option<Duration>,
    ) -> Result<MoveShardResponse, InspectError> {
        Err(unknown("shard", shard))
    }
}
