//! The second half of a round: peers are told, and what must survive is written.

use std::{collections::BTreeMap, sync::Arc};

use amble_engine::{
    evidence::{PartyId, TrackId},
    geometry::Vec2,
    layout::ZoneIx,
    time::{ROUND_US, Round},
};
use amble_ledger::Entry;

use super::{
    actor::{Running, State},
    cut::{BucketCut, Departure},
};
use crate::{
    codec,
    keys::is_guest,
    message::{BucketReport, BucketRound, ShopperRound, ToBook, Transfers, VisitEvent},
    pass::LONGEST_US,
    round::{LAG, is_cut},
    tracked::Tracked,
};

impl State {
    /// A shopper has answered.
    pub(super) fn answered(&mut self, answer: ShopperRound) {
        if let Some(running) = &mut self.running
            && running.round == answer.round
            && running.waiting.remove(&answer.party)
        {
            running.answers.push(answer);
        }
    }

    /// Ends the round, when all have answered.
    pub(super) fn finish(&mut self) -> bool {
        if self
            .running
            .as_ref()
            .is_none_or(|running| !running.waiting.is_empty())
        {
            return false;
        }
        let Some(mut running) = self.running.take() else {
            return false;
        };
        running.answers.sort_by_key(|answer| answer.party);
        let round = running.round;

        let outlooks = running.answers.iter().flat_map(|answer| &answer.outlooks);
        self.shop.tell_tracked(outlooks.map(|outlook| Tracked::At {
            round,
            track: outlook.prediction.track,
            party: outlook.party,
            position: outlook.prediction.position_at(round.end()).0,
            unseen_s: outlook.prediction.unseen_s,
        }));

        let mut transfers = Vec::new();
        let mut people = (0, 0);
        for answer in &mut running.answers {
            if let Some((into, track)) = answer.departure.take() {
                self.owners.remove(&track.id());
                self.subscriptions.remove(&track.id());
                transfers.push((self.shop.keys.bucket_of(into), into, track));
            }
            if let Some(reached) = answer.left.take() {
                running.events.push(VisitEvent::Left {
                    party: answer.party,
                    at: round.end(),
                    reached,
                });
            }
            self.note(answer);
            people.0 += answer.people;
            if is_guest(answer.party) {
                people.1 += answer.people;
            }
        }
        self.shop.stats.people(self.bucket, people);
        self.until.until(round);
        let visits = self.members.keys().filter(|&&party| !is_guest(party));
        self.carts.count(visits.count());
        let mut messages = self.share_out(&mut running);
        for zone in self.shop.zones() {
            let message = messages
                .remove(&zone)
                .unwrap_or_else(|| BucketRound::empty(self.bucket, round));
            self.tell_zone(zone, message);
        }
        self.hand_over(round, &transfers);
        self.write(&running, transfers);
        let report = Arc::new(BucketReport {
            bucket: self.bucket,
            round,
            events: running.events,
        });
        self.to_book.keep(round, Arc::clone(&report));
        self.shop.tell_book(ToBook::Bucket(report));
        true
    }

    /// Keeps what a party's answer says of it; lets it go when nothing is left of it.
    fn note(&mut self, answer: &mut ShopperRound) {
        if let Some(member) = self.members.get_mut(&answer.party) {
            member.people = answer.people;
            if let Some(cut) = answer.cut.take() {
                member.cut = cut;
            }
        }
        if answer.gone {
            self.owners.retain(|_, owner| *owner != answer.party);
            self.dismiss(answer.party);
        }
    }

    /// What each zone is told: tracks near it, its gates' crossings, its questions' answers.
    fn share_out(&mut self, running: &mut Running) -> BTreeMap<ZoneIx, BucketRound> {
        let round = running.round;
        let shop = Arc::clone(&self.shop);
        let layout = &shop.plan.layout;
        let bucket = self.bucket;
        let mut messages = BTreeMap::<ZoneIx, BucketRound>::new();
        let mut to = |zone: ZoneIx, put: &mut dyn FnMut(&mut BucketRound)| {
            put(messages
                .entry(zone)
                .or_insert_with(|| BucketRound::empty(bucket, round)));
        };
        let mut subscriptions = BTreeMap::new();
        for answer in &mut running.answers {
            for outlook in answer.outlooks.drain(..) {
                let track = outlook.prediction.track;
                let place = outlook.prediction.position_at(round.end()).0;
                let zones = self.follow(track, place);
                for &zone in &zones {
                    to(zone, &mut |message| message.outlooks.push(outlook.clone()));
                }
                subscriptions.insert(track, zones);
            }
            for crossing in answer.crossings.drain(..) {
                let zone = layout.gates[crossing.gate.at()].zone;
                to(zone, &mut |message| message.crossings.push(crossing));
            }
            for (ask, evidence) in answer.answers.drain(..) {
                let zone = layout.shelves[ask.0.at()].zone;
                to(zone, &mut |message| {
                    message.answers.push((ask, evidence.clone()));
                });
            }
        }
        for scan in &running.admitted {
            let zone = layout.gates[scan.gate.at()].zone;
            to(zone, &mut |message| message.admitted.push(scan.clone()));
        }
        for scan in &running.refused {
            let zone = layout.gates[scan.gate.at()].zone;
            to(zone, &mut |message| message.refused.push(scan.clone()));
        }
        self.subscriptions = subscriptions;
        messages
    }

