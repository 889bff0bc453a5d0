//! Events in the protocol's words.

use amble_cluster::{NodeId, coordinator::Reason, etcd};
use amble_proto::v1::{Event, EventKind, PlacementReason};

use super::{What, event};

/// What happened at this node.
pub(super) fn local(what: What, me: &NodeId) -> Event {
    match what {
        What::Began {
            shard,
            epoch,
            round,
        } => Event {
            epoch,
            node_id: me.to_string(),
            shard_key: shard.clone(),
            ..event(
                EventKind::ShardBegan,
                format!(
                    "{shard} begins at {me} in epoch {epoch}, with round {}",
                    round.0
                ),
            )
        },
        What::Fenced {
            shard,
            epoch,
            newer,
        } => Event {
            epoch,
            shard_key: shard.clone(),
            ..event(
                EventKind::ShardFenced,
                format!(
                    "the ledger refused {shard} of {me} in epoch {epoch}: it knows epoch {newer}"
                ),
            )
        },
        What::Failed { shard, error } => Event {
            shard_key: shard.clone(),
            ..caused(
                EventKind::ShardFailed,
                format!("{shard} failed at {me} and is started anew: {error}"),
                error,
            )
        },
        What::DeviceFailed(device, error) => Event {
            actor_key: device.to_string(),
            ..caused(
                EventKind::DeviceFailed,
                format!("{device} failed and is started anew: {error}"),
                error,
            )
        },
        What::PassedOver(device) => Event {
            actor_key: device.to_string(),
            ..event(
                EventKind::DevicePassedOver,
                format!("{device} is silent, and not waited for"),
            )
        },
        What::Back(device) => Event {
            actor_key: device.to_string(),
            ..event(EventKind::DeviceBack, format!("{device} is back"))
        },
        What::Revoked(node) => Event {
            text: format!("{node} was put out: its peers do not hear it"),
            ..of_node(EventKind::NodePutOut, &node, "")
        },
        What::Shelf {
            began,
            shelf,
            mismatch,
            text,
        } => Event {
            actor_key: shelf.map(|key| key.to_string()).unwrap_or_default(),
            cause: mismatch,
            ..event(
                if began {
                    EventKind::MismatchBegan
                } else {
                    EventKind::MismatchEnded
                },
                text,
            )
        },
        What::Guest {
            shopper,
            units,
            left: false,
        } => Event {
            actor_key: shopper.to_string(),
            count: u64::from(units),
            ..event(
                EventKind::GuestHoldsGoods,
                format!("{shopper}, who belongs to no visit, holds {units} of the shop's goods"),
            )
        },
        What::Guest {
            shopper,
            units,
            left: true,
        } => Event {
            actor_key: shopper.to_string(),
            count: u64::from(units),
            ..event(
                EventKind::GuestLeftWithGoods,
                format!(
                    "{shopper}, who belongs to no visit, left with {units} of the shop's goods"
                ),
            )
        },
        What::Dropped(reason, count) => Event {
            count,
            node_id: me.to_string(),
            ..caused(
                EventKind::Dropped,
                format!("{count} dropped at {me}: {}", why(&reason)),
                reason,
            )
        },
    }
}

/// What all nodes hear from etcd.
pub(super) fn cluster(what: &etcd::What) -> Event {
    match what {
        etcd::What::Joined { node } => of_node(EventKind::NodeJoined, node.as_str(), "joined"),
        etcd::What::Left { node } => of_node(EventKind::NodeLeft, node.as_str(), "left"),
        etcd::What::Silent { node } => of_node(
            EventKind::NodeSilent,
            node.as_str(),
            "is not heard any more",
        ),
        etcd::What::Revoked { node } => {
            of_node(EventKind::NodePutOut, node.as_str(), "was put out")
        }
        etcd::What::Elected { node } => of_node(
            EventKind::CoordinatorElected,
            node.as_str(),
            "is the coordinator",
        ),
        etcd::What::Placed {
            shard,
            owner,
            before,
            reason,
        } => Event {
            node_id: owner.node.to_string(),
            shard_key: shard.clone(),
            epoch: owner.epoch.0,
            before_node_id: before
                .as_ref()
                .map_or_else(String::new, |b| b.node.to_string()),
            reason: placement(*reason).into(),
            ..event(
                EventKind::Placed,
                format!(
                    "{shard} placed at {} in epoch {}: {}",
                    owner.node,
                    owner.epoch.0,
                    words(*reason)
                ),
            )
        },
        etcd::What::PlanDiffers => event(
            EventKind::PlanDiffers,
            "the coordinator works by another store plan".to_owned(),
        ),
        etcd::What::EtcdAway => event(
            EventKind::EtcdAway,
            "etcd can't be reached: nothing moves until it is back".to_owned(),
        ),
        etcd::What::EtcdBack => event(EventKind::EtcdBack, "etcd answers again".to_owned()),
    }
}

fn caused(kind: EventKind, text: String, cause: String) -> Event {
    Event {
        cause,
        ..event(kind, text)
    }
}

fn of_node(kind: EventKind, node: &str, what: &str) -> Event {
    Event {
        node_id: node.to_owned(),
        ..event(kind, format!("{node} {what}"))
    }
}

fn placement(reason: Reason) -> PlacementReason {
    match reason {
        Reason::First => PlacementReason::First,
        Reason::Gone => PlacementReason::NodeGone,
        Reason::Raised => PlacementReason::EpochRaised,
        Reason::Wish => PlacementReason::Operator,
        Reason::Drain => PlacementReason::Drain,
        Reason::Balance => PlacementReason::Balance,
    }
}

/// Why something was dropped, for people; the word is the metrics'.
fn why(reason: &str) -> &str {
    match reason {
        "not_here" => "what they were for does not live there any more",
        "undelivered" => "what they were for lived nowhere at that moment",
        "behind" => "a peer did not keep up",
        "session" => "a peer had lost the session",
        "left" => "they were for a node that left",
        "malformed" => "they could not be read",
        "too_large" => "they were too large to go to another node",
        "late_frame" => "camera frames came after their round was closed",
        other => other,
    }
}

const fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::First => "it was nowhere",
        Reason::Gone => "its node is gone",
        Reason::Raised => "the ledger knew a newer epoch, or its owner failed",
        Reason::Wish => "an operator wished it",
        Reason::Drain => "its node drains",
        Reason::Balance => "for balance",
    }
}
