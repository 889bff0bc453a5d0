//! How a bookkeeper starts: from its last cut, then, when the first reports are there, what the ledger
//! holds since.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use amble_engine::{
    attribution::{Book, Memory},
    evidence::PartyId,
    layout::ShelfIx,
    planogram::Planogram,
    time::{Round, Time},
};
use amble_ledger::Entry;
use ractor::ActorRef;
use serde::{Deserialize, Serialize};

use super::{
    actor::{Arguments, State},
    outages::Outages,
    parties::Parties,
};
use crate::{
    codec,
    message::ToBook,
    review::Desk,
    round::{Gather, Patience},
    telemetry,
};

/// Rounds between two cuts: half a minute. More often costs writing; more seldom costs reading when
/// it starts anew.
pub(super) const CUT_EVERY: i64 = 300;

/// The bookkeeper at the end of a round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BookCut {
    memory: Memory,
    parties: Parties,
    names: Vec<(ShelfIx, u64)>,
    leaving: BTreeSet<(Time, PartyId)>,
}

impl BookCut {
    /// When the first of those left whose receipts may be there without its knowing.
    pub(crate) fn first_left(&self) -> Option<Time> {
        let parties = self.parties.all.values();
        parties
            .filter_map(|party| party.left.as_ref())
            .map(|(left, _)| *left)
            .min()
    }
}

impl State {
    pub(super) fn recover(myself: ActorRef<ToBook>, arguments: Arguments) -> Self {
        let Arguments {
            shop,
            first,
            cut,
            planogram,
            past,
            writer,
        } = arguments;
        let layout = Arc::clone(&shop.plan.layout);
        let settings = shop.attribution.clone();
        let planogram = Planogram::restore(Arc::clone(&layout), planogram);
        let (book, parties, names, leaving) = match cut {
            Some(cut) => (
                Book::restore(layout, settings, cut.memory),
                cut.parties,
                cut.names,
                cut.leaving,
            ),
            None => (
                Book::new(layout, settings),
                Parties::default(),
                Vec::new(),
                BTreeSet::new(),
            ),
        };
        Self {
            refold: Some(first),
            zones: Gather::new(shop.keys.zone_count(), first),
            buckets: Gather::new(shop.keys.bucket_count(), first),
            known: names.iter().copied().collect(),
            unrest: BTreeMap::new(),
            patience: Patience::new(first),
            meter: shop.meter(shop.keys.book()),
            until: telemetry::shard_until(shop.keys.book()),
            open: telemetry::open_interactions(),
            outages: Outages::new(
                shop.keys.zone_count() + shop.keys.bucket_count(),
                shop.event_time,
            ),
            desk: Desk::start(Arc::clone(&shop), writer.epoch),
            shop,
            myself,
            writer,
            past,
            book,
            planogram,
            mismatched: telemetry::mismatched(),
            guests: BTreeSet::new(),
            guests_shown: telemetry::guests_with_goods(),
            parties,
            names,
            leaving,
        }
    }

    /// Folds the rounds that are whole in the ledger: those before the first that is reported. What moves
    /// in that round since before a party left was moving when it was to be settled.
    pub(super) fn refold(&mut self, first: Round) {
        self.tell_the_settled();
        let rounds: BTreeSet<Round> = self
            .past
            .interactions
            .range(..first)
            .map(|(&round, _)| round)
            .chain(self.past.events.range(..first).map(|(&round, _)| round))
            .collect();
        let mut from = self.past.since;
        for round in rounds {
            self.settle_between(from, round);
            let events = self.past.events.remove(&round).unwrap_or_default();
            let interactions = self.past.interactions.remove(&round).unwrap_or_default();
            let interactions = interactions.into_iter().map(|i| (i, None)).collect();
            self.fold(round, events, interactions, None);
            from = round;
        }
        self.settle_between(from, first);
        self.show_mismatches();
        self.watch_guests(false);
    }

    fn settle_between(&mut self, from: Round, to: Round) {
        let mut round = from;
        while round < to {
            self.settle_the_due(round, false);
            self.look_at_shelves(round, false);
            round = round.next();
            if self.leaving.is_empty() {
                break;
            }
        }
    }

    pub(super) fn store_cut(&mut self, round: Round) {
        let cut = BookCut {
            memory: self.book.memory().clone(),
            parties: self.parties.clone(),
            names: self.names.clone(),
            leaving: self.leaving.clone(),
        };
        let entry = Entry::Cut {
            round: round.0,
            body: codec::encode(&cut),
        };
        let note = self.planogram_note(round);
        self.writer.write(vec![entry, note], |_| {});
    }
}
