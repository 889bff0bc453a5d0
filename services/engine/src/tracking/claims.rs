//! Which guests a scanned pass brought in.
//!
//! The leader stands at the reader and scans; then the party walks in, one after another, while the
//! next party may already be scanning.
//!
//! Properties:
//!
//! - G1 Whoever stands at the reader when a pass is scanned leads that visit, and belongs to it from
//!   then on. They are seen there: a track that cameras lost before is nobody who scans.
//! - G2 Any other guest who goes in by the gate belongs to its oldest scan that is not complete and
//!   was made before they crossed. A scan whose leader nobody saw takes them from the first on.
//!   A track that cameras lost went nowhere by itself: it waits until it is seen again.
//! - G3 Once a leader is inside, scans before theirs come after it: the gate lets one party pass
//!   after another.
//! - G4 Nobody is claimed twice, also while predictions still show a claimed track as a guest; a
//!   track that may be on a person who has another waits until that is known.
//! - G5 A scan waits [`PATIENCE_US`] for its first, and as long for each next one, then it lapses.
//! - G6 A leader who is gone before they went in, for [`GONE_US`], was nobody who scanned: their place is
//!   free again.

use serde::{Deserialize, Serialize};

use super::{crossing::Direction, prediction::Prediction};
use crate::{
    evidence::{PartyId, TrackId},
    geometry::Vec2,
    layout::{Gate, GateIx},
    time::{Round, Time},
};

/// How far from the reader one can scan, in metres.
const REACH_M: f64 = 0.7;

/// Faster than this nobody scans, in metres a second: they walk by.
const STANDING_M_S: f64 = 0.6;

/// G1, G2: for how long a leader may have been hidden at a scan, and who went in until they are claimed, in
/// seconds.
const HIDDEN_S: f64 = 1.0;

/// How long after a scan its leader may be found, in microseconds: the camera may notice them late.
const NOTICED_US: i64 = 800_000;

/// G5, in microseconds.
const PATIENCE_US: i64 = 5_000_000;

/// G6: predictions come late, and later from whoever takes a track over; in microseconds.
const GONE_US: i64 = 1_000_000;

/// How long crossings and claims are remembered, in microseconds.
const REMEMBERED_US: i64 = 10_000_000;

/// A scanned pass whose party is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Claim {
    gate: GateIx,
    visit: PartyId,
    at: Time,
    leader: Option<TrackId>,
    /// How many have not come.
    missing: u32,
    /// When the last of the party came; at first, when it scanned.
    last: Time,
}

/// Somebody who went in by an entry.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Entrant {
    gate: GateIx,
    track: TrackId,
    time: Time,
}

/// The open scans of one zone's entries.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GateClaims {
    /// In order of the scans.
    open: Vec<Claim>,
    entrants: Vec<Entrant>,
    /// G4, with when they were claimed, and leaders with when they were last near before they went in.
    claimed: Vec<(TrackId, Time)>,
}

impl GateClaims {
    /// A pass was scanned at `gate` for a visit of so many people.
    pub fn scan(&mut self, gate: GateIx, visit: PartyId, party_size: u32, at: Time) {
        self.open.push(Claim {
            gate,
            visit,
            at,
            leader: None,
            missing: party_size,
            last: at,
        });
        self.open.sort_by_key(|claim| (claim.at, claim.visit));
    }

