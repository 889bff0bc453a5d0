//! Actors: found by asking all nodes, described by themselves.

use std::collections::BTreeMap;

use amble_cluster::{AskError, Key};
use amble_gateway::ports::{ActorQuery, InspectError};
use amble_proto::v1::{ActorDescription, FindActorsResponse};
use amble_store::ActorFilter;
use futures_util::future::join_all;

use super::{Inspection, WITHIN};

impl Inspection {
    pub(super) async fn find_actors(
        &self,
        query: ActorQuery,
    ) -> Result<FindActorsResponse, InspectError> {
        let nodes = match query.node.as_str() {
            "" => self.shop.node_ids(),
            node => vec![self.node(node)?],
        };
        let filter = ActorFilter {
            part: query.part,
            kind: query.kind.map(i32::from),
            after: query.page_token,
            // One more says whether there are more.
            limit: query.page_size + 1,
        };
        let asked = nodes
            .iter()
            .map(|node| self.shop.find_at(node, filter.clone(), WITHIN));
        let answers = join_all(asked).await;
        let mut found = BTreeMap::new();
        let mut unanswered = Vec::new();
        for (node, answer) in nodes.iter().zip(answers) {
            match answer {
                // By key: while a shard moves, two nodes may have one for a moment.
                Ok(actors) => {
                    found.extend(actors.into_iter().map(|a| (a.actor_key.clone(), a)));
                }
                Err(_) => unanswered.push(node.to_string()),
            }
        }
        let more = found.len() > query.page_size;
        let actors: Vec<_> = found.into_values().take(query.page_size).collect();
        let last = actors.last().filter(|_| more);
        Ok(FindActorsResponse {
            next_page_token: last.map(|last| last.actor_key.clone()).unwrap_or_default(),
            actors,
            unanswered,
        })
    }

    pub(super) async fn describe_actor(
        &self,
        wanted: &str,
    ) -> Result<ActorDescription, InspectError> {
        let missing = || InspectError::NotFound {
            what: "actor",
            id: wanted.to_owned(),
            hint: "FindActors finds keys by a part of them",
        };
        let key = self.shop.actor_key(wanted);
        let key = key.filter(|key| self.shop.actor_kind(key).is_some());
        let key = key.ok_or_else(missing)?;
        match self.shop.describe(&key, WITHIN).await {
            Ok(said) => Ok(said),
            Err(AskError::Tell(_)) if self.is_served(&key).await => Err(missing()),
            Err(error) => Err(InspectError::NotNow {
                who: key.to_string(),
                why: error.to_string(),
            }),
        }
    }

    /// Whether somebody serves the shard of a key, the key's own aside.
    async fn is_served(&self, key: &Key) -> bool {
        let shard = Key::shard_named(key.shard());
        shard != *key && self.shop.describe(&shard, WITHIN).await.is_ok()
    }
}
