//! Keys as people write them, and what lives under them.

use amble_cluster::Key;
use amble_proto::v1::{Actor, ActorKind};

use crate::{keys::visit_party, plan::BOOKKEEPER, shop::Shop};

impl Shop {
    /// The key of this text, with or without the store's id in front. `None`: it is in none of the
    /// shop's shards.
    #[must_use]
    pub fn actor_key(&self, text: &str) -> Option<Key> {
        let store = &self.plan.plan.store;
        let own = text.strip_prefix(store.as_str());
        let own = own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
        let whole = format!("{store}/{own}");
        let in_shard = |shard: &Key| {
            let rest = whole.strip_prefix(shard.as_str())?;
            match rest.strip_prefix('/') {
                Some(part) => Some(shard.child(part)),
                None => rest.is_empty().then(|| shard.clone()),
            }
        };
        let shards = self.shard_keys();
        let found = shards.filter_map(|shard| in_shard(shard).map(|key| (shard, key)));
        // Of two zones of which one's name begins with the other's.
        let longest = found.max_by_key(|(shard, _)| shard.as_str().len());
        longest.map(|(_, key)| key)
    }

    /// What lives under a key. `None`: no actor.
    #[must_use]
    pub fn actor_kind(&self, key: &Key) -> Option<ActorKind> {
        let own = key.shard().strip_prefix(self.plan.plan.store.as_str())?;
        let part = key.as_str().strip_prefix(key.shard())?;
        let word = |text: &str| text.split('/').nth(1).unwrap_or_default().to_owned();
        match (word(own).as_str(), word(part).as_str()) {
            ("zone", "") => Some(ActorKind::Zone),
            ("zone", "camera") => Some(ActorKind::Camera),
            ("zone", "shelf") => Some(ActorKind::Shelf),
            ("zone", "gate") => Some(ActorKind::Gate),
            ("bucket", "") => Some(ActorKind::Bucket),
            ("bucket", "shopper") => Some(ActorKind::Shopper),
            (BOOKKEEPER, "") => Some(ActorKind::Bookkeeper),
            _ => None,
        }
    }

    /// An actor by name, as one that lives at this node.
    pub(crate) fn by_name(&self, key: &Key) -> Actor {
        Actor {
            actor_key: key.to_string(),
            kind: self.actor_kind(key).unwrap_or_default().into(),
            node_id: self.router.me().to_string(),
            shard_key: key.shard().to_owned(),
        }
    }

    pub(crate) fn shard_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.shards()
    }

    /// The shopper of the visit of this name.
    pub(crate) fn shopper_of_visit(&self, visit: &str) -> Key {
        self.keys.shopper(visit_party(visit))
    }
}
