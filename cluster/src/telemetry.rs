//! The cluster's metrics, each described where it is named.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::NodeId;

const MESSAGES: &str = "amble_cluster_messages_total";
const BYTES: &str = "amble_cluster_bytes_total";
const DROPPED: &str = "amble_cluster_dropped_messages_total";
const UNACKED: &str = "amble_cluster_unacked_bytes";
const ROUND_TRIP: &str = "amble_cluster_heartbeat_round_trip_seconds";
const RECONNECTS: &str = "amble_cluster_reconnects_total";
const WRONG_OWNER: &str = "amble_cluster_wrong_owner_total";
const SILENT: &str = "amble_cluster_silent_peers";

/// Says what each metric means, and begins the counters at 0; to be called once a recorder is installed.
pub fn describe_metrics() {
    begin();
    describe_counter!(
        MESSAGES,
        "Messages between nodes, answers and corrections included, by direction; resends count again when sent."
    );
    describe_counter!(
        BYTES,
        Unit::Bytes,
        "What they took up, roughly, by direction."
    );
    describe_counter!(
        DROPPED,
        "Messages between nodes that were given up, by reason: not_here, malformed, too_large, behind (the peer did not ack), session (it had lost the session), left (it left the cluster)."
    );
    describe_gauge!(
        UNACKED,
        Unit::Bytes,
        "Kept for a peer until it acks, at the last heartbeat, by peer."
    );
    describe_histogram!(ROUND_TRIP, Unit::Seconds, "From a heartbeat to its answer.");
    describe_counter!(
        RECONNECTS,
        "Attempts to open a broken stream to a peer again."
    );
    describe_counter!(
        WRONG_OWNER,
        "Peers that were told that another node owns the shard to which they had sent."
    );
    describe_gauge!(SILENT, "Peers that this node finds silent.");
}

fn begin() {
    for name in [RECONNECTS, WRONG_OWNER] {
        counter!(name).increment(0);
    }
    for direction in [Direction::In, Direction::Out] {
        carried(direction, 0, 0);
    }
    for reason in Loss::ALL {
        dropped(reason, 0);
    }
}

/// Where messages go.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// From a peer.
    In,
    /// To a peer.
    Out,
}

/// Why messages were given up.
#[derive(Clone, Copy)]
pub(crate) enum Loss {
    /// Their key does not live here.
    NotHere,
    /// They can't be read.
    Malformed,
    /// They are larger than what goes to another node.
    TooLarge,
    /// The peer did not ack, until there was no more room.
    Behind,
    /// The peer had lost the session.
    Session,
    /// The peer left.
    Left,
}

impl Loss {
    const ALL: [Self; 6] = [
        Self::NotHere,
        Self::Malformed,
        Self::TooLarge,
        Self::Behind,
        Self::Session,
        Self::Left,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::NotHere => "not_here",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Behind => "behind",
            Self::Session => "session",
            Self::Left => "left",
        }
    }
}

/// A frame with so many messages and bytes.
pub(crate) fn carried(direction: Direction, messages: usize, bytes: usize) {
    let direction = match direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    counter!(MESSAGES, "direction" => direction).increment(messages as u64);
    counter!(BYTES, "direction" => direction).increment(bytes as u64);
}

pub(crate) fn dropped(reason: Loss, messages: u64) {
    counter!(DROPPED, "reason" => reason.as_str()).increment(messages);
    LOST[reason as usize].fetch_add(messages, Ordering::Relaxed);
}

/// What the counter above has come to, by reason.
static LOST: [AtomicU64; Loss::ALL.len()] = [const { AtomicU64::new(0) }; Loss::ALL.len()];

/// Messages between nodes that were given up since the process began, by the reason that the metric
/// has as well: for whoever is told of them as they happen.
pub fn losses() -> impl Iterator<Item = (&'static str, u64)> {
    Loss::ALL
        .iter()
        .map(|&loss| (loss.as_str(), LOST[loss as usize].load(Ordering::Relaxed)))
}

/// What was kept for a peer was given up, with its session or for good.
pub(crate) fn given_up(peer: &NodeId, reason: Loss, messages: u64) {
    if messages > 0 {
        let why = reason.as_str();
        match reason {
            // One at a time, and many: the counter has them.
            Loss::Behind => tracing::debug!(%peer, messages, why, "a message was given up"),
            _ => tracing::warn!(%peer, messages, why, "messages to a peer were given up"),
        }
        dropped(reason, messages);
    }
}

#[expect(clippy::cast_precision_loss, reason = "less than 2^53")]
pub(crate) fn unacked(peer: &NodeId, bytes: usize) {
    gauge!(UNACKED, "peer" => peer.to_string()).set(bytes as f64);
}

pub(crate) fn round_trip(took: Duration) {
    histogram!(ROUND_TRIP).record(took);
}

pub(crate) fn reconnect() {
    counter!(RECONNECTS).increment(1);
}

pub(crate) fn wrong_owner() {
    counter!(WRONG_OWNER).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
pub(crate) fn silent(peers: usize) {
    gauge!(SILENT).set(peers as f64);
}
