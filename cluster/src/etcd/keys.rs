//! The names of a store's keys in etcd: all under `amble/STORE/`.

use crate::NodeId;

pub(super) struct Keys {
    prefix: String,
}

/// What a key is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// A node that lives; bound to its lease.
    Node(NodeId),
    /// A shard's owner.
    Shard(String),
    /// The elected coordinator; bound to its lease.
    Coordinator,
    /// Where an operator wants a shard.
    Wish(String),
    /// The hash of the declared shards.
    Plan,
}

impl Keys {
    pub(super) fn of(store: &str) -> Self {
        Self {
            prefix: format!("amble/{store}/"),
        }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn key(&self, name: &Name) -> String {
        let prefix = &self.prefix;
        match name {
            Name::Node(id) => format!("{prefix}nodes/{id}"),
            Name::Shard(shard) => format!("{prefix}shards/{shard}"),
            Name::Coordinator => format!("{prefix}coordinator"),
            Name::Wish(shard) => format!("{prefix}wishes/{shard}"),
            Name::Plan => format!("{prefix}plan"),
        }
    }

    /// What a key is about; `None` when it is none of ours.
    pub(super) fn name(&self, key: &[u8]) -> Option<Name> {
        let text = std::str::from_utf8(key).ok()?.strip_prefix(&self.prefix)?;
        Some(match text.split_once('/') {
            Some(("nodes", id)) => Name::Node(NodeId::new(id)),
            Some(("shards", shard)) => Name::Shard(shard.to_owned()),
            Some(("wishes", shard)) => Name::Wish(shard.to_owned()),
            None if text == "coordinator" => Name::Coordinator,
            None if text == "plan" => Name::Plan,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_as_the_name_that_made_it() {
        let keys = Keys::of("corner-shop");
        for name in [
            Name::Node(NodeId::new("a-1")),
            Name::Shard("corner-shop/zone/3".to_owned()),
            Name::Coordinator,
            Name::Wish("corner-shop/book".to_owned()),
            Name::Plan,
        ] {
            assert_eq!(keys.name(keys.key(&name).as_bytes()), Some(name));
        }
        assert_eq!(keys.name(b"amble/corner-shop-2/plan"), None);
        assert_eq!(keys.name(b"amble/corner-shop/else"), None);
    }
}
