//! The lost among the newborn: a track that broke off goes on.
//!
//! Properties:
//!
//! - R1 Nobody is linked to where they could not have walked.
//! - R2 Each newborn goes to at most one lost track and the other way round; of all such choices the
//!   most likely one is taken.
//! - R3 People do not appear from nowhere: a newborn away from the gates is linked if R1 allows it,
//!   one at an entry only to somebody lost right there.

use super::{assignment::Assignment, births::Newborn, prediction::Prediction};
use crate::evidence::TrackId;

/// Who is seen more often than this is not lost, in seconds.
const LOST_AFTER_S: f64 = 0.8;

/// Fastest walk in m/s, and how far off both positions together may be in metres.
const WALKING_SPEED: f64 = 1.8;
const SLACK_M: f64 = 0.3;

/// How much the uncertainty of a lost person grows beyond the filter's, in m/s: they may have gone
/// round a shelf.
const DETOUR_SPEED: f64 = 0.3;

/// Largest distance in standard deviations.
const GATE_SIGMAS: f64 = 3.0;

/// −ln of the density in 1/m² of people who appear from nowhere, and of those at an entry.
const NOWHERE_NATS: f64 = 9.0;
const ENTRY_NATS: f64 = 1.0;

/// Which newborn is which lost track, ascending by newborn.
#[must_use]
pub fn relink(newborns: &[Newborn], lost: &[Prediction]) -> Vec<(TrackId, TrackId)> {
    let mut newborns: Vec<&Newborn> = newborns.iter().collect();
    let mut lost: Vec<&Prediction> = lost.iter().filter(|p| p.unseen_s >= LOST_AFTER_S).collect();
    newborns.sort_by_key(|newborn| newborn.track);
    lost.sort_by_key(|prediction| prediction.track);
    let costs: Vec<f64> = newborns
        .iter()
        .flat_map(|newborn| lost.iter().map(|lost| cost(newborn, lost)))
        .collect();
    let mut assignment = Assignment::default();
    let chosen = assignment.solve(lost.len(), &costs);
    let pair = |(newborn, column): (&&Newborn, &Option<usize>)| {
        column.map(|column| (newborn.track, lost[column].track))
    };
    newborns.iter().zip(chosen).filter_map(pair).collect()
}

/// −ln of the likelihood that both are one person, against two.
fn cost(newborn: &Newborn, lost: &Prediction) -> f64 {
    let gap = newborn.time.since(lost.time) + lost.unseen_s;
    let expected = lost.at(newborn.time);
    let distance = expected.position.distance(newborn.position);
    let detour = DETOUR_SPEED * gap;
    let variance = expected.variance() + newborn.sigma * newborn.sigma + detour * detour;
    let square = distance * distance / variance;
    let reachable = gap > 0.0 && distance <= WALKING_SPEED * gap + SLACK_M;
    if !reachable || square > GATE_SIGMAS * GATE_SIGMAS {
        return f64::INFINITY;
    }
    let alone = if newborn.at_gate.is_some() {
        ENTRY_NATS
    } else {
        NOWHERE_NATS
    };
    0.5 * square + (std::f64::consts::TAU * variance).ln() - alone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layout::GateIx,
        time::Round,
        tracking::testing::{newborn, standing},
    };

    /// Somebody who stood at x until round 9 and then was not seen for two seconds.
    fn lost(track: u64, x: f64) -> Prediction {
        let mut track = standing(track, x, 5.0);
        (10..30).for_each(|round| track.end_round(Round(round)));
        track.prediction()
    }

    fn pairs(newborns: &[Newborn], lost: &[Prediction]) -> Vec<(u64, u64)> {
        let links = relink(newborns, lost);
        links.into_iter().map(|(new, old)| (new.0, old.0)).collect()
    }

    #[test]
    fn r1_out_of_reach_is_somebody_else() {
        let now = Round(30).end();
        assert_eq!(
            pairs(&[newborn(9, now, 0.8, 5.0)], &[lost(1, 0.0)]),
            [(9, 1)]
        );
        assert_eq!(pairs(&[newborn(9, now, 4.5, 5.0)], &[lost(1, 0.0)]), []);
        let seen = standing(1, 0.0, 5.0).prediction();
        assert_eq!(pairs(&[newborn(9, Round(10).end(), 0.1, 5.0)], &[seen]), []);
    }

    #[test]
    fn r2_the_best_choice_for_all_in_any_order() {
        let now = Round(30).end();
        let newborns = [newborn(9, now, 0.6, 5.0), newborn(8, now, 1.4, 5.0)];
        let lost = [lost(2, 0.9), lost(1, 0.0)];
        assert_eq!(pairs(&newborns, &lost), [(8, 2), (9, 1)]);
    }

    #[test]
    fn r3_who_comes_in_is_linked_to_nobody_far_off() {
        let mut entrant = newborn(9, Round(30).end(), 1.6, 5.0);
        let lost = [lost(1, 0.0)];
        assert_eq!(pairs(&[entrant.clone()], &lost), [(9, 1)]);
        entrant.at_gate = Some(GateIx(0));
        assert_eq!(pairs(&[entrant], &lost), []);
    }
}