    /// Who belongs to which visit, as known at the end of `round`. `tracks` are everybody near, as of
    /// their predictions, and who of them is a guest; `crossings` what everybody did in this round;
    /// `in_doubt` tells tracks that may be one person with another.
    pub fn round(
        &mut self,
        round: Round,
        crossings: &[(GateIx, TrackId, Direction)],
        tracks: &[Prediction],
        gates: &[Gate],
        in_doubt: impl Fn(TrackId) -> bool,
    ) -> Vec<(TrackId, PartyId)> {
        let now = round.end();
        self.note(now, crossings);
        self.give_back(now, tracks);
        let mut found = self.leaders(tracks, gates);
        found.extend(self.followers(now, tracks, in_doubt));
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
            })
            .collect();
        inward.sort_by_key(|entrant| (entrant.gate, entrant.track));
        self.entrants.extend(inward);
    }

    /// G6.
    fn give_back(&mut self, now: Time, tracks: &[Prediction]) {
        for claim in &mut self.open {
            let Some(leader) = claim.leader else { continue };
            let went_in = self.entrants.iter().any(|e| e.track == leader);
            let known = self.claimed.iter_mut().find(|c| c.0 == leader);
            let (false, Some((_, near))) = (went_in, known) else {
                continue;
            };
            if tracks.iter().any(|track| track.track == leader) {
                *near = now;
            } else if now >= near.plus_us(GONE_US) {
                claim.leader = None;
                claim.missing += 1;
            }
        }
    }

    /// G1.
    fn leaders(&mut self, tracks: &[Prediction], gates: &[Gate]) -> Vec<(TrackId, PartyId)> {
        let mut found = Vec::new();
        for index in 0..self.open.len() {
            let claim = &self.open[index];
            if claim.leader.is_some() {
                continue;
            }
            let best = tracks
                .iter()
                .filter(|track| track.guest && !self.is_claimed(track.track))
                .filter_map(|track| Some((from_reader(track, claim, gates)?, track.track)))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            if let Some((_, track)) = best {
                self.open[index].leader = Some(track);
                found.push(self.admit(index, track, self.open[index].at));
            }
        }
        found
    }

    /// G2, G3.
    fn followers(
        &mut self,
        now: Time,
        tracks: &[Prediction],
        in_doubt: impl Fn(TrackId) -> bool,
    ) -> Vec<(TrackId, PartyId)> {
        let mut found = Vec::new();
        for index in 0..self.entrants.len() {
            let entrant = self.entrants[index];
            let guest = tracks.iter().find(|track| track.track == entrant.track);
            let waits = guest.is_some_and(|track| track.guest && track.unseen_s <= HIDDEN_S)
                && !self.is_claimed(entrant.track)
                && !in_doubt(entrant.track);
            let claim = if waits {
                self.claim_of(&entrant, now)
            } else {
                None
            };
            if let Some(claim) = claim {
                found.push(self.admit(claim, entrant.track, entrant.time));
            }
        }
        found
    }

    fn claim_of(&self, entrant: &Entrant, now: Time) -> Option<usize> {
        let inside = |track| self.entrants.iter().any(|e| e.track == track);
        let waits = |claim: &Claim| {
            claim.gate == entrant.gate
                && claim.missing > 0
                && claim.at <= entrant.time
                && entrant.time <= claim.last.plus_us(PATIENCE_US)
                // The leader may yet be found: that would be the one who stood at the reader.
                && (claim.leader.is_some() || now > claim.at.plus_us(NOTICED_US))
        };
        let led = self
            .open
            .iter()
            .rposition(|claim| claim.gate == entrant.gate && claim.leader.is_some_and(inside))
            .unwrap_or(0);
        let later = self.open[led..].iter().position(waits).map(|n| led + n);
        later.or_else(|| self.open[..led].iter().position(waits))
    }

    fn admit(&mut self, claim: usize, track: TrackId, at: Time) -> (TrackId, PartyId) {
        let claim = &mut self.open[claim];
        claim.last = claim.last.max(at);
        claim.missing = claim.missing.saturating_sub(1);
        self.claimed.push((track, claim.last));
        (track, claim.visit)
    }

    fn is_claimed(&self, track: TrackId) -> bool {
        self.claimed.iter().any(|(claimed, _)| *claimed == track)
    }

    fn forget(&mut self, now: Time) {
        // A complete scan still tells who came before it (G3).
        self.open
            .retain(|claim| now < claim.last.plus_us(PATIENCE_US));
        self.entrants
            .retain(|e| now < e.time.plus_us(REMEMBERED_US));
        self.claimed
            .retain(|(_, at)| now < at.plus_us(REMEMBERED_US));
    }
}

