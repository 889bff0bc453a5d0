//! Hard cases that only several changes together tell, and plates that tell nothing.

use std::sync::Arc;

use super::shop::{Day, Person, layout, moves};
use crate::{evidence::PartyId, layout::Layout, layout::PlateIx};

const A: u64 = 1;
const B: u64 = 2;

/// Twelve plates: oats 3–4, flakes 7–8, rice 10–11.
fn shelf() -> Arc<Layout> {
    let goods: [(f64, &[u32], u32); 3] = [
        (500.0, &[3, 4], 8),
        (375.0, &[7, 8], 8),
        (128.0, &[10, 11], 8),
    ];
    layout(12, &goods)
}

/// Before the oats, and before the flakes.
fn both() -> [Person; 2] {
    [
        Person::at(A, 0.35, 0.5).hand(3.5),
        Person::at(B, 0.75, 0.5).hand(7.5),
    ]
}

#[test]
fn a_hand_that_rests_on_a_plate_and_leaves_with_goods_took_them() {
    let mut day = Day::new(&shelf(), &[A]);
    let own = [Person::at(A, 0.75, 0.5).hand(7.5)];
    assert_eq!(moves(&day.change(&[(7, -45.0)], &own)[0]), []);
    day.change(&[(7, -329.5)], &own);
    assert_eq!(day.holds(A), [(1, 1)]);
}

#[test]
fn goods_whose_plates_come_to_rest_one_after_another_under_a_hand_are_one_take() {
    let mut day = Day::new(&shelf(), &[A]);
    let own = [Person::at(A, 0.35, 0.5).hand(3.5)];
    day.change(&[(3, 68.5)], &own);
    day.change(&[(4, 75.0)], &own);
    let mut late = [
        day.interaction(&[(4, -266.0)], &own, &[]),
        day.interaction(&[(3, -377.0)], &own, &[]),
    ];
    for (interaction, id) in late.iter_mut().zip(2..) {
        interaction.sequence = id;
        day.book.record(super::InteractionId(id), interaction);
    }
    assert_eq!(day.holds(A), [(0, 1)]);
}

#[test]
fn what_is_taken_beside_a_plate_that_a_hand_leaves_is_what_stands_there() {
    // The rice weighs less than it should, and what the hand held as much as what was taken.
    let goods: [(f64, &[u32], u32); 2] = [(512.0, &[0, 1], 8), (500.0, &[3, 4], 8)];
    let mut day = Day::new(&layout(5, &goods), &[A]);
    let held = [Person::at(A, 0.35, 0.5).hand(3.5)];
    assert_eq!(moves(&day.change(&[(3, -240.0)], &held)[0]), []);
    let taking = [Person::at(A, 0.2, 0.5).hand(0.5)];
    let said = day.change(&[(0, -264.1), (1, -234.3), (3, 239.8)], &taking);
    assert_eq!(moves(said.last().unwrap()), [(A, 0, 1)]);
}

#[test]
fn a_hand_that_leans_and_leaves_took_nothing() {
    let mut day = Day::new(&shelf(), &[A]);
    let own = [Person::at(A, 0.75, 0.5).hand(7.5)];
    day.change(&[(7, 340.0)], &own);
    day.change(&[(7, -340.5)], &own);
    assert_eq!(day.holds(A), []);
}

#[test]
fn who_brings_goods_again_and_again_takes_them_off_nobody() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let [a, b] = both();
    let bringing = Person::at(B, 0.45, 0.5).hand(3.6);
    day.change(&[(3, 280.0), (4, 221.0)], &[bringing]);
    day.change(&[(3, -300.0), (4, -199.0)], &[a, b]);
    assert_eq!(day.holds(A), [(0, 1)]);
    day.change(
        &[(3, 180.0), (4, 321.0)],
        &[Person::at(A, 0.6, 0.6), bringing],
    );
    assert_eq!(day.holds(A), [(0, 1)]);
    assert_eq!(day.holds(B), []);
}

#[test]
fn what_another_puts_back_was_handed_on_when_only_its_taker_can_have_had_it() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let [a, b] = both();
    day.change(&[(3, -280.0), (4, -221.0)], &[a]);
    day.change(&[(7, -375.0)], &[b]);
    let far = Person::at(A, 1.6, 1.2);
    day.change(
        &[(3, 200.0), (4, 299.0)],
        &[far, Person::at(B, 0.4, 0.5).hand(3.4)],
    );
    assert_eq!(day.settle(A), []);
    assert_eq!(day.settle(B), [(1, 1)]);
}

#[test]
fn part_of_a_weight_is_enough_beside_a_plate_that_tells_nothing() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let mut interaction = day.interaction(&[(3, -127.0)], &both(), &[]);
    interaction.change.silent = vec![PlateIx(4)];
    let said = day.book.record(super::InteractionId(0), &interaction);
    assert_eq!(moves(&said[0]), [(A, 0, 1)]);
    assert_eq!(day.book.holding(PartyId(B)), []);
}
