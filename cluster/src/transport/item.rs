//! What goes over a stream, as the protocol has it.

use amble_proto::cluster::v1::{self as wire, item::Item as Kind};
use bytes::Bytes;

use crate::{Epoch, Key, Owner};

/// Bytes that an item takes up beside its texts and payload, roughly.
const FRAME_OF_ITEM: usize = 64;

pub(super) fn message(key: &Key, payload: Bytes, question: bool) -> wire::Item {
    item(Kind::Message(wire::Message {
        key: key.as_str().to_owned(),
        shard_bytes: u32::try_from(key.shard().len()).unwrap_or(u32::MAX),
        payload,
        question,
    }))
}

pub(super) fn announcement(shard: &str, epoch: Epoch) -> wire::Item {
    item(Kind::Announcement(wire::Announcement {
        shard: shard.to_owned(),
        epoch: epoch.0,
    }))
}

pub(super) fn wrong_owner(shard: &str, owner: &Owner) -> wire::Item {
    item(Kind::WrongOwner(wire::WrongOwner {
        shard: shard.to_owned(),
        node: owner.node.as_str().to_owned(),
        epoch: owner.epoch.0,
    }))
}

pub(super) fn answer(question: u64, outcome: wire::answer::Outcome) -> wire::Item {
    item(Kind::Answer(wire::Answer {
        question,
        outcome: Some(outcome),
    }))
}

fn item(kind: Kind) -> wire::Item {
    wire::Item { item: Some(kind) }
}

/// Bytes that it takes up, roughly.
pub(super) fn weight(item: &wire::Item) -> usize {
    FRAME_OF_ITEM
        + match &item.item {
            Some(Kind::Message(message)) => message.key.len() + message.payload.len(),
            Some(Kind::Announcement(announcement)) => announcement.shard.len(),
            Some(Kind::WrongOwner(wrong)) => wrong.shard.len() + wrong.node.len(),
            Some(Kind::Answer(answer)) => match &answer.outcome {
                Some(wire::answer::Outcome::Payload(payload)) => payload.len(),
                _ => 0,
            },
            None => 0,
        }
}

/// The name of the shard in which a message's key lives.
pub(super) fn shard(message: &wire::Message) -> &str {
    let named = message.key.get(..message.shard_bytes as usize);
    named.unwrap_or(&message.key)
}
