//! Which guests a scanned pass brought in.
//!
//! The leader stands at the reader and scans; then the party walks in, one after another, while the
//! next party may already be scanning.
//!
//! Properties:
//!
//! - G1 The leader is who was nearest to the reader when the pass was scanned, slow rather than
//!   passing by, and had not gone in before.
//! - G2 Members are the next guests who cross the entry inwards after the scan, until the party is
//!   complete or another party's leader has crossed.
//! - G3 Nobody is claimed twice, also while predictions still show a claimed track as a guest.
//! - G4 A scan without a leader waits for one for five seconds, then lapses.

use serde::{Deserialize, Serialize};

use super::{crossing::Direction, prediction::Prediction};
use crate::{
    evidence::{PartyId, TrackId},
    layout::{Gate, GateIx},
    time::{Round, Time},
};

/// How far from the reader one can scan, in metres.
const REACH_M: f64 = 1.2;

/// How much a metre per second counts against somebody at the reader, in metres: who scans stands.
const HASTE_S: f64 = 0.5;

/// How well a guest's whereabouts at the scan must be known in time: predictions that are farther
/// off are not asked. In microseconds.
const SAME_TIME_US: i64 = 500_000;

/// G4: how long a scan waits for its leader, in microseconds.
const PATIENCE_US: i64 = 5_000_000;

/// How long the next member may take after the one before, and the first after the scan, in
/// microseconds. Later people are not with them.
const NEXT_MEMBER_US: i64 = 5_000_000;

/// How long claimed tracks and crossings are remembered, in microseconds.
const REMEMBERED_US: i64 = 10_000_000;

/// A scanned pass whose party is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Claim {
    gate: GateIx,
    visit: PartyId,
    at: Time,
    leader: Option<TrackId>,
    /// Whether the leader has gone in.
    inside: bool,
    /// Members who have not come yet, without the leader.
    missing: u32,
    /// When the last of the party crossed; at first, when it scanned.
    last: Time,
}

impl Claim {
    /// Counts somebody who went in: as the leader if nobody was seen to scan.
    fn admit(&mut self, entrant: &Entrant) {
        self.last = entrant.time;
        if self.leader.is_none() {
            self.leader = Some(entrant.track);
            self.inside = true;
        } else {
            self.missing -= 1;
        }
    }
}

/// Somebody who crossed an entry inwards.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Entrant {
    gate: GateIx,
    track: TrackId,
    time: Time,
    /// Whether a party has been sought for them.
    settled: bool,
}

/// The open scans of one zone's entries.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GateClaims {
    /// In order of the scans.
    open: Vec<Claim>,
    claimed: Vec<(TrackId, Time)>,
    entrants: Vec<Entrant>,
}

impl GateClaims {
    /// A pass was scanned at `gate` for a visit of so many people.
    pub fn scan(&mut self, gate: GateIx, visit: PartyId, party_size: u32, at: Time) {
        self.open.push(Claim {
            gate,
            visit,
            at,
            leader: None,
            inside: false,
            missing: party_size.saturating_sub(1),
            last: at,
        });
        self.open.sort_by_key(|claim| (claim.at, claim.visit));
    }

    /// Who belongs to which visit, as known at the end of `round`. `guests` are the tracks without a
    /// visit, as of their predictions; `crossings` what everybody did in this round.
    pub fn round(
        &mut self,
        round: Round,
        crossings: &[(GateIx, TrackId, Direction)],
        guests: &[Prediction],
        gates: &[Gate],
    ) -> Vec<(TrackId, PartyId)> {
        let now = round.end();
        self.note(now, crossings);
        let mut found = Vec::new();
        self.find_leaders(guests, gates, &mut found, now);
        self.find_members(guests, &mut found, now);
        self.forget(now);
        found
    }

    fn note(&mut self, now: Time, crossings: &[(GateIx, TrackId, Direction)]) {
        let mut inward: Vec<Entrant> = crossings
            .iter()
            .filter(|(.., direction)| *direction == Direction::Inward)
            .map(|&(gate, track, _)| Entrant {
                gate,
                track,
                time: now,
                settled: false,
            })
            .collect();
        inward.sort_by_key(|entrant| (entrant.gate, entrant.track));
        self.entrants.extend(inward);
    }

