//! Who is new on the zone's floor, and whose they are.

use std::collections::BTreeMap;

use amble_engine::{
    evidence::TrackId,
    layout::{CameraIx, ZoneIx},
    time::Round,
    tracking::{Births, Found, GateClaims, Hands, Newborn, Prediction, Twins, Unclaimed, relink},
};
use serde::{Deserialize, Serialize};

use crate::{
    keys::{guest_party, is_guest, visit_party},
    message::{Birth, BucketRound, Claim, Crossing, Outlook, Scan, Seen},
    round::LAG,
    shop::Shop,
    telemetry,
};

/// A track that was unseen for so long may be the one that a newborn goes on from, in seconds.
const LOST_AFTER_S: f64 = 0.8;

/// A zone's own state at the end of a round. All else that it knows, the buckets send again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ZoneCut {
    births: Births,
    claims: GateClaims,
    twins: Twins,
    hands: Hands,
}

impl ZoneCut {
    /// The state of a zone that has seen nothing yet.
    #[must_use]
    pub fn empty(zone: ZoneIx) -> Self {
        Self {
            births: Births::new(zone),
            claims: GateClaims::default(),
            twins: Twins::default(),
            hands: Hands::default(),
        }
    }
}

/// What a zone decides of people.
#[derive(Debug)]
pub(super) struct People {
    state: ZoneCut,
    /// What the buckets told of a round, until it counts: `LAG` rounds later.
    notes: BTreeMap<Round, Note>,
}

#[derive(Debug, Default)]
struct Note {
    crossings: Vec<Crossing>,
    admitted: Vec<Scan>,
}

/// What the cameras made of a round.
#[derive(Debug)]
pub(super) struct Sights<'a> {
    /// Those that looked.
    pub(super) looked: &'a [CameraIx],
    /// What no track explains.
    pub(super) unclaimed: &'a [Seen],
    /// Which tracks were found where.
    pub(super) found: &'a [Found],
}

/// What was decided in a round.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) births: Vec<Birth>,
    pub(super) claims: Vec<Claim>,
    /// Guests' tracks that are somebody else's already.
    pub(super) given_up: Vec<TrackId>,
}

impl People {
    pub(super) fn new(cut: ZoneCut) -> Self {
        Self {
            state: cut,
            notes: BTreeMap::new(),
        }
    }

    pub(super) fn hands(&mut self) -> &mut Hands {
        &mut self.state.hands
    }

    pub(super) fn cut(&self) -> &ZoneCut {
        &self.state
    }

    /// Keeps what a bucket tells of people.
    pub(super) fn note(&mut self, bucket: &BucketRound) {
        if bucket.crossings.is_empty() && bucket.admitted.is_empty() {
            return;
        }
        let note = self.notes.entry(bucket.round).or_default();
        note.crossings.extend(&bucket.crossings);
        note.admitted.extend(bucket.admitted.iter().cloned());
    }

    /// Births and claims of a round, from what its cameras could not explain and from what the
    /// buckets told `LAG` rounds ago.
    pub(super) fn decide(
        &mut self,
        shop: &Shop,
        round: Round,
        sights: &Sights<'_>,
        outlooks: &[Outlook],
    ) -> Decided {
        let mut note = self.notes.remove(&round.plus(-LAG)).unwrap_or_default();
        note.admitted.sort();
        note.crossings.sort();
        for scan in &note.admitted {
            self.state.claims.scan(
                scan.gate,
                visit_party(&scan.visit),
                scan.party_size,
                scan.time,
            );
        }
        let tracks: Vec<Prediction> = outlooks.iter().map(|o| o.prediction.clone()).collect();
        let crossings: Vec<_> = note
            .crossings
            .iter()
            .map(|c| (c.gate, c.track, c.direction))
            .collect();

        let layout = &shop.plan.layout;
        let given_up = self.state.twins.round(round, &tracks, sights.found);
        let twins = &self.state.twins;
        let claimed = self
            .state
            .claims
            .round(round, &crossings, &tracks, &layout.gates, |track| {
                twins.in_doubt(track)
            });
        let claims = claimed.into_iter().filter_map(|(track, into)| {
            let guest = Outlook::of(track, outlooks)?.party;
            tracing::debug!(round = round.0, track = track.0, into = into.0, "claimed");
            is_guest(guest).then_some(Claim { track, guest, into })
        });
        let claims: Vec<Claim> = claims.collect();

        let seen: Vec<Unclaimed<'_>> = sights
            .unclaimed
            .iter()
            .map(|seen| Unclaimed {
                camera: seen.frame.camera,
                time: seen.frame.time,
                detection: seen.detection(),
            })
            .collect();
        let newborns = self
            .state
            .births
            .round(round, sights.looked, &seen, &tracks, layout);
        for born in &newborns {
            let (track, at, gate) = (born.track.0, born.position, born.at_gate);
            tracing::debug!(round = round.0, track, ?at, ?gate, "born");
            telemetry::born();
        }
        Decided {
            births: births(newborns, outlooks),
            claims,
            given_up,
        }
    }
}

/// Whose the newborns are: someone who was lost near there, or a guest of their own.
fn births(newborns: Vec<Newborn>, outlooks: &[Outlook]) -> Vec<Birth> {
    let lost: Vec<Prediction> = outlooks
        .iter()
        .map(|outlook| &outlook.prediction)
        .filter(|prediction| prediction.unseen_s >= LOST_AFTER_S)
        .cloned()
        .collect();
    let inside: Vec<Newborn> = newborns
        .iter()
        .filter(|n| n.at_gate.is_none())
        .cloned()
        .collect();
    let found: BTreeMap<_, _> = relink(&inside, &lost).into_iter().collect();
    newborns
        .into_iter()
        .map(|newborn| {
            let continues = found.get(&newborn.track).copied();
            let party = continues
                .and_then(|track| Outlook::of(track, outlooks))
                .map_or_else(|| guest_party(newborn.track), |outlook| outlook.party);
            Birth {
                party,
                newborn,
                continues,
            }
        })
        .collect()
}
