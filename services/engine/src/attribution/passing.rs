//! Goods that go from hand to hand or to the floor, goods known again, and hands that lean.

use std::sync::Arc;

use super::{
    InteractionId,
    shop::{Day, Person, layout},
};
use crate::{
    evidence::{Contact, Interaction, PartyId, PathPoint, TrackEvidence, TrackId},
    geometry::{Vec2, Vec3},
    layout::Layout,
};

const A: u64 = 1;
const B: u64 = 2;

/// Twelve plates: oats 3–4, flakes 9–10, which weigh the same.
fn shelf() -> Arc<Layout> {
    let goods: [(f64, &[u32], u32); 2] = [(500.0, &[3, 4], 8), (500.0, &[9, 10], 8)];
    layout(12, &goods)
}

/// Stands away from the shelf, with its hand out in these rounds at the place where hands meet.
fn posture(day: &Day, party: u64, x: f64, out: std::ops::Range<i64>) -> TrackEvidence {
    let point = |i: i64| {
        let hand = if out.contains(&i) {
            Vec3::new(0.4, -2.0, 1.1)
        } else {
            Vec3::new(x, -2.25, 0.95)
        };
        PathPoint {
            time: day.now.plus_us((i - 30) * 100_000),
            position: Vec2::new(x, -2.0),
            sigma: 0.05,
            wrists: [None, Some(hand)],
            seen: true,
        }
    };
    TrackEvidence {
        track: TrackId(party),
        party: PartyId(party),
        path: (0..31).map(point).collect(),
        sightings: Vec::new(),
    }
}

fn contact(day: &mut Day, contact: Contact, evidence: Vec<TrackEvidence>) {
    let mut interaction: Interaction = day.interaction(&[], &[], &[]);
    interaction.contact = Some(contact);
    interaction.evidence = evidence;
    day.book.record(InteractionId(1_000), &interaction);
}

fn meet(day: &mut Day, a_out: std::ops::Range<i64>, b_out: std::ops::Range<i64>) {
    day.now = day.now.plus_us(10_000_000);
    let both = vec![posture(day, A, 0.0, a_out), posture(day, B, 0.8, b_out)];
    contact(day, Contact::Met(TrackId(A), TrackId(B)), both);
}

/// Both have taken something.
fn both_have_goods(day: &mut Day) {
    let own = |party, x, hand| Person::at(party, x, 0.5).hand(hand);
    day.change(&[(3, -280.0), (4, -221.0)], &[own(A, 0.35, 3.5)]);
    day.change(&[(9, -301.0), (10, -200.0)], &[own(B, 0.95, 9.5)]);
}

#[test]
fn whose_hand_was_out_first_has_given_what_it_took() {
    let mut day = Day::new(&shelf(), &[A, B]);
    both_have_goods(&mut day);
    meet(&mut day, 10..19, 14..19);
    assert_eq!(day.settle(A), []);
    assert_eq!(day.settle(B), [(0, 1), (1, 1)]);
}

#[test]
fn nobody_gives_what_it_does_not_hold() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let own = [Person::at(A, 0.35, 0.5).hand(3.5)];
    day.change(&[(3, -280.0), (4, -221.0)], &own);
    meet(&mut day, 14..19, 10..19);
    assert_eq!(day.settle(B), [(0, 1)]);
    assert_eq!(day.settle(A), []);
}

#[test]
fn hands_that_pass_one_another_hand_nothing_over() {
    let mut day = Day::new(&shelf(), &[A, B]);
    both_have_goods(&mut day);
    day.now = day.now.plus_us(10_000_000);
    let mut both = vec![posture(&day, A, 0.0, 15..18), posture(&day, B, 0.8, 15..18)];
    for (i, point) in (0..).zip(&mut both[0].path) {
        point.position.x += f64::from(i - 16) * 0.1;
    }
    contact(&mut day, Contact::Met(TrackId(A), TrackId(B)), both);
    assert_eq!(day.settle(A), [(0, 1)]);
    assert_eq!(day.settle(B), [(1, 1)]);
}

#[test]
fn hands_that_hang_side_by_side_hand_nothing_over() {
    let mut day = Day::new(&shelf(), &[A, B]);
    both_have_goods(&mut day);
    day.now = day.now.plus_us(10_000_000);
    let mut both = vec![posture(&day, A, 0.0, 0..0), posture(&day, B, 0.5, 0..0)];
    for point in both.iter_mut().flat_map(|track| &mut track.path) {
        point.wrists[1] = Some(Vec3::new(0.25, -2.0, 0.9));
    }
    contact(&mut day, Contact::Met(TrackId(A), TrackId(B)), both);
    assert_eq!(day.settle(A), [(0, 1)]);
    assert_eq!(day.settle(B), [(1, 1)]);
}

