//! How a shard is owned: what a node does about a shard (rule C4), and what the ledger lets it do (L3).
//!
//! 1. A node claims a shard when it hears that the shard is placed at it, in that placing's epoch, and
//!    only once it has claimed does it serve: claim, then read, then fold.
//! 2. It stops when it hears of a newer placing, or when the ledger refuses it. What is older changes
//!    nothing.
//! 3. When the ledger refuses it, the ledger knows a newer epoch, or another owner in the same one: the map
//!    has forgotten that it gave it out. If the map is behind, it has to be told: see [`Act::Raise`].
//! 4. The ledger lets nobody claim an older epoch than was claimed, nor one that another owner has claimed,
//!    and nobody write in another. So two nodes may both believe that they own a shard; two never write.
//!
//! `tests/ownership` checks by way of a model that no order of events, losses and delays breaks this.

use crate::{Epoch, NodeId, Owner};

/// What a node has to do with one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tenure {
    /// Of the newest placing that was heard of.
    epoch: Epoch,
    phase: Phase,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The shard is somewhere else, or this node has been refused.
    #[default]
    Away,
    /// The shard is placed here; it waits for the ledger's answer to its claim.
    Claiming,
    /// The shard is served here.
    Serving,
}

/// What a node hears about a shard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Heard {
    /// It has this owner: from the map, from the owner, or from a node that was asked in vain.
    Placed(Owner),
    /// The ledger has taken the claim of this epoch.
    Claimed(Epoch),
    /// The ledger has refused a claim or an append.
    Refused {
        /// In which epoch it was tried.
        held: Epoch,
        /// The one that was claimed; the same, when somebody else did.
        newer: Epoch,
    },
}

/// What a node does about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// End what serves the shard here, if anything does, and claim this epoch.
    Claim(Epoch),
    /// Announce it, read, and serve.
    Serve(Epoch),
    /// End what serves the shard here.
    Stop,
    /// The same, and tell the coordinator this epoch, for the case that the map is behind.
    Raise(Epoch),
}

impl Tenure {
    /// How far it has come, and in which epoch.
    #[must_use]
    pub const fn phase(&self) -> (Phase, Epoch) {
        (self.phase, self.epoch)
    }

    /// What is to be done about something heard.
    pub fn hear(&mut self, me: &NodeId, heard: &Heard) -> Option<Act> {
        let was = self.phase;
        match heard {
            Heard::Placed(owner) if owner.epoch > self.epoch => {
                self.epoch = owner.epoch;
                if owner.node == *me {
                    self.phase = Phase::Claiming;
                    return Some(Act::Claim(owner.epoch));
                }
                self.phase = Phase::Away;
                (was != Phase::Away).then_some(Act::Stop)
            }
            Heard::Claimed(epoch) if *epoch == self.epoch && was == Phase::Claiming => {
                self.phase = Phase::Serving;
                Some(Act::Serve(*epoch))
            }
            Heard::Refused { held, newer } if *held == self.epoch && was != Phase::Away => {
                self.phase = Phase::Away;
                // Above what was refused, in any case.
                Some(Act::Raise(Epoch(newer.0.max(held.0 + 1))))
            }
            _ => None,
        }
    }
}

/// Whether the ledger lets a shard be claimed in an epoch, after one was claimed, by who asks (`own`) or by
/// somebody else. 0: never claimed.
#[must_use]
pub const fn may_claim(wanted: Epoch, claimed: Epoch, own: bool) -> bool {
    wanted.0 > claimed.0 || (own && wanted.0 > 0 && wanted.0 == claimed.0)
}

/// Whether the ledger lets a shard be written in an epoch.
#[must_use]
pub const fn may_append(held: Epoch, claimed: Epoch) -> bool {
    held.0 > 0 && held.0 == claimed.0
}
