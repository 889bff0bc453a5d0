//! Step 3: a round is closed, and the buckets are told.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use amble_engine::{
    evidence::TrackId, geometry::Vec2, layout::CameraIx, time::Round, tracking::Found,
};

use super::{
    actor::{Sensed, State},
    people::{Decided, Sights},
};
use crate::{
    keys::{BucketIx, visit_party},
    message::{Ask, Birth, Claim, Outlook, Scan, Seen, ShelfNews, ToBucket, ZoneRound},
};

/// What goes to one bucket.
#[derive(Debug, Default)]
struct Parcel {
    seen: Vec<(TrackId, Seen)>,
    births: Vec<Birth>,
    claims: Vec<Claim>,
    given_up: Vec<TrackId>,
    scans: Vec<Scan>,
}

impl State {
    /// Step 3.
    pub(super) fn close(&mut self) -> bool {
        let round = self.close;
        if self.border <= round || !self.borders.ready() {
            return false;
        }
        let Some(borders) = self.borders.take() else {
            return false;
        };
        let sensed = self.sensed.remove(&round).unwrap_or_default();
        let outlooks = self.shown.remove(&round).unwrap_or_default();
        let complete = sensed.whole.unwrap_or_else(Instant::now);

        let Sensed {
            cameras,
            news,
            scans,
            ..
        } = sensed;
        let mut looked: Vec<CameraIx> = Vec::new();
        let mut unclaimed: Vec<Seen> = Vec::new();
        let mut seen: Vec<(TrackId, Seen)> = Vec::new();
        for camera in cameras {
            looked.push(camera.camera);
            unclaimed.extend(camera.unclaimed);
            seen.extend(camera.matched);
        }
        for border in &borders {
            looked.extend(&border.looked);
            unclaimed.extend(border.unclaimed.iter().cloned());
        }
        unclaimed.sort_by_key(Seen::order);
        seen.sort_by_key(|(track, seen)| (seen.order(), *track));

        let contacts = self.contacts(round, &seen, &outlooks);
        let mut asks = self.questions(round, &news);
        asks.extend(contacts.iter().map(|contact| contact.ask(round)));
        let asks = Arc::new(asks);
        let found: Vec<Found> = seen
            .iter()
            .map(|(track, seen)| (*track, seen.frame.camera, seen.frame.sequence))
            .collect();
        let sights = Sights {
            looked: &looked,
            unclaimed: &unclaimed,
            found: &found,
        };
        let decided = self.people.decide(&self.shop, round, &sights, &outlooks);
        let scans = self.note(round, news, contacts, scans, complete);
        let mut parcels = self.parcels(&outlooks, seen, decided, scans);
        for bucket in self.shop.buckets() {
            let Parcel {
                seen,
                births,
                claims,
                given_up,
                scans,
            } = parcels.remove(&bucket).unwrap_or_default();
            let message = Arc::new(ZoneRound {
                zone: self.zone,
                round,
                seen,
                births,
                claims,
                given_up,
                scans,
                asks: Arc::clone(&asks),
                complete,
            });
            self.to_buckets[bucket.at()].keep(round, Arc::clone(&message));
            self.shop.tell_bucket(bucket, ToBucket::Zone(message));
        }
        self.close = round.next();
        self.until.until(round);
        self.silence.closed();
        true
    }

    /// Sorts the round by the buckets that it concerns.
    fn parcels(
        &self,
        outlooks: &[Outlook],
        seen: Vec<(TrackId, Seen)>,
        decided: Decided,
        scans: Vec<Scan>,
    ) -> BTreeMap<BucketIx, Parcel> {
        let keys = &self.shop.keys;
        let mut parcels = BTreeMap::<BucketIx, Parcel>::new();
        for (track, seen) in seen {
            // What was matched was looked for: its outlook says who is told.
            if let Some(outlook) = Outlook::of(track, outlooks) {
                parcels
                    .entry(outlook.bucket)
                    .or_default()
                    .seen
                    .push((track, seen));
            }
        }
        for track in decided.given_up {
            if let Some(outlook) = Outlook::of(track, outlooks) {
                parcels
                    .entry(outlook.bucket)
                    .or_default()
                    .given_up
                    .push(track);
            }
        }
        for birth in decided.births {
            parcels
                .entry(keys.bucket_of(birth.party))
                .or_default()
                .births
                .push(birth);
        }
        for claim in decided.claims {
            parcels
                .entry(keys.bucket_of(claim.guest))
                .or_default()
                .claims
                .push(claim);
            let into = keys.bucket_of(claim.into);
            if into != keys.bucket_of(claim.guest) {
                parcels.entry(into).or_default().claims.push(claim);
            }
        }
        for scan in scans {
            let bucket = keys.bucket_of(visit_party(&scan.visit));
            parcels.entry(bucket).or_default().scans.push(scan);
        }
        parcels
    }

    /// One question for each change that closed in this round.
    fn questions(&self, round: Round, news: &[ShelfNews]) -> Vec<Ask> {
        let settings = &self.shop.settings;
        let plates = &self.shop.plan.layout.plates;
        let mut asks = Vec::new();
        for shelf in news {
            for (sequence, change, _) in &shelf.changes {
                let fronts = change.plates.iter().map(|p| plates[p.plate.at()].front());
                let count = change.plates.len().max(1);
                let sum = fronts.fold(Vec2::default(), |sum, front| sum + front);
                let earliest = change.end.plus_us(-settings.evidence_longest_us());
                asks.push(Ask {
                    shelf: shelf.shelf,
                    sequence: *sequence,
                    from: change
                        .start
                        .plus_us(-settings.evidence_before_us())
                        .max(earliest),
                    to: round.end(),
                    place: sum * (1.0 / f64::from(u32::try_from(count).unwrap_or(1))),
                    radius: settings.suspect_radius_m,
                });
            }
        }
        asks
    }
}