#[test]
fn of_a_party_each_gives_what_they_took_themselves() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let own = |x, hand| [Person::at(A, x, 0.5).hand(hand)];
    day.change(&[(3, -280.0), (4, -221.0)], &own(0.35, 3.5));
    // Another of A takes something later.
    day.now = day.now.plus_us(10_000_000);
    let plates = [(9, -301.0), (10, -200.0)];
    let mut later: Interaction = day.interaction(&plates, &own(0.95, 9.5), &[]);
    later.evidence[0].track = TrackId(11);
    day.book.record(InteractionId(10), &later);
    meet(&mut day, 10..19, 14..19);
    assert_eq!(day.settle(A), [(1, 1)]);
    assert_eq!(day.settle(B), [(0, 1)]);
}

#[test]
fn what_is_left_on_the_floor_is_not_charged() {
    let mut day = Day::new(&shelf(), &[A, B]);
    both_have_goods(&mut day);
    day.now = day.now.plus_us(10_000_000);
    let own = vec![posture(&day, A, 0.0, 10..19)];
    contact(&mut day, Contact::Floor(TrackId(A)), own);
    assert_eq!(day.settle(A), []);
    assert_eq!(day.settle(B), [(1, 1)]);
}

#[test]
fn what_was_put_in_a_wrong_place_is_known_again_as_it_lay() {
    for (lifted, product) in [([-138.5, -362.0], 0), ([-301.0, -202.0], 1)] {
        let mut day = Day::new(&shelf(), &[A, B]);
        let own = |party, hand| [Person::at(party, hand * 0.1, 0.5).hand(hand)];
        day.change(&[(3, -280.0), (4, -221.0)], &own(A, 3.5));
        day.change(&[(9, 139.0), (10, 362.5)], &own(A, 9.5));
        day.change(&[(9, lifted[0]), (10, lifted[1])], &own(B, 9.5));
        assert_eq!(day.holds(B), [(product, 1)]);
    }
}

#[test]
fn what_is_put_back_is_the_unit_that_weighed_as_much() {
    for (put, kept) in [(508.0, 1), (494.0, 0)] {
        let mut day = Day::new(&shelf(), &[A, B]);
        let own = |hand| [Person::at(A, hand * 0.1, 0.5).hand(hand)];
        day.change(&[(3, -286.0), (4, -222.0)], &own(3.5));
        day.change(&[(9, -294.0), (10, -200.0)], &own(9.5));
        day.change(&[(6, 300.0), (7, put - 300.0)], &own(6.5));
        assert_eq!(day.holds(A), [(kept, 1)], "{put}");
    }
}

#[test]
fn what_was_put_back_where_it_belongs_is_what_is_taken_as_it_lay() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let own = |party, hand| [Person::at(party, hand * 0.1, 0.5).hand(hand)];
    day.change(&[(3, -286.0), (4, -222.0)], &own(A, 3.5));
    day.change(&[(9, -306.0), (10, -200.0)], &own(A, 9.5));
    day.change(&[(3, 230.0), (4, 278.0)], &own(A, 3.5));
    day.change(&[(3, -230.5), (4, -277.5)], &own(B, 3.5));
    assert_eq!((day.holds(A), day.holds(B)), (vec![(1, 1)], vec![(0, 1)]));
}

#[test]
fn two_kinds_in_two_hands_are_one_persons() {
    let layout = layout(12, &[(500.0, &[3], 8), (300.0, &[8], 8)]);
    let mut day = Day::new(&layout, &[A, B]);
    day.now = day.now.plus_us(10_000_000);
    let people = [
        Person::at(A, 0.55, 0.5).hand(3.0),
        Person::at(B, 1.2, 0.5).hand(9.5),
    ];
    let mut both = day.interaction(&[(3, -500.5), (8, -299.5)], &people, &[]);
    for point in &mut both.evidence[0].path {
        let other = |hand: Vec3| Vec3::new(0.82, hand.y, hand.z);
        point.wrists[1] = point.wrists[0].map(other);
    }
    day.book.record(InteractionId(0), &both);
    assert_eq!((day.holds(A), day.holds(B)), (vec![(0, 1), (1, 1)], vec![]));
}

#[test]
fn who_leans_for_long_has_not_taken_what_another_took_meanwhile() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let people = [
        Person::at(A, 0.35, 0.5).hand(3.4),
        Person::at(B, 0.3, 0.5).hand(3.6),
    ];
    day.now = day.now.plus_us(60_000_000);
    let mut interaction = day.interaction(&[(3, -280.0), (4, -221.0)], &people, &[]);
    interaction.change.start = day.now.plus_us(-20_000_000);
    for plate in &mut interaction.change.plates {
        plate.start = interaction.change.start;
    }
    // A has the hand there all the time.
    let lean = &mut interaction.evidence[0];
    let at = lean.path[10];
    lean.path = (0..200)
        .map(|i| PathPoint {
            time: day.now.plus_us((i - 200) * 100_000),
            ..at
        })
        .collect();
    day.book.record(InteractionId(0), &interaction);
    assert_eq!(day.holds(B), [(0, 1)]);
}