    /// G1.
    fn find_leaders(
        &mut self,
        guests: &[Prediction],
        gates: &[Gate],
        found: &mut Vec<(TrackId, PartyId)>,
        now: Time,
    ) {
        for index in 0..self.open.len() {
            let claim = &self.open[index];
            if claim.leader.is_some() {
                continue;
            }
            let best = guests
                .iter()
                .filter(|guest| !self.is_claimed(guest.track) && !self.was_in(guest.track, claim))
                .filter_map(|guest| Some((scanning(guest, claim, gates)?, guest.track)))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            if let Some((_, leader)) = best {
                self.take(index, leader, found, now);
                self.open[index].leader = Some(leader);
            }
        }
    }

    /// G2, in order of the crossings.
    fn find_members(
        &mut self,
        guests: &[Prediction],
        found: &mut Vec<(TrackId, PartyId)>,
        now: Time,
    ) {
        for index in 0..self.entrants.len() {
            let entrant = self.entrants[index];
            if entrant.settled {
                continue;
            }
            if let Some(leads) = self
                .open
                .iter()
                .position(|c| c.leader == Some(entrant.track))
            {
                self.settle_leader(index, leads);
                continue;
            }
            if self.is_claimed(entrant.track) || guests.iter().all(|g| g.track != entrant.track) {
                self.entrants[index].settled = self.is_claimed(entrant.track);
                continue;
            }
            // Who crosses just after an undecided scan may be its leader.
            if self.undecided(&entrant, guests) {
                continue;
            }
            self.entrants[index].settled = true;
            let party = self.open.iter().position(|claim| {
                claim.gate == entrant.gate
                    && claim.at <= entrant.time
                    && entrant.time <= claim.last.plus_us(NEXT_MEMBER_US)
                    && (claim.missing > 0 || claim.leader.is_none())
            });
            if let Some(party) = party {
                self.take(party, entrant.track, found, now);
                self.open[party].admit(&entrant);
            }
        }
    }

    /// A leader has crossed: parties that scanned before at this gate are complete.
    fn settle_leader(&mut self, entrant: usize, leads: usize) {
        let Entrant { gate, time, .. } = self.entrants[entrant];
        self.entrants[entrant].settled = true;
        self.open[leads].last = time;
        self.open[leads].inside = true;
        for earlier in self.open[..leads].iter_mut().filter(|c| c.gate == gate) {
            earlier.missing = 0;
        }
    }

    fn undecided(&self, entrant: &Entrant, guests: &[Prediction]) -> bool {
        let known = guests.first().map_or(entrant.time, |guest| guest.time);
        self.open.iter().any(|claim| {
            claim.gate == entrant.gate
                && claim.leader.is_none()
                && claim.at <= entrant.time
                && known < claim.at
        })
    }

    fn take(
        &mut self,
        claim: usize,
        track: TrackId,
        found: &mut Vec<(TrackId, PartyId)>,
        now: Time,
    ) {
        self.claimed.push((track, now));
        found.push((track, self.open[claim].visit));
    }

    /// G3.
    fn is_claimed(&self, track: TrackId) -> bool {
        self.claimed.iter().any(|(claimed, _)| *claimed == track)
    }

    /// Whether a track had crossed the claim's entry before the scan.
    fn was_in(&self, track: TrackId, claim: &Claim) -> bool {
        self.entrants.iter().any(|entrant| {
            entrant.track == track && entrant.gate == claim.gate && entrant.time < claim.at
        })
    }

    fn forget(&mut self, now: Time) {
        self.open.retain(|claim| match claim.leader {
            None => now < claim.at.plus_us(PATIENCE_US),
            Some(_) => {
                let complete = claim.inside && claim.missing == 0;
                !complete && now < claim.last.plus_us(NEXT_MEMBER_US)
            }
        });
        self.claimed
            .retain(|(_, at)| now < at.plus_us(REMEMBERED_US));
        self.entrants
            .retain(|e| now < e.time.plus_us(REMEMBERED_US));
    }
}

