//! What those who keep the shop running ask for: put together from what its nodes and actors say of
//! themselves.
//!
//! 1. Whoever is asked asks all nodes, at once, and waits for none longer than [`WITHIN`]: who does not
//!    answer is named, the rest comes all the same.
//! 2. Without etcd there is one node; it answers in the same words, and moves nothing.

mod actors;
mod events;
mod moves;
mod nodes;
mod shards;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use amble_cluster::{NodeId, etcd::Status};
use amble_gateway::ports::{ActorQuery, InspectError, Inspectors};
use amble_proto::v1::{
    ActorDescription, DrainNodeResponse, Event, FindActorsResponse, ListNodesResponse,
    ListShardsResponse, MoveShardResponse, watch_events_response::News,
};
use amble_store::{NodeLook, Shop};
use async_trait::async_trait;
use futures_util::{future::join_all, stream::BoxStream};

/// How long a node or an actor may take to answer: many times what it takes, and short enough for who
/// looks at a shop that burns.
const WITHIN: Duration = Duration::from_secs(1);

/// The shop, for those who keep it running.
#[derive(Debug)]
pub struct Inspection {
    shop: Arc<Shop>,
}

/// What the nodes say of themselves.
struct Looks {
    of: BTreeMap<NodeId, NodeLook>,
    /// Who did not answer.
    unanswered: Vec<NodeId>,
}

impl Looks {
    fn unanswered(&self) -> Vec<String> {
        self.unanswered.iter().map(ToString::to_string).collect()
    }
}

impl Inspection {
    /// The way into this shop.
    #[must_use]
    pub fn new(shop: Arc<Shop>) -> Arc<Self> {
        Arc::new(Self { shop })
    }

    /// How things stand in etcd; nothing, in a shop without.
    fn status(&self) -> Status {
        let member = self.shop.member();
        member.map_or_else(Status::default, |member| member.status().borrow().clone())
    }

    async fn look(&self) -> Looks {
        let ids = self.shop.node_ids();
        let asked = ids.iter().map(|id| self.shop.look_at(id, WITHIN));
        let answers = join_all(asked).await;
        let mut looks = Looks {
            of: BTreeMap::new(),
            unanswered: Vec::new(),
        };
        for (id, answer) in ids.into_iter().zip(answers) {
            match answer {
                Ok(look) => drop(looks.of.insert(id, look)),
                Err(_) => looks.unanswered.push(id),
            }
        }
        looks
    }

    /// The node of this id or name.
    fn node(&self, wanted: &str) -> Result<NodeId, InspectError> {
        let mut nodes = self.shop.node_ids();
        if let Some(node) = nodes.iter().find(|node| node.as_str() == wanted) {
            return Ok(node.clone());
        }
        nodes.retain(|node| node.name() == wanted);
        match nodes.as_slice() {
            [node] => Ok(node.clone()),
            [] => Err(InspectError::NotFound {
                what: "node",
                id: wanted.to_owned(),
                hint: "ListNodes has them all",
            }),
            several => Err(InspectError::Ambiguous {
                name: wanted.to_owned(),
                ids: several
                    .iter()
                    .map(NodeId::as_str)
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    /// The shard of this key.
    fn shard(&self, wanted: &str) -> Result<amble_store::Declared, InspectError> {
        let key = self.shop.actor_key(wanted);
        let mut declared = self.shop.declared().into_iter();
        let found = declared.find(|shard| Some(&shard.key) == key.as_ref());
        found.ok_or_else(|| InspectError::NotFound {
            what: "shard",
            id: wanted.to_owned(),
            hint: "ListShards has them all",
        })
    }
}

#[async_trait]
impl Inspectors for Inspection {
    async fn nodes(&self) -> ListNodesResponse {
        self.list_nodes().await
    }

    async fn shards(&self, node: &str) -> Result<ListShardsResponse, InspectError> {
        let node = match node {
            "" => None,
            node => Some(self.node(node)?),
        };
        Ok(self.list_shards(node.as_ref()).await)
    }

    async fn actors(&self, query: ActorQuery) -> Result<FindActorsResponse, InspectError> {
        self.find_actors(query).await
    }

    async fn describe(&self, key: &str) -> Result<ActorDescription, InspectError> {
        self.describe_actor(key).await
    }

    async fn history(&self, shard: &str, limit: usize) -> Result<Vec<Event>, InspectError> {
        let shard = match shard {
            "" => None,
            shard => Some(self.shard(shard)?.key),
        };
        Ok(events::newest(self.shop.log.last(), shard.as_ref(), limit))
    }

    fn events(&self) -> BoxStream<'static, News> {
        events::told(self.shop.log.stream())
    }

    async fn drain(&self, node: &str, draining: bool) -> Result<DrainNodeResponse, InspectError> {
        self.drain_node(node, draining).await
    }

    async fn move_shard(
        &self,
        shard: &str,
        to: Option<&str>,
        wait: Option<Duration>,
    ) -> Result<MoveShardResponse, InspectError> {
        self.move_to(shard, to, wait).await
    }
}
