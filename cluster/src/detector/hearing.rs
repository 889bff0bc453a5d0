//! Whom a node hears: plain state, no clock of its own.
//!
//! 1. A peer is silent when nothing came from it for [`SILENT_AFTER`], counted from when it became a
//!    member, or when it is gone. It is heard again with the next thing that comes from it.
//! 2. What a peer says of others counts while that peer is heard.
//! 3. A node that stood still itself can't tell who was silent meanwhile: when its own tick comes
//!    late, every clock starts anew, and what peers said before is forgotten.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::verdict::silent_to_majority;
use crate::{
    NodeId,
    beat::{HEARTBEAT, SILENT_AFTER},
};

/// A tick that comes so much after the last one was late: half of what makes a peer silent.
const LATE: Duration = HEARTBEAT.saturating_mul(3);

/// See the rules above.
#[derive(Debug)]
pub(super) struct Hearing {
    me: NodeId,
    /// Whether this node is a member itself.
    member: bool,
    peers: BTreeMap<NodeId, Peer>,
    ticked: Instant,
}

#[derive(Debug)]
struct Peer {
    heard: Instant,
    state: State,
    says: BTreeSet<NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Heard,
    Silent,
    Gone,
}

impl Hearing {
    pub(super) fn new(me: NodeId, now: Instant) -> Self {
        Self {
            me,
            member: false,
            peers: BTreeMap::new(),
            ticked: now,
        }
    }

    /// These nodes are the members now. Whether opinions may have changed; so with all that follow.
    pub(super) fn members(&mut self, members: &BTreeSet<NodeId>, now: Instant) -> bool {
        self.member = members.contains(&self.me);
        self.peers.retain(|node, _| members.contains(node));
        for node in members {
            if *node != self.me && !self.peers.contains_key(node) {
                self.peers.insert(node.clone(), Peer::new(now));
            }
        }
        true
    }

    /// Something came from a peer.
    pub(super) fn heard(&mut self, node: &NodeId, now: Instant) -> bool {
        let Some(peer) = self.peers.get_mut(node) else {
            return false;
        };
        peer.heard = now;
        let news = peer.state != State::Heard;
        peer.state = State::Heard;
        news
    }

    /// A peer finds these silent.
    pub(super) fn says(&mut self, node: &NodeId, silent: BTreeSet<NodeId>) -> bool {
        let Some(peer) = self.peers.get_mut(node) else {
            return false;
        };
        let news = peer.says != silent;
        peer.says = silent;
        news
    }

    /// A peer's process is gone.
    pub(super) fn gone(&mut self, node: &NodeId) -> bool {
        let Some(peer) = self.peers.get_mut(node) else {
            return false;
        };
        let news = peer.state != State::Gone;
        peer.state = State::Gone;
        peer.says.clear();
        news
    }

    /// Looks at the clock.
    pub(super) fn tick(&mut self, now: Instant) {
        let late = now.saturating_duration_since(self.ticked) >= LATE;
        self.ticked = now;
        for peer in self.peers.values_mut() {
            if late {
                peer.heard = now;
                peer.says.clear();
            }
            let quiet = now.saturating_duration_since(peer.heard);
            if peer.state == State::Heard && quiet >= SILENT_AFTER {
                peer.state = State::Silent;
                peer.says.clear();
            }
        }
    }

    /// The peers that this node finds silent.
    pub(super) fn silent(&self) -> BTreeSet<NodeId> {
        self.those(|peer| peer.state != State::Heard)
    }

    /// The peers that a majority finds silent.
    pub(super) fn verdict(&self) -> BTreeSet<NodeId> {
        if !self.member {
            return BTreeSet::new();
        }
        let mut members = self.those(|_| true);
        members.insert(self.me.clone());
        let mut says: BTreeMap<&NodeId, BTreeSet<NodeId>> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.state == State::Heard)
            .map(|(node, peer)| (node, peer.says.clone()))
            .collect();
        says.insert(&self.me, self.silent());
        let gone = self.those(|peer| peer.state == State::Gone);
        silent_to_majority(&self.me, &members, &gone, &says)
    }

    fn those(&self, which: impl Fn(&Peer) -> bool) -> BTreeSet<NodeId> {
        let peers = self.peers.iter().filter(|(_, peer)| which(peer));
        peers.map(|(node, _)| node.clone()).collect()
    }
}

