//! A track in a party's hands, and where it was lately.

use std::collections::VecDeque;

use amble_engine::{
    geometry::Vec2,
    layout::{Layout, ShelfIx},
    tracking::Track,
};

/// How far back a party's path counts for what it could still be changing, in seconds: one place
/// each.
const REACH_S: usize = 60;

/// A place on the floor, in decimetres: no more is needed, and it is stored once a second.
pub(super) type Place = (i16, i16);

/// A track, for how many rounds it has been a party's, and where it was at each cut.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) track: Track,
    pub(super) rounds: u32,
    pub(super) places: VecDeque<Place>,
}

impl Held {
    #[expect(clippy::cast_possible_truncation, reason = "decimetres of a shop")]
    /// Notes where it is.
    pub(super) fn note_place(&mut self) {
        let Vec2 { x, y } = self.track.position();
        self.places
            .push_back(((x * 10.0).round() as i16, (y * 10.0).round() as i16));
        if self.places.len() > REACH_S {
            self.places.pop_front();
        }
    }

    /// Shelves that it came near in the last minute.
    pub(super) fn shelves_near<'a>(
        &self,
        layout: &'a Layout,
        radius: f64,
    ) -> impl Iterator<Item = ShelfIx> + use<'a> {
        let metres = |&(x, y): &Place| Vec2::new(f64::from(x) * 0.1, f64::from(y) * 0.1);
        let places = self.places.iter().map(metres);
        let places: Vec<Vec2> = places.chain([self.track.position()]).collect();
        layout
            .shelves
            .iter()
            .zip(0..)
            .filter_map(move |(shelf, ix)| {
                let mut fronts = shelf
                    .plates()
                    .map(|plate| layout.plates[plate.at()].front());
                let near = fronts.any(|front| {
                    let mut places = places.iter();
                    places.any(|place| place.distance(front) <= radius)
                });
                near.then_some(ShelfIx(ix))
            })
    }
}
