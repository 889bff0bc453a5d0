//! Where hands met or went down to the floor: recorded as an interaction in which no plate moved.

use std::{collections::BTreeMap, sync::Arc};

use amble_engine::{
    evidence::{Contact, Interaction, TrackEvidence, TrackId, WeightChange},
    geometry::{Vec2, Vec3},
    layout::ShelfIx,
    time::{Round, Time},
    tracking::Posture,
};

use super::actor::State;
use crate::message::{Ask, Outlook, Seen};

/// Contacts are counted from here, far beyond the frames of any device.
const FIRST: u64 = 1 << 62;
/// Contacts of one zone in one round that are noted.
const MOST: usize = 16;
/// How long before it evidence begins, in microseconds: who came to whom.
const BEFORE_US: i64 = 4_000_000;
/// How far from it its people may be, in metres.
const RADIUS_M: f64 = 1.5;

/// A contact of one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContactAt {
    shelf: ShelfIx,
    sequence: u64,
    contact: Contact,
    place: Vec2,
}

impl ContactAt {
    /// What names it.
    pub(super) const fn name(&self) -> (ShelfIx, u64) {
        (self.shelf, self.sequence)
    }

    /// The question for those who were there.
    pub(super) fn ask(&self, round: Round) -> Ask {
        Ask {
            shelf: self.shelf,
            sequence: self.sequence,
            from: round.end().plus_us(-BEFORE_US),
            to: round.end(),
            place: self.place,
            radius: RADIUS_M,
        }
    }

    /// What is recorded of it.
    pub(super) fn interaction(&self, round: Round, evidence: Vec<TrackEvidence>) -> Interaction {
        let now: Time = round.end();
        Interaction {
            shelf: self.shelf,
            sequence: self.sequence,
            change: WeightChange {
                start: now,
                end: now,
                closed: now,
                plates: Vec::new(),
                silent: Vec::new(),
            },
            contact: Some(self.contact),
            evidence,
        }
    }
}

/// What the cameras saw of one track in a round.
#[derive(Default)]
struct Glances {
    body: (Vec2, f64),
    wrists: [(Vec3, f64); 2],
}

impl Glances {
    fn add(&mut self, seen: &Seen) {
        let detection = seen.detection();
        self.body = (self.body.0 + detection.position, self.body.1 + 1.0);
        for (mean, wrist) in self.wrists.iter_mut().zip(detection.wrists) {
            if let Some(wrist) = wrist {
                *mean = (mean.0 + wrist, mean.1 + 1.0);
            }
        }
    }

    fn posture(&self, track: TrackId, outlook: &Outlook) -> Posture {
        let wrist = |(sum, count): (Vec3, f64)| (count > 0.0).then(|| sum * count.recip());
        Posture {
            track,
            party: outlook.party,
            body: self.body.0 * self.body.1.max(1.0).recip(),
            wrists: self.wrists.map(wrist),
        }
    }
}

impl State {
    /// The contacts on this zone's floor that a round makes sure. They are named after the nearest of its
    /// shelves; where none stands, goods are not expected either.
    pub(super) fn contacts(
        &mut self,
        round: Round,
        seen: &[(TrackId, Seen)],
        outlooks: &[Outlook],
    ) -> Vec<ContactAt> {
        let mut glances: BTreeMap<TrackId, Glances> = BTreeMap::new();
        for (track, seen) in seen {
            glances.entry(*track).or_default().add(seen);
        }
        let postures = glances.iter().filter_map(|(&track, glances)| {
            let outlook = Outlook::of(track, outlooks)?;
            Some(glances.posture(track, outlook))
        });
        let postures: Vec<Posture> = postures.collect();
        let shop = Arc::clone(&self.shop);
        let layout = &shop.plan.layout;
        let own = &layout.zones[self.zone.at()].outline;
        let mut found = self.people.hands().round(round, &postures, layout);
        found.retain(|(_, place)| own.contains(*place));
        found.truncate(MOST);
        let named = |((contact, place), nth): ((Contact, Vec2), u64)| {
            Some(ContactAt {
                shelf: self.nearest_shelf(place)?,
                sequence: FIRST + round.0.unsigned_abs() * MOST as u64 + nth,
                contact,
                place,
            })
        };
        found.into_iter().zip(0..).filter_map(named).collect()
    }

    fn nearest_shelf(&self, place: Vec2) -> Option<ShelfIx> {
        let layout = &self.shop.plan.layout;
        let own = layout.shelves.iter().zip(0..);
        let own = own.filter(|(shelf, _)| shelf.zone == self.zone);
        let far = own.filter_map(|(shelf, at)| {
            let plate = layout.plates.get(shelf.first_plate.at())?;
            Some((plate.centre.floor().distance(place), ShelfIx(at)))
        });
        far.min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, shelf)| shelf)
    }
}
