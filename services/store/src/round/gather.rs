//! One message per round from each of a fixed set of senders.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use amble_engine::time::Round;

/// Collects the messages of several rounds until each is whole.
///
/// 1. A round is whole when every sender's message is there; whole rounds are taken in order.
/// 2. What was sent again (an old round, or the same one twice) changes nothing.
/// 3. A round's messages come out in the order of their senders, never of their arrival.
#[derive(Debug)]
pub struct Gather<M> {
    senders: usize,
    next: Round,
    /// When the last round was taken.
    taken: Instant,
    rounds: BTreeMap<Round, (usize, Vec<Option<M>>)>,
}

impl<M> Gather<M> {
    /// Waits for `senders` messages a round, from round `next` on.
    pub fn new(senders: usize, next: Round) -> Self {
        Self {
            senders,
            next,
            taken: Instant::now(),
            rounds: BTreeMap::new(),
        }
    }

    /// Takes a message.
    pub fn put(&mut self, sender: usize, round: Round, message: M) {
        if round < self.next || sender >= self.senders {
            return;
        }
        let (count, places) = self
            .rounds
            .entry(round)
            .or_insert_with(|| (0, (0..self.senders).map(|_| None).collect()));
        if places[sender].is_none() {
            places[sender] = Some(message);
            *count += 1;
        }
    }

    /// The round that is taken next.
    pub fn next(&self) -> Round {
        self.next
    }

    /// The senders whose message of the next round is not there.
    pub fn missing(&self) -> Vec<usize> {
        let there = self.rounds.get(&self.next).map(|(_, places)| places);
        (0..self.senders)
            .filter(|&sender| there.is_none_or(|places| places[sender].is_none()))
            .collect()
    }

    /// Those of all senders, named in their order, whose message for the next round is missing.
    pub fn missing_of<T>(&self, senders: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let missing = self.missing();
        let named = senders.enumerate();
        named.filter_map(move |(at, sender)| missing.contains(&at).then_some(sender))
    }

    /// How long ago the last round was taken.
    pub fn waited(&self) -> Duration {
        self.taken.elapsed()
    }

    /// Whether the next round is whole.
    pub fn ready(&self) -> bool {
        self.senders == 0
            || self
                .rounds
                .get(&self.next)
                .is_some_and(|(count, _)| *count == self.senders)
    }

    /// The next round's messages, when it is whole.
    pub fn take(&mut self) -> Option<Vec<M>> {
        if !self.ready() {
            return None;
        }
        let places = self
            .rounds
            .remove(&self.next)
            .map(|(_, places)| places)
            .unwrap_or_default();
        self.next = self.next.next();
        self.taken = Instant::now();
        Some(places.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_rounds_come_in_order_and_by_sender_whatever_the_arrival() {
        let mut gather = Gather::new(2, Round(5));
        gather.put(1, Round(6), "b6");
        gather.put(0, Round(6), "a6");
        gather.put(1, Round(5), "b5");
        assert!(gather.take().is_none());
        gather.put(0, Round(5), "a5");
        gather.put(0, Round(5), "again");
        assert_eq!(gather.take(), Some(vec!["a5", "b5"]));
        gather.put(0, Round(5), "late again");
        assert_eq!(gather.take(), Some(vec!["a6", "b6"]));
        assert!(gather.take().is_none());
    }

    #[test]
    fn a_round_without_senders_is_whole() {
        let mut gather = Gather::<()>::new(0, Round(1));
        assert_eq!(gather.take(), Some(vec![]));
        assert_eq!(gather.next(), Round(2));
    }
}
