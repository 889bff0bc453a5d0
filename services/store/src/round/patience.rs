//! How long one waits for peers before asking again.
//!
//! A message to a shard that was just moving finds nobody, and may be the very one that its successor
//! needs. So whoever has waited for longer than a move takes, asks those who are missing for their
//! rounds once more; what is there already changes nothing.

use std::time::{Duration, Instant};

use amble_engine::time::Round;

/// Longer than peers on other nodes take in quiet times, shorter than anybody's patience.
const WAIT: Duration = Duration::from_millis(250);

/// How often one looks whether it is time to ask.
pub const LOOK: Duration = Duration::from_millis(100);

/// Since when a shard waits for the same round.
#[derive(Debug)]
pub struct Patience {
    since: Instant,
    round: Round,
}

impl Patience {
    /// From now on.
    pub fn new(round: Round) -> Self {
        Self {
            since: Instant::now(),
            round,
        }
    }

    /// Whether it is over: the round is the same as long ago. Then it begins anew.
    pub fn is_over(&mut self, round: Round) -> bool {
        let over = self.round == round && self.since.elapsed() >= WAIT;
        if over || self.round != round {
            *self = Self::new(round);
        }
        over
    }
}
