//! Who is told on their phone that something was lifted, before it is known who took it.
//!
//! 1. Told are visits within an arm's reach of it: the nearest, and who is so nearly as near that they can't be told
//!    apart. Who stands farther away sees nothing of it.
//! 2. Who was told is told when it is over.
//! 3. It rests on where people were expected, and on the newest round of that: nothing is decided by it.

use amble_engine::{evidence::PartyId, geometry::Vec2, layout::ProductIx};

use super::actor::State;
use crate::{
    keys::is_guest,
    message::{Lifted, Outlook, ToBucket},
};

/// How far from where it stands one may be whose hand lifts it, in metres: an arm, and what positions are wrong by.
const REACH_M: f64 = 1.2;
/// Whose distances differ by less can't be told apart, in metres.
const ALIKE_M: f64 = 0.3;

impl State {
    /// A shelf shows that something is lifted, or that it is over.
    pub(super) fn lifted(&mut self, lifted: Lifted) {
        let told = match lifted.product {
            None => self.told.remove(&lifted.shelf).unwrap_or_default(),
            Some(product) => {
                let near = self.near(product, &lifted);
                self.told.insert(lifted.shelf, near.clone());
                near
            }
        };
        for party in told {
            let bucket = self.shop.keys.bucket_of(party);
            self.shop
                .tell_bucket(bucket, ToBucket::Lifted(party, lifted));
        }
    }

    /// Visits that may have lifted it.
    fn near(&self, product: ProductIx, lifted: &Lifted) -> Vec<PartyId> {
        let layout = &self.shop.plan.layout;
        let on_shelf = |plate: &&amble_engine::layout::PlateIx| {
            layout.plates[plate.at()].shelf == lifted.shelf
        };
        let own = layout.placements.iter().filter(|p| p.product == product);
        let fronts: Vec<Vec2> = own
            .flat_map(|placement| &placement.plates)
            .filter(on_shelf)
            .map(|plate| layout.plates[plate.at()].front())
            .collect();
        let shown = self.shown.values().next_back();
        let newest = self.outlooks.back().map(|(_, outlooks)| outlooks);
        let people = newest.or(shown).into_iter().flatten();
        let places = people.map(
            |Outlook {
                 prediction, party, ..
             }| {
                let (place, _) = prediction.position_at(lifted.at);
                let distances = fronts.iter().map(|&front| place.distance(front));
                (distances.fold(f64::INFINITY, f64::min), *party)
            },
        );
        who(places.collect())
    }
}

/// Of these parties at these distances, those who are told (rule 1), each once.
fn who(mut places: Vec<(f64, PartyId)>) -> Vec<PartyId> {
    places.retain(|&(distance, _)| distance <= REACH_M);
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let nearest = places.first().map_or(0.0, |&(distance, _)| distance);
    let mut told = Vec::new();
    for (distance, party) in places {
        // A guest has no phone.
        if distance - nearest < ALIKE_M && !is_guest(party) && !told.contains(&party) {
            told.push(party);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::visit_party;

    #[test]
    fn only_who_may_have_lifted_it_is_told_and_nobody_twice() {
        let [anna, bob, eve] = ["anna", "bob", "eve"].map(visit_party);
        let guest = crate::keys::guest_party(amble_engine::evidence::TrackId(4));
        assert_eq!(who(vec![(0.9, bob), (0.4, anna), (0.5, anna)]), [anna]);
        assert_eq!(who(vec![(0.6, bob), (0.4, anna), (2.0, eve)]), [anna, bob]);
        assert_eq!(who(vec![(0.4, guest), (0.9, bob)]), []);
        assert_eq!(who(vec![(1.5, eve)]), []);
        assert_eq!(who(Vec::new()), []);
    }
}