    /// The zones that hear of a track: it subscribes inside one radius and unsubscribes outside a
    /// larger one.
    fn follow(&self, track: TrackId, place: Vec2) -> Vec<ZoneIx> {
        let settings = &self.shop.settings;
        let before = self.subscriptions.get(&track);
        let zones = self
            .shop
            .plan
            .layout
            .zones
            .iter()
            .zip(0..)
            .filter_map(|(zone, ix)| {
                let ix = ZoneIx(ix);
                let subscribed = before.is_some_and(|zones| zones.contains(&ix));
                let radius = if subscribed {
                    settings.unsubscribe_beyond_m
                } else {
                    settings.subscribe_within_m
                };
                (zone.outline.distance(place) <= radius).then_some(ix)
            });
        zones.collect()
    }

    /// Each bucket gets the tracks that are its own from the next round on, or nothing.
    pub(super) fn hand_over(&mut self, round: Round, transfers: &[Departure]) {
        for bucket in self.shop.buckets() {
            let tracks = transfers
                .iter()
                .filter(|(to, ..)| *to == bucket)
                .map(|(_, party, track)| (*party, Arc::clone(track)))
                .collect();
            self.tell_bucket(
                bucket,
                Transfers {
                    from: self.bucket,
                    round,
                    tracks,
                },
            );
        }
    }

    /// Events, used passes and, once a second, the cut.
    fn write(&mut self, running: &Running, transfers: Vec<Departure>) {
        let round = running.round;
        let mut entries = Vec::new();
        for scan in &running.admitted {
            entries.push(Entry::PassUsed {
                pass: scan.visit.clone(),
                visit: scan.visit.clone(),
                used_us: scan.time.0,
            });
            entries.extend((self.shop.documents.hold)(
                &scan.visit,
                &scan.bill,
                scan.time,
            ));
        }
        for (event, ordinal) in running.events.iter().zip(0..) {
            entries.push(Entry::VisitEvent {
                round: round.0,
                ordinal,
                visit: event.party_name(),
                body: codec::encode(event),
            });
        }
        if is_cut(round) {
            self.forget(round);
            let cut = self.cut(round, transfers);
            entries.push(Entry::Cut {
                round: round.0,
                body: codec::encode(&cut),
            });
        }
        if !entries.is_empty() {
            self.writer.write(entries, |_| {});
        }
    }

    /// Visits that are long over need their shopper no more: the ledger has their receipts.
    fn forget(&mut self, round: Round) {
        let linger = self.shop.settings.linger_us() / ROUND_US;
        let over: Vec<PartyId> = self
            .over
            .iter()
            .filter(|(_, since)| round.0 - since.0 > linger)
            .map(|(&party, _)| party)
            .collect();
        for party in over {
            self.over.remove(&party);
            self.dismiss(party);
        }
        // A pass that is older than this has expired, and needs no memory to be refused.
        let oldest = round.start().plus_us(-2 * LONGEST_US);
        self.opened.retain(|_, scan| scan.time > oldest);
    }

    fn cut(&self, round: Round, transfers: Vec<Departure>) -> BucketCut {
        let told = self.shop.zones().flat_map(|zone| {
            let lately = self.to_zones[zone.at()].since(round.plus(1 - LAG));
            lately.map(move |message| (zone, message.without_answers()))
        });
        BucketCut {
            parties: self
                .members
                .values()
                .map(|m| (m.cut.clone(), m.opened))
                .collect(),
            opened: self.opened.clone(),
            subscriptions: self.subscriptions.clone(),
            told: told.collect(),
            transfers,
            over: self.over.clone(),
        }
    }
}
