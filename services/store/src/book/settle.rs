//! Settling: from what a party took to its receipt.
//!
//! 1. A party that has left is settled when no shelf that it could have reached has been moving since
//!    before it left, and at the latest after the longest wait (someone may lean on a shelf all day).
//! 2. The receipt and what follows from it are one write; the party hears of it when it is durable.
//! 3. What a person is to look at is opened by that same write ([`review`](crate::review)).
//! 4. A visit is settled once, also when the bookkeeper begins anew: whose receipt is in the ledger is settled
//!    in the round that it tells of, and what is told is what stands there.
//! 5. A guest has no receipt: what it carried out is an alert.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use amble_engine::{
    attribution::{Decision, InteractionId, Review},
    cart::{Cart, ProductName, Receipt, ReceiptHead},
    evidence::PartyId,
    time::{Round, Time},
};
use amble_ledger::{Entry, Outcome};

use super::{
    actor::{State, StoredReceipt},
    parties::Party,
};
use crate::{
    grab,
    message::{News, ToBook},
    names::{DOUBT, frame_name, receipt_id},
    review,
    shop::StoreEvent,
    telemetry,
};

impl State {
    /// Settles every party whose time has come; what is past is not told once more (`live`).
    pub(super) fn settle_the_due(&mut self, round: Round, live: bool) {
        let leaving: Vec<(Time, PartyId)> = self.leaving.iter().copied().collect();
        for (left, party) in leaving {
            if left > round.start() {
                break;
            }
            let due = match self.stored(party) {
                Some(stored) => round >= stored.settled,
                None => {
                    self.at_rest(party, left)
                        || round.start().0 - left.0 > self.shop.settings.unrest_us()
                }
            };
            if due {
                self.leaving.remove(&(left, party));
                self.settle(round, party, live);
            }
        }
    }

    /// The receipt that was there when the bookkeeper began (rule 4).
    fn stored(&self, party: PartyId) -> Option<&StoredReceipt> {
        let visit = self.parties.all.get(&party)?.visit.as_ref()?;
        self.past.receipts.get(visit)
    }

    /// Whether nothing that the party could have moved is still moving.
    fn at_rest(&self, party: PartyId, left: Time) -> bool {
        let Some((_, reached)) = self.parties.all.get(&party).and_then(|p| p.left.as_ref()) else {
            return true;
        };
        let mut moving = self.unrest.values().flatten();
        // After a restart, what was moving then is known by what it came to.
        let mut moved = self.past.interactions.values().flatten();
        !moving.any(|(shelf, since)| *since <= left && reached.contains(shelf))
            && !moved.any(|i| i.change.start <= left && reached.contains(&i.shelf))
    }

    fn settle(&mut self, round: Round, party: PartyId, live: bool) {
        let began = Instant::now();
        let at = round.end();
        let settlement = self.book.settle(party, at);
        let undecided = settlement.undecided.len();
        telemetry::undecided(undecided);
        let mut touched = BTreeMap::new();
        let mut entries = Vec::new();
        self.decided(
            round,
            began,
            settlement.decisions,
            &mut touched,
            &mut entries,
        );
        for (other, decisions) in touched {
            self.tell(other, News::Decided(decisions), at, None);
        }
        let Some(known) = self.parties.all.get_mut(&party) else {
            return;
        };
        known.settled = true;
        let bill = known.bill.clone();
        let Some(visit) = known.visit.clone() else {
            if !settlement.lines.is_empty() {
                let units = settlement.lines.iter().map(|line| line.quantity).sum();
                telemetry::guest_left_with_goods();
                if live {
                    self.tell_of_guest(party, units, true);
                }
                tracing::warn!(
                    party = party.0,
                    lines = settlement.lines.len(),
                    "a guest left with goods"
                );
            }
            self.parties.all.remove(&party);
            self.write(entries, |_| {});
            return;
        };
        let receipt = self.receipt(party, &visit, at, undecided);
        let Some(receipt) = receipt else {
            self.write(entries, |_| {});
            return;
        };
        let Some(entry) = (self.shop.documents.settle)(&receipt, &bill) else {
            tracing::error!(visit, "the receipt does not add up and was not written");
            self.write(entries, |_| {});
            return;
        };
        let body: Arc<str> = match (self.stored(party), &entry) {
            (Some(stored), _) => Arc::clone(&stored.body),
            (None, Entry::Receipt { body, .. }) => body.as_str().into(),
            (None, _) => "".into(),
        };
        entries.push(entry);
        let reviews = self.reviews(&settlement.reviews, &visit, at);
        let asked = reviews.len();
        entries.extend(reviews);
        let myself = self.myself.clone();
        self.write(entries, move |outcomes| {
            let new = outcomes.iter().rev().take(asked).filter(|o| o.is_new());
            telemetry::review_opened(DOUBT, new.count());
            let _ = myself.cast(ToBook::Receipted(party, body, began));
        });
    }

