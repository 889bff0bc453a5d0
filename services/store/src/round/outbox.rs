//! What a shard sent in its last rounds, to be sent again to a peer that starts anew.

use std::collections::VecDeque;

use amble_engine::time::Round;

use super::KEEP;

/// The last [`KEEP`] rounds of one receiver.
#[derive(Clone, Debug)]
pub struct Outbox<M> {
    sent: VecDeque<(Round, M)>,
    /// The newest round that was let go.
    gone: Option<Round>,
}

impl<M> Default for Outbox<M> {
    fn default() -> Self {
        Self {
            sent: VecDeque::new(),
            gone: None,
        }
    }
}

impl<M: Clone> Outbox<M> {
    /// Notes what was sent.
    pub fn keep(&mut self, round: Round, message: M) {
        self.sent.push_back((round, message));
        let old = |(oldest, _): &mut (Round, M)| *oldest < round.plus(-KEEP);
        while let Some((gone, _)) = self.sent.pop_front_if(old) {
            self.gone = Some(gone);
        }
    }

    /// What was sent last.
    pub fn newest(&self) -> Option<&M> {
        self.sent.back().map(|(_, message)| message)
    }

    /// Whether something of what was sent in `from` and later was let go.
    pub fn is_past(&self, from: Round) -> bool {
        self.gone.is_some_and(|gone| gone >= from)
    }

    /// What is still there of what was sent in `from` and later.
    pub fn since(&self, from: Round) -> impl Iterator<Item = M> + '_ {
        self.sent
            .iter()
            .filter(move |(round, _)| *round >= from)
            .map(|(_, m)| m.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_let_go_is_not_taken_for_there() {
        let mut outbox = Outbox::default();
        for round in 1..=KEEP + 3 {
            outbox.keep(Round(round), round);
        }
        assert!(outbox.since(Round(KEEP + 2)).eq([KEEP + 2, KEEP + 3]));
        assert!(!outbox.is_past(Round(3)));
        assert!(outbox.is_past(Round(2)));
    }
}
