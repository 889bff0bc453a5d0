//! A round of the bookkeeper.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use amble_engine::{
    attribution::{Decision, InteractionId, Move},
    evidence::{Interaction, PartyId},
    time::{Round, Time},
};
use amble_ledger::Entry;

use super::{actor::State, parties::Party, recover::CUT_EVERY};
use crate::{
    codec, grab,
    message::{News, ToNode, VisitEvent},
    names::frame_name,
    round::is_cut,
    telemetry,
};

impl State {
    /// Takes the next round, when all its reports are there.
    pub(super) fn round(&mut self) -> bool {
        if !self.zones.ready() || !self.buckets.ready() {
            return false;
        }
        let round = self.zones.next();
        let (Some(zones), Some(buckets)) = (self.zones.take(), self.buckets.take()) else {
            return false;
        };
        for zone in &zones {
            self.unrest.insert(zone.zone, zone.unrest.clone());
        }
        if let Some(first) = self.refold.take() {
            self.refold(first);
        }
        let mut events = self.past.events.remove(&round).unwrap_or_default();
        events.extend(
            buckets
                .iter()
                .flat_map(|bucket| bucket.events.iter().cloned()),
        );
        let mut interactions: Vec<(Arc<Interaction>, Option<Instant>)> = Vec::new();
        for zone in &zones {
            let own = zone.interactions.iter();
            interactions.extend(own.map(|(i, at)| (Arc::clone(i), Some(*at))));
        }
        let before = self.past.interactions.remove(&round).unwrap_or_default();
        interactions.extend(before.into_iter().map(|i| (i, None)));
        let complete = zones.iter().map(|zone| zone.complete).max();
        self.fold(round, events, interactions, complete);
        let own = self.shop.keys.book();
        self.shop.hooks.before_word(own.as_str(), round);
        self.settle_the_due(round, true);
        self.look_at_shelves(round, true);
        self.watch_guests(true);
        self.shop.stats.decided(round);
        self.until.until(round);
        self.open.count(self.book.open_count());
        if is_cut(round) {
            self.shop.tell_nodes(&ToNode::Decided(round));
        }
        if round.0.rem_euclid(CUT_EVERY) == 0 {
            self.store_cut(round);
        }
        true
    }

    /// Folds what a round brought.
    pub(super) fn fold(
        &mut self,
        round: Round,
        mut events: Vec<VisitEvent>,
        mut interactions: Vec<(Arc<Interaction>, Option<Instant>)>,
        complete: Option<Instant>,
    ) {
        let mut touched = BTreeMap::<PartyId, Vec<Decision>>::new();
        let mut entries = Vec::new();
        events.sort_by_key(VisitEvent::order);
        events.dedup();
        for event in events {
            let began = Instant::now();
            let decisions = self.happened(event);
            self.decided(round, began, decisions, &mut touched, &mut entries);
        }
        interactions.sort_by_key(|(i, at)| (i.change.closed, i.shelf, i.sequence, at.is_none()));
        let mut settled_at = None;
        for (interaction, arrived) in interactions {
            if !self.known.insert((interaction.shelf, interaction.sequence)) {
                continue;
            }
            settled_at = settled_at.max(arrived);
            let began = Instant::now();
            let decisions = self.explain(&interaction);
            self.decided(round, began, decisions, &mut touched, &mut entries);
        }
        if !entries.is_empty() {
            self.writer.write(entries, |_| {});
        }
        let needed = complete.zip(settled_at);
        for (party, decisions) in touched {
            self.tell(party, News::Decided(decisions), round.end(), needed);
        }
    }

    fn happened(&mut self, event: VisitEvent) -> Vec<Decision> {
        match event {
            VisitEvent::Opened {
                party,
                visit,
                bill,
                at,
                ..
            } => {
                self.parties
                    .all
                    .entry(party)
                    .or_insert_with(|| Party::of_visit(visit, bill, at));
                self.book.open(party, at);
                Vec::new()
            }
            VisitEvent::Appeared { party, at } => {
                self.parties
                    .all
                    .entry(party)
                    .or_insert_with(|| Party::of_guest(at));
                self.book.open(party, at);
                Vec::new()
            }
            VisitEvent::Joined { guest, into, at } => {
                if self.parties.now(guest) == into {
                    return Vec::new();
                }
                self.parties.join(guest, into);
                self.book.join(guest, into, at)
            }
            VisitEvent::Left { party, at, reached } => {
                if let Some(known) = self.parties.all.get_mut(&party)
                    && known.left.is_none()
                {
                    known.left = Some((at, reached));
                    self.leaving.insert((at, party));
                    self.tell(party, News::Left, at, None);
                }
                Vec::new()
            }
        }
    }

    fn explain(&mut self, interaction: &Interaction) -> Vec<Decision> {
        let began = Instant::now();
        let id = InteractionId(self.names.len() as u64);
        self.names.push((interaction.shelf, interaction.sequence));
        let mut interaction = interaction.clone();
        for evidence in &mut interaction.evidence {
            evidence.party = self.parties.now(evidence.party);
        }
        tracing::debug!(
            interaction = frame_name(
                self.shop.plan.names.shelf(interaction.shelf),
                interaction.sequence
            ),
            start_us = interaction.change.start.0,
            end_us = interaction.change.end.0,
            plates = ?interaction.change.plates.iter().map(|p| (p.plate.0, p.delta_g)).collect::<Vec<_>>(),
            near = ?interaction.evidence.iter().map(|e| e.party.0).collect::<Vec<_>>(),
            "recorded"
        );
        self.weighed(id, &interaction);
        let decisions = self.book.record(id, &interaction);
        self.shop.stats.interaction();
        telemetry::explained(began.elapsed());
        decisions
    }

    /// Notes decisions, thought about since then: for the ledger, for the parties' carts, and for the receipt.
    pub(super) fn decided(
        &mut self,
        round: Round,
        since: Instant,
        decisions: Vec<Decision>,
        touched: &mut BTreeMap<PartyId, Vec<Decision>>,
        entries: &mut Vec<Entry>,
    ) {
        for decision in decisions {
            let Some(name @ (shelf, sequence)) = self.name(&decision) else {
                continue;
            };
            let interaction = frame_name(self.shop.plan.names.shelf(shelf), sequence);
            tracing::debug!(
                interaction,
                revision = decision.revision,
                probability = decision.probability,
                open = decision.open,
                taken_at_us = decision.taken_at.0,
                moves = ?decision.moves,
                alternatives = ?decision.alternatives,
                "decided"
            );
            let visit = |moved: &Move| self.parties.all.get(&moved.party)?.visit.as_deref();
            grab::decided(&self.shop, name, &decision, visit, since);
            telemetry::decided(decision.revision > 1);
            let mut parties: BTreeSet<PartyId> = decision.moves.iter().map(|m| m.party).collect();
            // Whoever it was decided for before must hear that it no longer is.
            for (&party, known) in &self.parties.all {
                if known.decisions.contains_key(&decision.interaction.0) {
                    parties.insert(party);
                }
            }
            for party in parties {
                if let Some(known) = self.parties.all.get_mut(&party) {
                    known
                        .decisions
                        .insert(decision.interaction.0, decision.clone());
                    touched.entry(party).or_default().push(decision.clone());
                }
            }
            entries.push(Entry::Decision {
                interaction,
                revision: decision.revision,
                round: round.0,
                body: codec::encode(&decision),
            });
        }
    }

    /// Everything up to here is decided.
    pub(super) fn as_of(&self) -> Time {
        self.zones.next().start()
    }
}