/// How far a guest stood from the reader at the scan, in metres; `None` when it cannot have scanned
/// or is not known yet.
fn from_reader(guest: &Prediction, claim: &Claim, gates: &[Gate]) -> Option<f64> {
    let gate = gates.get(claim.gate.at())?;
    let reader: Vec2 = gate.reader.unwrap_or_else(|| gate.line.middle());
    let known = guest.time >= claim.at && guest.time <= claim.at.plus_us(NOTICED_US);
    let seen = guest.unseen_s <= guest.time.since(claim.at) + HIDDEN_S;
    let state = (known && seen).then(|| guest.at(claim.at))?;
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
            let new = claims.round(round, &crossings, &late.remove(0), &gates, |_| false);
            found.extend(new.iter().map(|(track, party)| (track.0, party.0)));
        }
        found.sort_unstable();
        found
    }

    #[test]
    fn g1_g2_g4_three_then_one_then_two() {
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
    fn g1_a_track_that_was_lost_at_the_reader_is_nobody_who_scans() {
        let gates = [entry()];
        let at = Time(3_000_000);
        let mut claims = GateClaims::default();
        claims.scan(GateIx(0), PartyId(100), 1, at);
        // A false birth right at the reader, which nobody saw again, and who scans half a metre off.
        let mut lost = Track::born(&newborn(1, Time(1_000_000), 0.5, -0.6));
        let mut here = Track::born(&newborn(2, Time(1_000_000), 0.1, -0.4));
        for round in (10..=30).map(Round) {
            here.observe(&seen(0.1, -0.4), round.start());
            lost.end_round(round);
            here.end_round(round);
        }
        let tracks = [&lost, &here].map(|track| Prediction {
            guest: true,
            ..track.prediction()
        });
        let found = claims.round(Round(33), &[], &tracks, &gates, |_| false);
        assert_eq!(found, [(TrackId(2), PartyId(100))]);
    }

    #[test]
    fn g6_a_leader_who_vanishes_before_the_gate_leaves_their_place_to_who_goes_in() {
        let (gates, at) = ([entry()], Time(1_050_000));
        let guest = |track: &Track| Prediction {
            guest: true,
            ..track.prediction()
        };
        let mut claims = GateClaims::default();
        claims.scan(GateIx(0), PartyId(100), 1, at);
        let ghost = guest(&Track::born(&newborn(1, at, 0.0, -0.5)));
        let person = guest(&Track::born(&newborn(2, at, 0.6, -1.3)));
        let both = [ghost, person];
        let mut found = Vec::new();
        for round in (10..40).map(Round) {
            let near = if round.0 < 14 { &both[..] } else { &both[1..] };
            let goes_in = [(GateIx(0), TrackId(2), Direction::Inward)];
            let crossings = if round.0 == 20 { &goes_in[..] } else { &[] };
            found.extend(claims.round(round, crossings, near, &gates, |_| false));
        }
        assert_eq!(
            found,
            [(TrackId(1), PartyId(100)), (TrackId(2), PartyId(100))]
        );
    }

    #[test]
    fn g2_a_lost_track_that_drifts_in_is_nobody_who_goes_in() {
        let (gates, at) = ([entry()], Time(1_050_000));
        let guest = |id: u64, unseen_s: f64| Prediction {
            guest: true,
            unseen_s,
            ..Track::born(&newborn(id, Time(2_500_000), 0.0, 0.8)).prediction()
        };
        let mut claims = GateClaims::default();
        claims.scan(GateIx(0), PartyId(100), 1, at);
        let both = [guest(1, 1.2), guest(2, 0.0)];
        let went_in = [1, 2].map(|id| (GateIx(0), TrackId(id), Direction::Inward));
        let found = claims.round(Round(25), &went_in, &both, &gates, |_| false);
        assert_eq!(found, [(TrackId(2), PartyId(100))]);
    }

    #[test]
    fn g3_a_later_party_does_not_fill_up_an_earlier_one() {
        let mut visitors = [
            Visitor::new(1, 20, true),
            Visitor::new(4, 34, true),
            Visitor::new(5, 44, false),
        ];
        let scans = [(12, 100, 2), (28, 200, 2)];
        assert_eq!(run(&mut visitors, &scans), [(1, 100), (4, 200), (5, 200)]);
    }

    #[test]
    fn g5_a_scan_waits_for_somebody_to_come_in() {
        // Far from the reader at the scan, in two seconds later.
        let mut late = [Visitor::new(1, 40, false)];
        assert_eq!(run(&mut late, &[(20, 100, 1)]), [(1, 100)]);
        let mut too_late = [Visitor::new(1, 90, false)];
        assert_eq!(run(&mut too_late, &[(20, 100, 1)]), []);
    }
}