    /// What a person is to look at, opened with the receipt.
    fn reviews(&self, reviews: &[Review], visit: &str, at: Time) -> Vec<Entry> {
        let names = &self.shop.plan.names;
        let name = |id: InteractionId| {
            let (shelf, sequence) = *self.names.get(usize::try_from(id.0).ok()?)?;
            Some(frame_name(names.shelf(shelf), sequence))
        };
        let product = |ix| names.product(ix).to_owned();
        review::entries(reviews, visit, at.0, product, name)
    }

    fn write(&self, entries: Vec<Entry>, then: impl FnOnce(&[Outcome]) + Send + 'static) {
        if !entries.is_empty() {
            self.writer.write(entries, then);
        }
    }

    fn receipt(
        &self,
        party: PartyId,
        visit: &str,
        settled: Time,
        undecided: usize,
    ) -> Option<Receipt> {
        let known: &Party = self.parties.all.get(&party)?;
        let prices = self.shop.prices();
        let mut cart = Cart::new(party, self.shop.currency);
        for decision in known.decisions.values() {
            if let Err(error) = cart.apply(decision, &prices) {
                tracing::error!(visit, %error, "a decision can't be priced");
            }
        }
        let head = ReceiptHead {
            receipt_id: receipt_id(visit),
            visit_id: visit.to_owned(),
            store_id: self.shop.plan.plan.store.clone(),
            entered: known.opened,
            left: known.left.as_ref().map_or(settled, |(at, _)| *at),
            settled,
            undecided: u32::try_from(undecided).unwrap_or(u32::MAX),
        };
        let products = &self.shop.plan.plan.products;
        let receipt = Receipt::of(&cart, head, |product| {
            let product = &products[product.at()];
            ProductName {
                code: product.code.clone(),
                name: product.name.clone(),
            }
        });
        Some(receipt)
    }

    /// Tells of every interaction that a receipt is of.
    fn tell_settled(&self, party: PartyId, since: Instant) {
        let Some(known) = self.parties.all.get(&party).filter(|_| grab::listened()) else {
            return;
        };
        let visit = known.visit.as_deref().unwrap_or_default();
        let id = receipt_id(visit);
        let of_it = |d: &&Decision| d.moves.iter().any(|moved| moved.party == party);
        for name in known
            .decisions
            .values()
            .filter(of_it)
            .filter_map(|d| self.name(d))
        {
            grab::settled(&self.shop, name, visit, &id, since);
        }
    }

    /// Tells those who were settled before the bookkeeper began, and perhaps did not hear of it.
    pub(super) fn tell_the_settled(&self) {
        let settled = self.parties.all.iter().filter(|(_, known)| known.settled);
        for (&party, _) in settled {
            if let Some(stored) = self.stored(party) {
                let receipt = Arc::clone(&stored.body);
                let told = ToBook::Receipted(party, receipt, Instant::now());
                let _ = self.myself.cast(told);
            }
        }
    }

    /// The receipt is in the ledger.
    pub(super) fn receipted(&mut self, party: PartyId, receipt: Arc<str>, since: Instant) {
        self.tell_settled(party, since);
        self.shop.stats.receipt();
        telemetry::receipt();
        self.tell(
            party,
            News::Settled(Arc::clone(&receipt)),
            self.as_of(),
            None,
        );
        self.parties.all.remove(&party);
        self.shop.publish(StoreEvent::Receipt(receipt));
    }
}
