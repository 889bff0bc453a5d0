//! What is written to etcd: transactions, each under the condition that makes it safe whenever it is
//! carried out, late included.
//!
//! 1. Only the elected coordinator writes the map: its election key was created by the very election
//!    that it won.
//! 2. A shard's key is written over the one that the coordinator saw, and over no other. So no two
//!    owners ever have one (shard, epoch), even when an answer was lost and the write came later.
//! 3. Only who lives puts a silent node out. Of two nodes that can't hear each other, one does.

use etcd_client::{Client, Compare, CompareOp, PutOptions, Txn, TxnOp};
use serde::Serialize;

use super::{
    info::{NodeInfo, Placed, now_ms},
    keys::{Keys, Name},
    session::{EtcdError, bounded},
    view::View,
};
use crate::{NodeId, coordinator::Placing};

/// Shards in one transaction; etcd takes 128 operations.
const AT_ONCE: usize = 100;

fn json(value: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and maps of them always have a form.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Whether the transaction's condition held, and the revision that it left.
struct Done {
    held: bool,
    revision: i64,
}

async fn run(client: &Client, txn: Txn) -> Result<Done, EtcdError> {
    let answer = bounded(client.kv_client().txn(txn)).await?;
    Ok(Done {
        held: answer.succeeded(),
        revision: answer
            .header()
            .map_or(0, etcd_client::ResponseHeader::revision),
    })
}

/// Says of a node what it says of itself. The revision of that.
pub(super) async fn node(
    client: &Client,
    keys: &Keys,
    info: &NodeInfo,
    lease: i64,
) -> Result<i64, EtcdError> {
    let key = keys.key(&Name::Node(info.id.clone()));
    let put = TxnOp::put(key, json(info), Some(PutOptions::new().with_lease(lease)));
    let done = run(client, Txn::new().and_then([put])).await?;
    Ok(done.revision)
}

/// Becomes the coordinator, unless there is one. Only a node that lives does.
pub(super) async fn campaign(
    client: &Client,
    keys: &Keys,
    node: &NodeId,
    lease: i64,
) -> Result<(), EtcdError> {
    let key = keys.key(&Name::Coordinator);
    let put = TxnOp::put(
        key.clone(),
        json(node),
        Some(PutOptions::new().with_lease(lease)),
    );
    let me = keys.key(&Name::Node(node.clone()));
    let vacant = Compare::create_revision(key, CompareOp::Equal, 0);
    let alive = Compare::lease(me, CompareOp::Equal, lease);
    run(client, Txn::new().when([vacant, alive]).and_then([put])).await?;
    Ok(())
}

/// Writes the map as the coordinator that was elected at a revision, and takes granted wishes off.
/// The revision that it left; `None` when the condition did not hold: the view is behind.
pub(super) async fn places(
    client: &Client,
    keys: &Keys,
    view: &View,
    elected: i64,
    placings: &[Placing],
    granted: &[String],
) -> Result<Option<i64>, EtcdError> {
    let mut operations = Vec::with_capacity(placings.len() + granted.len());
    for placing in placings {
        let key = keys.key(&Name::Shard(placing.shard.clone()));
        let seen = view.owners.get(&placing.shard);
        let as_seen = Compare::mod_revision(
            key.clone(),
            CompareOp::Equal,
            seen.map_or(0, |entry| entry.written),
        );
        let placed = Placed {
            owner: placing.owner.clone(),
            reason: placing.reason,
            at_ms: now_ms(),
        };
        operations.push((Some(as_seen), TxnOp::put(key, json(&placed), None)));
    }
    for shard in granted {
        let key = keys.key(&Name::Wish(shard.clone()));
        operations.push((None, TxnOp::delete(key, None)));
    }
    let mut left = None;
    while !operations.is_empty() {
        let rest = operations.split_off(operations.len().min(AT_ONCE));
        let (conditions, writes): (Vec<_>, Vec<_>) = operations.into_iter().unzip();
        operations = rest;
        let when = conditions.into_iter().flatten();
        let when: Vec<_> = when.chain([still(keys, elected)]).collect();
        let done = run(client, Txn::new().when(when).and_then(writes)).await?;
        if !done.held {
            return Ok(None);
        }
        left = Some(done.revision);
    }
    Ok(left)
}

/// Says which shards the coordinator knows, as a hash. Answers as [`places`] does.
pub(super) async fn plan(
    client: &Client,
    keys: &Keys,
    elected: i64,
    hash: &str,
) -> Result<Option<i64>, EtcdError> {
    let put = TxnOp::put(keys.key(&Name::Plan), json(&hash), None);
    let txn = Txn::new().when([still(keys, elected)]).and_then([put]);
    let done = run(client, txn).await?;
    Ok(done.held.then_some(done.revision))
}

fn still(keys: &Keys, elected: i64) -> Compare {
    Compare::create_revision(keys.key(&Name::Coordinator), CompareOp::Equal, elected)
}

/// Puts a silent node out: its key, its election if it has one, and its lease. Whether it was this
/// call that did it.
pub(super) async fn put_out(
    client: &Client,
    keys: &Keys,
    (me, my_lease): (&NodeId, i64),
    (node, lease): (&NodeId, i64),
) -> Result<bool, EtcdError> {
    let bound = |key: &str, lease| Compare::lease(key, CompareOp::Equal, lease);
    let coordinator = keys.key(&Name::Coordinator);
    let theirs = keys.key(&Name::Node(node.clone()));
    let mine = keys.key(&Name::Node(me.clone()));
    let unelect = Txn::new()
        .when([bound(&coordinator, lease)])
        .and_then([TxnOp::delete(coordinator.clone(), None)]);
    let txn = Txn::new()
        .when([bound(&mine, my_lease), bound(&theirs, lease)])
        .and_then([TxnOp::delete(theirs.clone(), None), TxnOp::txn(unelect)]);
    let done = run(client, txn).await?;
    if done.held {
        // Nothing hangs on the lease any more; if this fails it expires.
        let _ = bounded(client.lease_client().revoke(lease)).await;
    }
    Ok(done.held)
}

/// Notes an operator's wish. Whether the node is there.
pub(super) async fn wish(
    client: &Client,
    keys: &Keys,
    shard: &str,
    node: &NodeId,
) -> Result<bool, EtcdError> {
    let there = Compare::version(keys.key(&Name::Node(node.clone())), CompareOp::Greater, 0);
    let put = TxnOp::put(keys.key(&Name::Wish(shard.to_owned())), json(node), None);
    let done = run(client, Txn::new().when([there]).and_then([put])).await?;
    Ok(done.held)
}
