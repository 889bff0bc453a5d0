//! What could have been known: an exhaustive solver that is given the simulator's true parameters.
//!
//! 1. It gets what the shop recorded (weight changes, contacts, what cameras saw around them), the true
//!    planogram and the true errors of the sensors; nothing of what really happened.
//! 2. It follows every course that a scene may have taken: who holds what, what lies in a wrong place
//!    and how, which hands rest on plates. Courses that come to the same are one. No course is dropped
//!    unless it is [`NEVER`] times less probable than the best.
//! 3. Each visit's receipt is its most probable basket over all courses.
//! 4. It shares no code with the attribution that is judged beside it, so that they don't share
//!    mistakes; what it leaves out (drifting and silent plates, goods that slide) it gets wrong.
//! 5. Only scenes with few people: of more than [`MOST_PEOPLE`] it says nothing.

mod course;
mod deeds;
mod hands;

use std::collections::BTreeMap;

use amble_engine::{
    evidence::{Interaction, PartyId, TrackId},
    layout::{Layout, ProductIx},
};

use self::{
    course::{Course, merged},
    deeds::Deeds,
};

/// More visits than this are too many courses.
const MOST_PEOPLE: usize = 8;
/// Log of how improbable a course must be beside the best to be dropped.
const NEVER: f64 = -30.0;

/// What the simulator knows of its sensors and people.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// Standard deviation of a wrist on each axis, in metres.
    pub wrist_sigma_m: f64,
    /// Share of the takes of which a camera sees the item.
    pub sighting_share: f64,
    /// Share of these in which the right product is named first.
    pub sighting_right: f64,
    /// Share of movements that put something back.
    pub put_back: f64,
    /// Share of what is put back that lands in a wrong place.
    pub wrong_place: f64,
}

/// A basket: product and pieces.
pub type Basket = BTreeMap<ProductIx, u32>;

/// What a scene recorded, in the order of recording, in the true shop.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// The true shop.
    pub layout: &'a Layout,
    /// Its visits.
    pub visits: &'a [PartyId],
    /// What was recorded.
    pub interactions: &'a [Interaction],
    /// The true parameters.
    pub truth: Truth,
}

/// The most probable basket of each visit; `None` for a scene with too many people.
#[must_use]
pub fn solve(recorded: &Recorded<'_>) -> Option<BTreeMap<PartyId, Basket>> {
    if recorded.visits.len() > MOST_PEOPLE {
        return None;
    }
    let owners = owners(recorded);
    let mut courses = vec![(Course::default(), 0.0)];
    for interaction in recorded.interactions {
        let deeds = Deeds::of(recorded, interaction, &owners);
        let mut next: Vec<(Course, f64)> = Vec::new();
        for (course, weight) in &courses {
            deeds.from(course, *weight, &mut next);
        }
        courses = merged(next, NEVER);
    }
    Some(baskets(recorded.visits, &courses))
}

/// Whose each track turned out to be: a guest's, until a visit claimed it.
fn owners(recorded: &Recorded<'_>) -> BTreeMap<TrackId, PartyId> {
    let evidence = recorded.interactions.iter().flat_map(|i| &i.evidence);
    let known = evidence.filter(|e| recorded.visits.contains(&e.party));
    known.map(|e| (e.track, e.party)).collect()
}

/// Each visit's most probable basket.
fn baskets(visits: &[PartyId], courses: &[(Course, f64)]) -> BTreeMap<PartyId, Basket> {
    let best = |&party: &PartyId| {
        let mut sums: BTreeMap<Basket, f64> = BTreeMap::new();
        for (course, weight) in courses {
            *sums.entry(course.basket(party)).or_insert(0.0) += weight.exp();
        }
        let best = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        (party, best.map(|(basket, _)| basket).unwrap_or_default())
    };
    visits.iter().map(best).collect()
}
