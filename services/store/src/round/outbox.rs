//! What a shard sent in its last rounds, to be sent again to a peer that starts anew.

use std::collections::VecDeque;

use amble_engine::time::Round;

use super::KEEP;

/// The last [`KEEP`] rounds of one receiver.
#[derive(Clone, Debug)]
pub struct Outbox<M> {
    sent: VecDeque<(Round, M)>,
}

impl<M> Default for Outbox<M> {
    fn default() -> Self {
        Self {
            sent: VecDeque::new(),
        }
    }
}

impl<M: Clone> Outbox<M> {
    /// Notes what was sent.
    pub fn keep(&mut self, round: Round, message: M) {
        self.sent.push_back((round, message));
        while self
            .sent
            .front()
            .is_some_and(|(oldest, _)| *oldest < round.plus(-KEEP))
        {
            self.sent.pop_front();
        }
    }

    /// What was sent in `from` and later.
    pub fn since(&self, from: Round) -> impl Iterator<Item = M> + '_ {
        self.sent
            .iter()
            .filter(move |(round, _)| *round >= from)
            .map(|(_, m)| m.clone())
    }
}