/// How much a guest looks like the one who scanned, in metres: the less the better; `None` when it
/// cannot have been them or is not known yet.
fn scanning(guest: &Prediction, claim: &Claim, gates: &[Gate]) -> Option<f64> {
    let gate = gates.get(claim.gate.at())?;
    let reader = gate.reader.unwrap_or_else(|| gate.line.middle());
    let known = guest.time >= claim.at && guest.time <= claim.at.plus_us(SAME_TIME_US);
    let state = known.then(|| guest.at(claim.at))?;
    let distance = state.position.distance(reader);
    (distance <= REACH_M).then(|| distance + HASTE_S * state.velocity.norm())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geometry::Vec2,
        tracking::{
            Track,
            testing::{entry, newborn, seen},
        },
    };

    /// Somebody who waits outside, walks past the reader and in at 1 m/s; a leader stops to scan.
    struct Visitor {
        track: Track,
        /// When they pass the line, in rounds, and whether they stand at the reader before.
        crosses: i64,
        leads: bool,
    }

    impl Visitor {
        fn new(id: u64, crosses: i64, leads: bool) -> Self {
            let at = Self::place(-1, crosses, leads);
            let track = Track::born(&newborn(id, Time(0), at.x, at.y));
            Self {
                track,
                crosses,
                leads,
            }
        }

        fn place(round: i64, crosses: i64, leads: bool) -> Vec2 {
            let y = (round - crosses) as f64 * 0.1;
            let stop = if leads && round < crosses {
                -0.5
            } else {
                f64::MIN
            };
            Vec2::new(0.0, y.max(stop))
        }
    }

    /// Lets everybody walk, with predictions that are three rounds old; who was claimed by whom.
    fn run(visitors: &mut [Visitor], scans: &[(i64, u64, u32)]) -> Vec<(u64, u64)> {
        let gates = [entry()];
        let mut claims = GateClaims::default();
        let mut late: Vec<Vec<Prediction>> = vec![Vec::new(); 3];
        let mut found = Vec::new();
        for round in (0..120).map(Round) {
            for &(at, visit, size) in scans.iter().filter(|scan| scan.0 == round.0) {
                let at = Round(at).start().plus_us(50_000);
                claims.scan(GateIx(0), PartyId(visit), size, at);
            }
            let mut crossings = Vec::new();
            let mut now = Vec::new();
            for visitor in visitors.iter_mut() {
                let at = Visitor::place(round.0, visitor.crosses, visitor.leads);
                visitor.track.observe(&seen(at.x, at.y), round.start());
                visitor.track.end_round(round);
                let id = visitor.track.id();
                if let Some((gate, direction)) = visitor.track.crossing(&gates) {
                    crossings.push((gate, id, direction));
                }
                // A claim shows in the predictions as late as everything else.
                if found.iter().all(|(track, _)| *track != id.0) {
                    now.push(visitor.track.prediction());
                }
            }
            late.push(now);
            let new = claims.round(round, &crossings, &late.remove(0), &gates);
            found.extend(new.iter().map(|(track, party)| (track.0, party.0)));
        }
        found.sort_unstable();
        found
    }

    #[test]
    fn g1_g2_g3_three_then_one_then_two() {
        let mut visitors = [
            Visitor::new(1, 20, true),
            Visitor::new(2, 30, false),
            Visitor::new(3, 40, false),
            Visitor::new(4, 52, true),
            Visitor::new(5, 66, true),
            Visitor::new(6, 76, false),
        ];
        let scans = [(10, 100, 3), (46, 200, 1), (60, 300, 2)];
        let expected = [(1, 100), (2, 100), (3, 100), (4, 200), (5, 300), (6, 300)];
        assert_eq!(run(&mut visitors, &scans), expected);
    }

    #[test]
    fn g2_a_later_party_does_not_fill_up_an_earlier_one() {
        let mut visitors = [
            Visitor::new(1, 20, true),
            Visitor::new(4, 34, true),
            Visitor::new(5, 44, false),
        ];
        let scans = [(12, 100, 2), (28, 200, 2)];
        assert_eq!(run(&mut visitors, &scans), [(1, 100), (4, 200), (5, 200)]);
    }

    #[test]
    fn g4_a_scan_waits_for_somebody_to_come_in() {
        // Far from the reader at the scan, in two seconds later.
        let mut late = [Visitor::new(1, 40, false)];
        assert_eq!(run(&mut late, &[(20, 100, 1)]), [(1, 100)]);
        let mut too_late = [Visitor::new(1, 90, false)];
        assert_eq!(run(&mut too_late, &[(20, 100, 1)]), []);
    }
}
