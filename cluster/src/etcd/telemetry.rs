//! The cluster's metrics, each described where it is named.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::{NodeId, coordinator::Reason};

const NODES: &str = "amble_cluster_nodes";
const SHARDS: &str = "amble_cluster_shards";
const MOVES: &str = "amble_cluster_moves_total";
const ETCD_UP: &str = "amble_cluster_etcd_up";
const REVOKED: &str = "amble_cluster_revoked_total";

/// Says what each metric means, and begins the counters at 0; to be called once a recorder is installed.
pub fn describe_metrics() {
    counter!(REVOKED).increment(0);
    for reason in Reason::ALL {
        counter!(MOVES, "reason" => reason.as_str()).increment(0);
    }
    describe_gauge!(NODES, "Nodes that live, as etcd has it.");
    describe_gauge!(SHARDS, "Shards that the map places at a node, by node.");
    describe_counter!(
        MOVES,
        "Shards that this node has placed as the coordinator, by reason; `gone` means that a node was lost."
    );
    describe_gauge!(
        ETCD_UP,
        "1 while this node reaches etcd. At 0 nothing moves; the rest goes on."
    );
    describe_counter!(REVOKED, "Silent nodes whose lease this node has revoked.");
}

#[expect(clippy::cast_precision_loss, reason = "counts of at most thousands")]
pub(super) fn nodes(count: usize) {
    gauge!(NODES).set(count as f64);
}

#[expect(clippy::cast_precision_loss, reason = "counts of at most thousands")]
pub(super) fn shards(node: &NodeId, count: usize) {
    gauge!(SHARDS, "node" => node.to_string()).set(count as f64);
}

pub(super) fn placed(reason: Reason) {
    counter!(MOVES, "reason" => reason.as_str()).increment(1);
}

pub(super) fn etcd_up(up: bool) {
    gauge!(ETCD_UP).set(if up { 1.0 } else { 0.0 });
}

pub(super) fn revoked() {
    counter!(REVOKED).increment(1);
}
