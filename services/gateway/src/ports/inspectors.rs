//! What those who keep the shop running ask of it.

use std::time::Duration;

use amble_proto::v1::{
    ActorDescription, ActorKind, DrainNodeResponse, Event, FindActorsResponse, ListNodesResponse,
    ListShardsResponse, MoveShardResponse, watch_events_response::News,
};
use async_trait::async_trait;
use futures_util::stream::BoxStream;

/// Which actors are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorQuery {
    /// Their key contains this.
    pub part: String,
    /// They are of this kind.
    pub kind: Option<ActorKind>,
    /// They live at this node: its id or name. Empty: at any.
    pub node: String,
    /// At most this many: 1 to 1,000.
    pub page_size: usize,
    /// From the last page; the port's own form. Empty: the first page.
    pub page_token: String,
}

/// What can go wrong behind this door.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InspectError {
    /// There is no such thing.
    #[error("there is no {what} `{id}`: {hint}")]
    NotFound {
        /// What was asked for, in a word: node, shard, actor.
        what: &'static str,
        /// Which one was asked for.
        id: String,
        /// Where to look for the right one.
        hint: &'static str,
    },
    /// Several are of this name.
    #[error("several nodes are called `{name}`: give one of the ids {ids}")]
    Ambiguous {
        /// The name.
        name: String,
        /// Whose it is.
        ids: String,
    },
    /// It can't be done as things are.
    #[error("{why}")]
    Refused {
        /// A stable word for programs.
        reason: &'static str,
        /// Why, and what would have to be otherwise.
        why: String,
    },
    /// Nothing moves while etcd is away.
    #[error("etcd is away, so nothing moves: try again when it is back")]
    EtcdAway,
    /// Somebody who was asked can't answer now.
    #[error("{who} does not answer: {why}; try again")]
    NotNow {
        /// The key or node.
        who: String,
        /// Why.
        why: String,
    },
    /// It was noted, and was not done in time.
    #[error("it is noted, and was not done within {waited:?}: {why}")]
    TooLate {
        /// How long it was waited for.
        waited: Duration,
        /// What is missing.
        why: String,
    },
}

/// The side of the shop that those who keep it running look into. Any node answers for all; nobody in
/// the shop waits for who looks.
#[async_trait]
pub trait Inspectors: Send + Sync + 'static {
    /// The nodes.
    async fn nodes(&self) -> ListNodesResponse;

    /// The shards, of one node (id or name) or, when that is empty, all.
    ///
    /// # Errors
    /// When there is no such node.
    async fn shards(&self, node: &str) -> Result<ListShardsResponse, InspectError>;

    /// Actors of the whole shop.
    ///
    /// # Errors
    /// When there is no such node.
    async fn actors(&self, query: ActorQuery) -> Result<FindActorsResponse, InspectError>;

    /// One actor, as it sees itself now.
    ///
    /// # Errors
    /// When there is none of this key, or it can't answer now.
    async fn describe(&self, key: &str) -> Result<ActorDescription, InspectError>;

    /// The newest events, oldest first; of one shard or, when that is empty, all.
    ///
    /// # Errors
    /// When there is no such shard.
    async fn history(&self, shard: &str, limit: usize) -> Result<Vec<Event>, InspectError>;

    /// Events as they come; how many were missed, where they were not taken in time.
    fn events(&self) -> BoxStream<'static, News>;

    /// A node (id or name) shall lose its shards, or take some again.
    ///
    /// # Errors
    /// When there is no such node, nobody to take its shards, or it can't be told.
    async fn drain(&self, node: &str, draining: bool) -> Result<DrainNodeResponse, InspectError>;

    /// A shard shall move: to this node, or to the one that has least to do. With `wait`, it answers
    /// when the shard is served there.
    ///
    /// # Errors
    /// When there is no such shard or node, nobody else, no etcd now, or it takes longer than `wait`.
    async fn move_shard(
        &self,
        shard: &str,
        to: Option<&str>,
        wait: Option<Duration>,
    ) -> Result<MoveShardResponse, InspectError>;
}
