//! What may be moved: a node's shards, by draining it, and a single shard.

use std::time::{Duration, Instant};

use amble_cluster::{
    NodeId,
    etcd::{Member, WishError},
};
use amble_gateway::ports::InspectError;
use amble_proto::v1::{DrainNodeResponse, MoveShardResponse};
use amble_store::{Declared, duration};

use super::{Inspection, WITHIN};

/// How often it is looked whether a shard has come to where it shall be.
const LOOK: Duration = Duration::from_millis(20);

impl Inspection {
    /// This node's place among others, if things can move now.
    fn moving(&self) -> Result<&Member, InspectError> {
        let member = self.shop.member().ok_or_else(|| InspectError::Refused {
            reason: "ONE_NODE",
            why: "this shop runs on one node, without etcd: there is nowhere to move to".to_owned(),
        })?;
        if member.etcd_is_away() {
            return Err(InspectError::EtcdAway);
        }
        Ok(member)
    }

    /// Those that take shards.
    fn open_nodes(&self) -> Vec<NodeId> {
        let status = self.status();
        let nodes = status.nodes.iter();
        let open = nodes.filter(|(id, info)| !info.draining && !status.silent.contains(*id));
        open.map(|(id, _)| id.clone()).collect()
    }

    pub(super) async fn drain_node(
        &self,
        node: &str,
        draining: bool,
    ) -> Result<DrainNodeResponse, InspectError> {
        self.moving()?;
        let node = self.node(node)?;
        if draining && self.open_nodes().iter().all(|open| *open == node) {
            return Err(nobody_else("to take its shards"));
        }
        let told = self.shop.drain(&node, draining, WITHIN).await;
        told.map_err(|error| InspectError::NotNow {
            who: node.to_string(),
            why: error.to_string(),
        })?;
        let (shards, _) = self.holds(&node, &self.shop.declared());
        Ok(DrainNodeResponse {
            node_id: node.to_string(),
            draining,
            shards,
        })
    }

    pub(super) async fn move_to(
        &self,
        shard: &str,
        to: Option<&str>,
        wait: Option<Duration>,
    ) -> Result<MoveShardResponse, InspectError> {
        let member = self.moving()?;
        let shard = self.shard(shard)?;
        let to = match to {
            Some(to) => self.willing(&self.node(to)?)?,
            None => self.least_loaded(&shard)?,
        };
        let began = Instant::now();
        let owner = self.shop.placed(&shard.key);
        if owner.is_none_or(|owner| owner.node != to) {
            let wished = member.wish(shard.key.as_str(), &to).await;
            wished.map_err(|error| wish_failed(&error, &shard, &to))?;
        }
        let noted = MoveShardResponse {
            shard_key: shard.key.to_string(),
            node_id: to.to_string(),
            ..MoveShardResponse::default()
        };
        match wait {
            None => Ok(noted),
            Some(wait) => {
                let epoch = self.arrived(&shard, &to, began, wait).await?;
                Ok(MoveShardResponse {
                    served: true,
                    epoch,
                    took: Some(duration(began.elapsed())),
                    ..noted
                })
            }
        }
    }

    fn willing(&self, node: &NodeId) -> Result<NodeId, InspectError> {
        let open = self.open_nodes();
        open.into_iter()
            .find(|open| open == node)
            .ok_or_else(|| InspectError::Refused {
                reason: "NODE_TAKES_NOTHING",
                why: format!("{node} drains or is silent, and takes no shards"),
            })
    }

    /// The node that has least to do, other than where a shard is.
    fn least_loaded(&self, shard: &Declared) -> Result<NodeId, InspectError> {
        let declared = self.shop.declared();
        let owner = self.shop.placed(&shard.key).map(|owner| owner.node);
        let others = self.open_nodes().into_iter();
        let others = others.filter(|node| Some(node) != owner.as_ref());
        let least = others.min_by_key(|node| self.holds(node, &declared).1);
        least.ok_or_else(|| nobody_else("to move it to"))
    }

    /// Waits until a shard's own actor says that it lives at a node; the epoch in which it does.
    async fn arrived(
        &self,
        shard: &Declared,
        to: &NodeId,
        began: Instant,
        wait: Duration,
    ) -> Result<u64, InspectError> {
        loop {
            let left = wait.saturating_sub(began.elapsed());
            let said = self.shop.describe(&shard.key, left.min(WITHIN)).await;
            if let Ok(said) = said
                && said.actor.is_some_and(|actor| actor.node_id == to.as_str())
            {
                return Ok(said.epoch);
            }
            if began.elapsed() >= wait {
                let placed = self.shop.placed(&shard.key).map(|owner| owner.node);
                let why = match placed {
                    Some(node) if node == *to => format!("{to} has it, and does not serve it yet"),
                    _ => "the coordinator has not placed it there yet".to_owned(),
                };
                return Err(InspectError::TooLate { waited: wait, why });
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn nobody_else(what_for: &str) -> InspectError {
    InspectError::Refused {
        reason: "NOBODY_ELSE",
        why: format!("nobody else is there {what_for}: start another node, or undo a drain"),
    }
}

fn wish_failed(error: &WishError, shard: &Declared, to: &NodeId) -> InspectError {
    let missing = |what, id: String| InspectError::NotFound {
        what,
        id,
        hint: "it is not there any more",
    };
    match error {
        WishError::NoSuchShard(_) => missing("shard", shard.key.to_string()),
        WishError::NoSuchNode(_) => missing("node", to.to_string()),
        WishError::Away => InspectError::EtcdAway,
    }
}
