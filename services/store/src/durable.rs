//! How far the cuts of a shop are durable: from there it would start if it ended now.
//!
//! 1. A shop can start from a round only when every zone and every bucket has its cut.
//! 2. Edges in event time get no credit further beyond that than [`LEAD`]: their cameras keep ten
//!    seconds, and the shop must find all that it replays in them. Nor do they get more than [`UNDECIDED`]
//!    beyond what is decided. In real time nobody can hold the cameras up; there the lag is a second or two.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use amble_engine::time::{ROUND_US, Round, Time};

use crate::round::{CUT_EVERY, KEEP, REPLAY};

/// How much cameras keep, in rounds: ten seconds (rule L1).
pub const CAMERAS_KEEP: i64 = 100;

/// How far beyond the newest durable cut an edge in event time may send, in rounds. One round more
/// may wait in the edge; one is spare.
const LEAD: i64 = CAMERAS_KEEP - REPLAY - 2;

/// How far beyond what is decided an edge in event time may send, in rounds: a bookkeeper that begins anew
/// reads what is durable and asks for the rest, so zones must have kept all that lies between. What is decided
/// is told once in ten rounds.
const UNDECIDED: i64 = KEEP - LEAD - CUT_EVERY;

/// Up to when an edge in event time may send, by what is decided.
pub fn may_lead(decided: Time) -> Time {
    decided.plus_us(UNDECIDED * ROUND_US)
}

/// The newest durable cut of each shard that has them.
#[derive(Debug, Default)]
pub struct Durable {
    cuts: Mutex<BTreeMap<String, Round>>,
}

impl Durable {
    /// A zone's or a bucket's cut stands, also one from before it started here. Whether that moves what
    /// all have.
    pub fn stands(&self, shard: &str, round: Round) -> bool {
        let mut cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = cuts.values().min().copied();
        match cuts.get_mut(shard) {
            Some(cut) => *cut = round.max(*cut),
            None => {
                cuts.insert(shard.to_owned(), round);
            }
        }
        cuts.values().min().copied() != before
    }

    /// The newest round whose cut all shards have. `None`: there is no shard yet.
    pub fn common(&self) -> Option<Round> {
        let cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        cuts.values().min().copied()
    }

    /// How many rounds the newest cut of any other shard is ahead of the oldest of these. `None`: there are
    /// only these, or only others.
    pub fn behind(&self, is_own: impl Fn(&str) -> bool) -> Option<i64> {
        let cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        let (own, others): (Vec<_>, Vec<_>) = cuts.iter().partition(|(shard, _)| is_own(shard));
        let slowest = own.into_iter().map(|(_, round)| round.0).min()?;
        let furthest = others.into_iter().map(|(_, round)| round.0).max()?;
        Some(furthest - slowest)
    }

    /// Up to when an edge in event time may send. `None`: there is no shard yet.
    pub fn lead(&self) -> Option<Time> {
        self.common().map(|cut| cut.plus(LEAD).end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_follows_the_slowest_shard_that_has_cuts() {
        let durable = Durable::default();
        assert_eq!(durable.lead(), None);
        durable.stands("zone", Round(10));
        durable.stands("bucket", Round(10));
        assert!(!durable.stands("zone", Round(20)));
        assert_eq!(durable.lead(), Some(Round(10 + LEAD).end()));
        assert!(durable.stands("bucket", Round(20)));
        assert_eq!(durable.lead(), Some(Round(20 + LEAD).end()));
        assert_eq!(durable.behind(|shard| shard == "zone"), Some(0));
        assert!(!durable.stands("bucket", Round(50)));
        assert_eq!(durable.behind(|shard| shard == "zone"), Some(30));
        assert_eq!(durable.behind(|_| true), None);
        // What is replayed is written once more, and takes nothing back.
        assert!(!durable.stands("bucket", Round(10)));
        assert_eq!(durable.lead(), Some(Round(20 + LEAD).end()));
    }
}
