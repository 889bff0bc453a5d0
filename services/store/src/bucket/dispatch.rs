//! The first half of a round: everybody gets what concerns them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use amble_engine::{evidence::PartyId, time::Round};
use ractor::ActorProcessingErr;

use super::actor::{Running, State};
use crate::{
    keys::{guest_party, is_guest, visit_party},
    message::{ShopperInput, ToShopper, VisitEvent, ZoneRound},
    round::is_cut,
    shopper::PartyCut,
    tracked::Tracked,
};

impl State {
    /// Begins the next round, when all that it needs is there and the last one is over.
    pub(super) async fn dispatch(&mut self) -> Result<bool, ActorProcessingErr> {
        if self.running.is_some() || !self.zones.ready() || !self.transfers.ready() {
            return Ok(false);
        }
        let round = self.zones.next();
        let (Some(zones), Some(transfers)) = (self.zones.take(), self.transfers.take()) else {
            return Ok(false);
        };
        let mut running = Running {
            round,
            waiting: BTreeSet::new(),
            answers: Vec::new(),
            admitted: Vec::new(),
            refused: Vec::new(),
            events: Vec::new(),
        };
        self.admit(&zones, &mut running).await?;
        let mut inputs = BTreeMap::<PartyId, ShopperInput>::new();
        for (party, track) in transfers.iter().flat_map(|t| &t.tracks) {
            self.owners.insert(track.id(), *party);
            inputs
                .entry(*party)
                .or_default()
                .arrivals
                .push(Arc::clone(track));
        }
        self.births(&zones, &mut inputs, &mut running).await?;
        self.claims(&zones, &mut inputs, &mut running);
        for track in zones.iter().flat_map(|zone| &zone.given_up) {
            if let Some(&party) = self.owners.get(track).filter(|party| is_guest(**party)) {
                inputs.entry(party).or_default().given_up.push(*track);
            }
        }
        for (track, seen) in zones.iter().flat_map(|zone| &zone.seen) {
            if let Some(&party) = self.owners.get(track) {
                inputs
                    .entry(party)
                    .or_default()
                    .seen
                    .push((*track, seen.clone()));
            }
        }
        self.send(round, &zones, inputs, &mut running);
        self.running = Some(running);
        Ok(true)
    }

    /// Opens the visits of passes that were scanned, each once (rule S1).
    async fn admit(
        &mut self,
        zones: &[Arc<ZoneRound>],
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        let mut scans: Vec<_> = zones
            .iter()
            .flat_map(|zone| zone.scans.iter().cloned())
            .collect();
        scans.sort();
        for scan in scans {
            if let Some(first) = self.opened.get(&scan.visit) {
                // The very scan that opened it is one that was sent again.
                if (first.gate, first.sequence, first.time) != (scan.gate, scan.sequence, scan.time)
                {
                    running.refused.push(scan);
                }
                continue;
            }
            let party = visit_party(&scan.visit);
            let visit = scan.visit.clone();
            let cut = PartyCut::new(party, Some(visit.clone()), scan.party_size, running.round);
            self.hire(cut, scan.time).await?;
            self.opened.insert(visit.clone(), scan.clone());
            running.events.push(VisitEvent::Opened {
                party,
                visit,
                party_size: scan.party_size,
                bill: scan.bill.clone(),
                at: scan.time,
            });
            tracing::debug!(
                visit = scan.visit,
                party = party.0,
                round = running.round.0,
                "admitted"
            );
            running.admitted.push(scan);
        }
        Ok(())
    }

    async fn births(
        &mut self,
        zones: &[Arc<ZoneRound>],
        inputs: &mut BTreeMap<PartyId, ShopperInput>,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        for birth in zones.iter().flat_map(|zone| &zone.births) {
            let mut birth = birth.clone();
            let track = birth.newborn.track;
            // Whoever it was thought to go on from may be gone: then it is somebody new.
            if !self.members.contains_key(&birth.party) {
                birth.party = guest_party(track);
                birth.continues = None;
            }
            let (party, at) = (birth.party, birth.newborn.time);
            if !self.members.contains_key(&party) {
                self.hire(PartyCut::new(party, None, 1, running.round), at)
                    .await?;
                running.events.push(VisitEvent::Appeared { party, at });
            }
            self.owners.insert(track, party);
            let goes_on = birth.continues;
            self.shop
                .tell_tracked(goes_on.map(|lost| Tracked::GoesOn { track, lost }));
            inputs.entry(party).or_default().births.push(birth);
        }
        Ok(())
    }

    fn claims(
        &mut self,
        zones: &[Arc<ZoneRound>],
        inputs: &mut BTreeMap<PartyId, ShopperInput>,
        running: &mut Running,
    ) {
        for claim in zones.iter().flat_map(|zone| &zone.claims) {
            let own = self.shop.keys.bucket_of(claim.guest) == self.bucket;
            if own && self.members.contains_key(&claim.guest) {
                inputs.entry(claim.guest).or_default().claim = Some(*claim);
                running.events.push(VisitEvent::Joined {
                    guest: claim.guest,
                    into: claim.into,
                    at: running.round.end(),
                });
            }
            if self.shop.keys.bucket_of(claim.into) == self.bucket {
                inputs.entry(claim.into).or_default().expected += 1;
            }
        }
    }

    /// Sends the round to every party that has people in the shop, or that it says something to. A visit
    /// bears witness still when its people have left.
    fn send(
        &mut self,
        round: Round,
        zones: &[Arc<ZoneRound>],
        mut inputs: BTreeMap<PartyId, ShopperInput>,
        running: &mut Running,
    ) {
        let asks: Vec<_> = zones
            .iter()
            .filter(|z| !z.asks.is_empty())
            .map(|z| Arc::clone(&z.asks))
            .collect();
        let cut = is_cut(round);
        for (&party, member) in &self.members {
            let mut input = match inputs.remove(&party) {
                Some(input) => input,
                None if member.people > 0 => ShopperInput::default(),
                None if !is_guest(party) && (cut || !asks.is_empty()) => ShopperInput::default(),
                None => continue,
            };
            input.round = round;
            input.cut = cut;
            input.asks.clone_from(&asks);
            input
                .seen
                .sort_by_key(|(track, seen)| (seen.order(), *track));
            if member.actor.cast(ToShopper::Round(Box::new(input))).is_ok() {
                running.waiting.insert(party);
            }
        }
        for (party, input) in inputs {
            if !input.arrivals.is_empty() {
                tracing::error!(party = party.0, "a track came for a party that is not here");
            }
        }
    }
}
