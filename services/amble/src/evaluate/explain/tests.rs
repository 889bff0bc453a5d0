//! What a wrong line is put down to.

use amble_engine::{
    attribution::{InteractionId, Move},
    evidence::{PathPoint, PlateChange, TrackEvidence, TrackId, WeightChange},
    geometry::Vec2,
    time::Time,
};
use amble_simulator::{Action, ActionKind, Mishap};
use amble_store::visit_party;

use super::*;
use crate::plan_file;

/// Somebody of "a" takes one of the kiosk's first product; "b" stands a metre beside. The tracks of both are
/// taken for these visits, where there are any, and this is what is said.
fn cause(tracks: [Option<&str>; 2], said: Option<(&str, usize)>) -> Cause {
    let plan = Plan::new(plan_file::open("kiosk").unwrap()).unwrap();
    let placement = &plan.layout.placements[0];
    let (product, plate) = (placement.product, placement.plates[0]);
    let shelf = plan.layout.plates[plate.at()].shelf;
    let (gondola, board) = plan.names.shelf(shelf).split_once('/').unwrap();
    let at = |x: f32, visit: &str| amble_simulator::PathPoint {
        time_us: 1_000_000,
        visit: visit.into(),
        person: 0,
        x,
        y: 0.0,
    };
    let truth = Truth {
        actions: vec![Action {
            time_us: 1_000_000,
            visit: "a".into(),
            person: 0,
            kind: ActionKind::Take,
            product: plan.names.product(product).to_owned(),
            quantity: 1,
            gondola: gondola.to_owned(),
            shelf: board.to_owned(),
            plates: vec![
                plan.names
                    .plate(plate)
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned(),
            ],
            mishap: Mishap::Plain,
            to_visit: None,
        }],
        visits: Vec::new(),
        paths: vec![at(0.0, "a"), at(1.0, "b")],
    };
    let track = |(n, visit): (u32, &str)| TrackEvidence {
        track: TrackId(n.into()),
        party: visit_party(visit),
        path: vec![PathPoint {
            time: Time(1_000_000),
            position: Vec2::new(n.into(), 0.0),
            sigma: 0.1,
            wrists: [None; 2],
            seen: true,
        }],
        sightings: Vec::new(),
    };
    let (start, end) = (Time(500_000), Time(1_100_000));
    let change = PlateChange {
        plate,
        delta_g: -100.0,
        sigma_g: 0.5,
        start,
        end,
    };
    let interaction = Interaction {
        shelf,
        sequence: 1,
        change: WeightChange {
            start,
            end,
            closed: end,
            plates: vec![change],
            silent: Vec::new(),
        },
        contact: None,
        evidence: (0..)
            .zip(tracks)
            .filter_map(|(n, v)| Some(track((n, v?))))
            .collect(),
    };
    let moved = |(visit, product): (&str, usize)| Move {
        party: visit_party(visit),
        product: plan.layout.placements[product].product,
        quantity: 1,
        probability: 1.0,
    };
    let decision = Decision {
        interaction: InteractionId(0),
        revision: 0,
        moves: said.map(moved).into_iter().collect(),
        probability: 1.0,
        open: false,
        taken_at: end,
        alternatives: Vec::new(),
    };
    let written = Written {
        plan: &plan,
        settings: &Settings::default(),
        interactions: &[("one".to_owned(), interaction)],
        decisions: &BTreeMap::from([("one".to_owned(), decision)]),
        joined: &BTreeMap::new(),
    };
    let line = WrongLine {
        visit: "a".to_owned(),
        product: plan.names.product(product).to_owned(),
        name: String::new(),
        taken: 1,
        charged: 0,
        mishaps: Vec::new(),
    };
    let explained = explain(&[line], &truth, &written, &Prices::of(&plan.plan));
    assert_eq!(explained[0].happened.len(), 1);
    explained[0].cause
}

#[test]
fn who_was_tracked_and_not_chosen_is_a_wrong_person_and_who_was_not_is_not() {
    let both = [Some("a"), Some("b")];
    assert_eq!(cause(both, Some(("b", 0))), Cause::Person);
    assert_eq!(cause([None, Some("b")], Some(("b", 0))), Cause::Untracked);
    let crossed = [Some("b"), Some("a")];
    assert_eq!(cause(crossed, Some(("b", 0))), Cause::AnothersTrack);
}

#[test]
fn of_a_tracked_person_the_goods_or_nothing_at_all_may_be_wrong() {
    let both = [Some("a"), Some("b")];
    assert_eq!(cause(both, Some(("a", 1))), Cause::Product);
    assert_eq!(cause(both, None), Cause::Nothing);
    assert_eq!(cause(both, Some(("a", 0))), Cause::Settled);
}
