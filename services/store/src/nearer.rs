//! Where an edge is best served: at the node where most of its devices live.
//!
//! A frame that comes in at another node is read there, written anew, carried, and read again: that costs
//! more than what its actor does with it. Edges choose their endpoints without knowing this, so a node sends
//! them on.
//!
//! 1. An edge is sent on when more of its devices live at one other node than here.
//! 2. Not while shards move: that must have been so for [`FOR`].
//! 3. Not again to the same node for [`REST`]. An edge that does not know that node, or can't reach it,
//!    has gone round once and stays.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use amble_cluster::{
    Key, NodeId,
    beat::{EVEN_EVERY, SETTLE},
};

use crate::shop::Shop;

/// Longer than the moves of a rebalancing are apart.
const FOR: Duration = SETTLE.saturating_mul(3);

/// As long as load may stay where it is.
const REST: Duration = EVEN_EVERY;

/// Edges that might be sent on, by their first device: there are no more of them than devices.
#[derive(Debug, Default)]
pub struct Nearer(Mutex<BTreeMap<Key, Wish>>);

#[derive(Debug)]
struct Wish {
    /// Where the edge belongs.
    node: NodeId,
    since: Instant,
    /// When it was sent on.
    said: Option<Instant>,
}

impl Nearer {
    /// Whether an edge that has this device is to be sent on now, when it belongs to this node.
    fn sends_on(&self, device: &Key, node: Option<NodeId>, now: Instant) -> bool {
        let mut wishes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(node) = node else {
            wishes.remove(device);
            return false;
        };
        let wish = match wishes.get_mut(device) {
            Some(wish) if wish.node == node => wish,
            _ => {
                let since = now;
                let said = None;
                wishes.insert(device.clone(), Wish { node, since, said });
                return false;
            }
        };
        let rested = wish.said.is_none_or(|said| now - said > REST);
        let due = rested && now - wish.since >= FOR;
        if due {
            wish.said = Some(now);
        }
        due
    }
}

impl Shop {
    /// Whether an edge that carries these devices is to be sent on to another node.
    pub fn sends_on(&self, devices: &[Key]) -> bool {
        let (Some(placing), Some(first)) = (&self.placing, devices.first()) else {
            return false;
        };
        let mut live = BTreeMap::<NodeId, usize>::new();
        for device in devices {
            if let Some(owner) = placing.table.owner(device.shard()) {
                *live.entry(owner.node).or_default() += 1;
            }
        }
        let here = live.get(&placing.me).copied().unwrap_or_default();
        let most = live.into_iter().max_by_key(|(_, count)| *count);
        let elsewhere = most.filter(|(_, count)| *count > here);
        let elsewhere = elsewhere.map(|(node, _)| node);
        self.nearer.sends_on(first, elsewhere, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_r3_an_edge_is_sent_on_when_that_stands_and_only_once() {
        let nearer = Nearer::default();
        let device = Key::shard_named("shop/zone/1").child("camera/1");
        let begin = Instant::now();
        let asked = |after, node: Option<&str>| {
            nearer.sends_on(&device, node.map(NodeId::new), begin + after)
        };
        let (first, again) = (FOR * 2, FOR * 3);
        assert!(!asked(Duration::ZERO, Some("a")));
        // It moved meanwhile.
        assert!(!asked(FOR, Some("b")));
        assert!(asked(first, Some("b")));
        assert!(!asked(again, Some("b")));
        assert!(asked(first + REST * 2, Some("b")));
        // Once it is here, all is forgotten.
        assert!(!asked(again + REST * 2, None));
        assert!(!asked(again + REST * 3, Some("b")));
        assert!(asked(again + REST * 3 + FOR, Some("b")));
    }
}
