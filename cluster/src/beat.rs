//! Every interval of the cluster (rule C6): all follow from one.

use std::time::Duration;

/// How often a node says to each peer that it lives, and what it thinks of the others.
pub const HEARTBEAT: Duration = Duration::from_millis(50);

/// A peer that was not heard for so long is silent (rule C3).
pub const SILENT_AFTER: Duration = HEARTBEAT.saturating_mul(6);

/// How long a broken stream to a peer rests before it is tried again.
pub const RECONNECT: Duration = HEARTBEAT;

/// How long connecting to a peer may take.
pub const CONNECT_WITHIN: Duration = HEARTBEAT.saturating_mul(5);

/// How long a connection may show no life before it is cleared away. Only tidiness: long before, its
/// peer is silent and another connection is tried.
pub const KEEP_ALIVE: Duration = HEARTBEAT.saturating_mul(60);

/// How long a node's lease in etcd lives without being renewed: the answer to a node that dies alone,
/// when no peer is left to report it. In seconds, as etcd counts.
pub const LEASE_S: i64 = 5;

/// How often the lease is renewed.
pub const RENEW_EVERY: Duration = HEARTBEAT.saturating_mul(20);

/// How long a question to etcd may take before it counts as away.
pub const ETCD_WITHIN: Duration = HEARTBEAT.saturating_mul(40);

/// How long the coordinator waits after nodes came, before it moves shards to them: they often come
/// together.
pub const SETTLE: Duration = HEARTBEAT.saturating_mul(20);

/// How long the coordinator waits between two planned moves: what waited for the first has been worked off by
/// then.
pub const MOVES_EVERY: Duration = HEARTBEAT.saturating_mul(4);

/// How long the coordinator waits after a planned move before it moves a shard that comes before that one in
/// the order in which they were declared. Who comes later leans on those before it; so long after it has
/// moved, those before it may need more of it than it has.
pub const FRONT_AFTER: Duration = HEARTBEAT.saturating_mul(160);

/// How often a node says what its shards cost: rarely, as each time is a write to etcd, and long enough
/// for an interval to tell something.
pub const LOAD_EVERY: Duration = HEARTBEAT.saturating_mul(200);

/// How long the measured load must be uneven before shards move for it: some measures long.
pub const UNEVEN_FOR: Duration = LOAD_EVERY.saturating_mul(3);

/// How long it rests after shards moved for uneven load: every move costs shoppers a moment, and what
/// people do changes all the time.
pub const EVEN_EVERY: Duration = LOAD_EVERY.saturating_mul(60);

/// How long a node that leaves waits for its shards to be placed elsewhere.
pub const LEAVE_WITHIN: Duration = HEARTBEAT.saturating_mul(600);

/// How long a node rests after etcd failed it, before it asks again.
pub const ETCD_REST: Duration = HEARTBEAT.saturating_mul(2);