impl Peer {
    fn new(now: Instant) -> Self {
        Self {
            heard: now,
            state: State::Heard,
            says: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(names: &[&str]) -> BTreeSet<NodeId> {
        names.iter().map(|name| NodeId::new(name)).collect()
    }

    /// Node `a` of these, and the time at which it began.
    fn among(names: &[&str]) -> (Hearing, Instant) {
        let now = Instant::now();
        let mut hearing = Hearing::new(NodeId::new("a"), now);
        hearing.members(&nodes(names), now);
        (hearing, now)
    }

    /// Ticks on time for so long, while these are heard.
    fn pass(hearing: &mut Hearing, now: &mut Instant, time: Duration, heard: &[&str]) {
        let until = *now + time;
        while *now < until {
            *now += HEARTBEAT;
            for name in heard {
                hearing.heard(&NodeId::new(name), *now);
            }
            hearing.tick(*now);
        }
    }

    #[test]
    fn a_peer_that_says_nothing_is_silent_until_it_is_heard_again() {
        let (mut hearing, mut now) = among(&["a", "b", "c"]);
        pass(&mut hearing, &mut now, SILENT_AFTER - HEARTBEAT, &["c"]);
        assert_eq!(hearing.silent(), nodes(&[]));
        pass(&mut hearing, &mut now, HEARTBEAT, &["c"]);
        assert_eq!(hearing.silent(), nodes(&["b"]));
        assert_eq!(hearing.verdict(), nodes(&[]), "one of two is no majority");
        hearing.says(&NodeId::new("c"), nodes(&["b"]));
        assert_eq!(hearing.verdict(), nodes(&["b"]));
        hearing.heard(&NodeId::new("b"), now);
        assert_eq!(hearing.silent(), nodes(&[]));
    }

    #[test]
    fn a_node_that_stood_still_finds_nobody_silent() {
        let (mut hearing, mut now) = among(&["a", "b"]);
        hearing.says(&NodeId::new("b"), nodes(&["x"]));
        now += 10 * SILENT_AFTER;
        hearing.tick(now);
        assert_eq!(hearing.silent(), nodes(&[]));
        pass(&mut hearing, &mut now, SILENT_AFTER, &[]);
        assert_eq!(hearing.verdict(), nodes(&["b"]));
    }

    #[test]
    fn a_node_that_is_cut_off_believes_in_its_own_death_not_in_that_of_all() {
        let (mut hearing, mut now) = among(&["a", "b", "c"]);
        pass(&mut hearing, &mut now, 10 * SILENT_AFTER, &[]);
        assert_eq!(hearing.silent(), nodes(&["b", "c"]));
        assert_eq!(hearing.verdict(), nodes(&[]));
    }

    #[test]
    fn processes_that_are_gone_leave_the_rest_to_decide() {
        let (mut hearing, _) = among(&["a", "b", "c"]);
        hearing.gone(&NodeId::new("b"));
        assert_eq!(hearing.verdict(), nodes(&[]), "c may know better");
        hearing.gone(&NodeId::new("c"));
        assert_eq!(hearing.verdict(), nodes(&["b", "c"]));
    }

    #[test]
    fn what_a_silent_peer_said_counts_no_more() {
        let (mut hearing, mut now) = among(&["a", "b", "c"]);
        hearing.says(&NodeId::new("c"), nodes(&["b"]));
        pass(&mut hearing, &mut now, SILENT_AFTER, &[]);
        assert_eq!(hearing.verdict(), nodes(&[]));
    }

    #[test]
    fn who_is_no_member_has_no_say() {
        let (mut hearing, now) = among(&["a", "b"]);
        hearing.gone(&NodeId::new("b"));
        assert_eq!(hearing.verdict(), nodes(&["b"]));
        hearing.members(&nodes(&["b"]), now);
        assert_eq!(hearing.verdict(), nodes(&[]));
    }
}
