//! Which guests a scanned pass brought in.
//!
//! The leader stands at the reader and scans; then the party walks in, one after another, while the
//! next party may already be scanning.
//!
//! Properties:
//!
//! - G1 People go in in the order of the scans: who crosses an entry inwards belongs to its oldest
//!   scan that is not complete and was made before they crossed.
//! - G2 Whoever was seen to stand at the reader at a later scan leads that one: the parties before
//!   it, once somebody of theirs has come in, wait for nobody else.
//! - G3 Nobody is claimed twice, also while predictions still show a claimed track as a guest; and of
//!   two tracks on one person only the first is claimed.
//! - G4 A scan waits five seconds for its first, and five for each next one, then it lapses.

use serde::{Deserialize, Serialize};

use super::{crossing::Direction, prediction::Prediction};
use crate::{
    evidence::{PartyId, TrackId},
    layout::{Gate, GateIx},
    time::{Round, Time},
};

/// How far from the reader one can scan, in metres.
const REACH_M: f64 = 0.8;

/// Faster than this nobody scans, in metres a second: they walk by.
const STANDING_M_S: f64 = 0.4;

/// How well a guest's whereabouts at the scan must be known in time: predictions that are farther
/// off are not asked. In microseconds.
const SAME_TIME_US: i64 = 500_000;

/// G4, in microseconds.
const PATIENCE_US: i64 = 5_000_000;

/// How long crossings are remembered, in microseconds.
const REMEMBERED_US: i64 = 10_000_000;

/// G3: two tracks that came in within this time of one another and are as near as this are one
/// person: microseconds and metres. Bodies keep 0.4 m.
const TWINS_US: i64 = 2_000_000;
const TWINS_M: f64 = 0.3;

/// A scanned pass whose party is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Claim {
    gate: GateIx,
    visit: PartyId,
    at: Time,
    /// Who stood at the reader (G2).
    leader: Option<TrackId>,
    /// How many have come in.
    inside: u32,
    /// How many have not.
    missing: u32,
    /// When the last of the party crossed; at first, when it scanned.
    last: Time,
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
            inside: 0,
            missing: party_size,
            last: at,
        });
        self.open.sort_by_key(|claim| (claim.at, claim.visit));
    }

    /// Who belongs to which visit, as known at the end of `round`. `tracks` are everybody near, as of
    /// their predictions, and who of them is a guest; `crossings` what everybody did in this round.
    pub fn round(
        &mut self,
        round: Round,
        crossings: &[(GateIx, TrackId, Direction)],
        tracks: &[Prediction],
        gates: &[Gate],
    ) -> Vec<(TrackId, PartyId)> {
        let now = round.end();
        self.note(now, crossings);
        self.find_leaders(tracks, gates);
        let mut found = Vec::new();
        for index in 0..self.entrants.len() {
            let entrant = self.entrants[index];
            let guest = tracks.iter().find(|track| track.track == entrant.track);
            if entrant.settled || guest.is_none_or(|track| !track.guest) {
                continue;
            }
            self.entrants[index].settled = true;
            if let Some(claim) = self
                .claim_of(&entrant)
                .filter(|_| !self.is_twin(&entrant, tracks))
            {
                self.admit(claim, &entrant);
                found.push((entrant.track, self.open[claim].visit));
            }
        }
        self.forget(now);
        found
    }

    fn note(&mut self, now: Time, crossings: &[(GateIx, TrackId, Direction)]) {
        let mut inward: Vec<Entrant> = crossings
            .iter()
            .filter(|(.., direction)| *direction == Direction::Inward)
            .filter(|(_, track, _)| self.entrants.iter().all(|known| known.track != *track))
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

    /// Who stood at the reader when a pass was scanned.
    fn find_leaders(&mut self, tracks: &[Prediction], gates: &[Gate]) {
        for index in 0..self.open.len() {
            let claim = &self.open[index];
            if claim.leader.is_some() {
                continue;
            }
            let best = tracks
                .iter()
                .filter(|track| track.guest && self.entrants.iter().all(|e| e.track != track.track))
                .filter_map(|track| Some((scanning(track, claim, gates)?, track.track)))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            self.open[index].leader = best.map(|(_, track)| track);
        }
    }

    /// G1 and G2.
    fn claim_of(&self, entrant: &Entrant) -> Option<usize> {
        let waits = |claim: &Claim| {
            claim.gate == entrant.gate
                && claim.missing > 0
                && claim.at <= entrant.time
                && entrant.time <= claim.last.plus_us(PATIENCE_US)
        };
        let first = self.open.iter().position(waits)?;
        let led = self
            .open
            .iter()
            .position(|c| c.leader == Some(entrant.track) && waits(c));
        match led {
            Some(led)
                if self.open[first..led]
                    .iter()
                    .all(|c| c.gate != entrant.gate || c.inside > 0) =>
            {
                Some(led)
            }
            _ => Some(first),
        }
    }

    /// Somebody has come in with this claim: those before it at the same gate are complete.
    fn admit(&mut self, claim: usize, entrant: &Entrant) {
        for earlier in self.open[..claim]
            .iter_mut()
            .filter(|c| c.gate == entrant.gate)
        {
            earlier.missing = 0;
        }
        let claim = &mut self.open[claim];
        claim.last = entrant.time;
        claim.inside += 1;
        claim.missing = claim.missing.saturating_sub(1);
    }

    /// G3: whether somebody who came in just before stands at the very same place.
    fn is_twin(&self, entrant: &Entrant, tracks: &[Prediction]) -> bool {
        let place = |track| {
            tracks
                .iter()
                .find(|t| t.track == track)
                .map(|t| t.position_at(entrant.time).0)
        };
        let Some(here) = place(entrant.track) else {
            return false;
        };
        self.entrants.iter().any(|other| {
            other.track != entrant.track
                && other.settled
                && (other.time, other.track) <= (entrant.time, entrant.track)
                && entrant.time <= other.time.plus_us(TWINS_US)
                && place(other.track).is_some_and(|there| there.distance(here) < TWINS_M)
        })
    }

    fn forget(&mut self, now: Time) {
        self.open
            .retain(|claim| claim.missing > 0 && now < claim.last.plus_us(PATIENCE_US));
        self.entrants
            .retain(|e| now < e.time.plus_us(REMEMBERED_US));
    }
}

/// How far a guest stood from the reader at the scan, in metres; `None` when it cannot have scanned
/// or is not known yet.
fn scanning(guest: &Prediction, claim: &Claim, gates: &[Gate]) -> Option<f64> {
    let gate = gates.get(claim.gate.at())?;
    let reader = gate.reader.unwrap_or_else(|| gate.line.middle());
    let known = guest.time >= claim.at && guest.time <= claim.at.plus_us(SAME_TIME_US);
    let state = known.then(|| guest.at(claim.at))?;
    let distance = state.position.distance(reader);
    (distance <= REACH_M && state.velocity.norm() <= STANDING_M_S).then_some(distance)
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
                let mut prediction = visitor.track.prediction();
                prediction.guest = found.iter().all(|(track, _)| *track != id.0);
                now.push(prediction);
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
