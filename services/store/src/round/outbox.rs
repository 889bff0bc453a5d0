//! What a shard sent in its last rounds, to be sent again to a peer that starts anew.

use std::collections::VecDeque;

use amble_engine::time::Round;

use super::KEEP;

/// A shard was asked for rounds that it does not have: it has to begin anew further back, and the ledger
/// tells from where, since whoever asked stands there.
#[derive(Debug, thiserror::Error)]
#[error("asked for what was sent since {from:?}, but has only what was sent since {oldest:?}")]
pub struct TooYoung {
    /// The first round that is wanted.
    pub from: Round,
    /// The first round that is there.
    pub oldest: Round,
}

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

    /// What was sent in `from` and later, all of it.
    ///
    /// # Errors
    /// When some of it was let go.
    pub fn again(&self, from: Round) -> Result<impl Iterator<Item = M> + '_, TooYoung> {
        match self.gone {
            Some(gone) if gone >= from => Err(TooYoung {
                from,
                oldest: gone.next(),
            }),
            _ => Ok(self.since(from)),
        }
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
    fn who_asks_for_what_was_let_go_gets_no_part_of_it() {
        let mut outbox = Outbox::default();
        for round in 1..=KEEP + 3 {
            outbox.keep(Round(round), round);
        }
        assert_eq!(
            outbox.again(Round(KEEP + 2)).unwrap().collect::<Vec<_>>(),
            [KEEP + 2, KEEP + 3]
        );
        assert!(outbox.again(Round(3)).is_ok());
        let error = outbox.again(Round(2)).err().unwrap();
        assert_eq!(error.oldest, Round(3));
    }
}
