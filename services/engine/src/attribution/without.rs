//! What each part is worth: the same case with it and without it.

use super::{
    Decision, Part,
    cases::shelf,
    shop::{Day, Person, layout, moves},
};
use crate::layout::PlateIx;

const A: u64 = 1;
const B: u64 = 2;

/// What is said last of some plates' change among these people.
fn said(without: &[Part], plates: &[(u32, f64)], people: &[Person]) -> Decision {
    let mut day = Day::without(without, &shelf(), &[A, B]);
    day.change(plates, people).remove(0)
}

#[test]
fn without_its_place_a_product_may_have_stood_anywhere_on_its_shelf() {
    let goods: &[(f64, &[u32], u32)] = &[(100.0, &[0, 1], 5), (101.0, &[5, 6], 5)];
    let take = |without| {
        let mut day = Day::without(without, &layout(7, goods), &[A]);
        day.change(&[(1, -100.4)], &[Person::at(A, 0.1, 0.5)])
            .remove(0)
    };
    assert_eq!(moves(&take(&[])), [(A, 0, 1)]);
    assert!(!take(&[]).open && take(&[Part::Place]).open);
}

#[test]
fn without_bodies_whoever_is_near_is_as_likely_as_another() {
    let people = [Person::at(A, 0.1, 0.5), Person::at(B, 1.1, 0.5)];
    let with = said(&[], &[(1, -500.0)], &people);
    assert_eq!(moves(&with), [(A, 0, 1)]);
    assert!(with.probability > 0.9);
    assert!(said(&[Part::Bodies], &[(1, -500.0)], &people).probability < 0.51);
}

#[test]
fn without_hands_crossed_ones_are_taken_for_straight_ones() {
    let people = [
        Person::at(A, 0.1, 0.5).hand(6.0),
        Person::at(B, 0.6, 0.5).hand(1.0),
    ];
    let crossed = [(1, -500.0), (6, -150.5)];
    assert_eq!(moves(&said(&[], &crossed, &people)), [(A, 2, 1), (B, 0, 1)]);
    let straight = said(&[Part::Hands], &crossed, &people);
    assert_eq!(moves(&straight), [(A, 0, 1), (B, 2, 1)]);
}

#[test]
fn without_the_interval_a_hand_that_has_left_was_never_there() {
    let people = [Person::at(A, 0.1, 0.5), Person::at(B, 0.3, 0.5).hand(1.0)];
    let with = said(&[], &[(1, -500.0)], &people);
    assert_eq!(moves(&with), [(B, 0, 1)]);
    assert!(with.probability > 0.9);
    let without = said(&[Part::Interval], &[(1, -500.0)], &people);
    assert_eq!(moves(&without), [(A, 0, 1)]);
}

#[test]
fn without_sightings_what_weighs_the_same_stays_open() {
    let goods: &[(f64, &[u32], u32)] = &[(100.0, &[0, 1], 5), (101.0, &[1, 2], 5)];
    let take = |without| {
        let mut day = Day::without(without, &layout(4, goods), &[A]);
        let near = [Person::at(A, 0.1, 0.5)];
        let seen: &[(u32, f64)] = &[(1, 0.9), (0, 0.05)];
        day.change_seen(&[(1, -100.5)], &near, &[(A, seen)])
            .remove(0)
    };
    assert!(take(&[]).probability > 0.9);
    let without = take(&[Part::Sightings]);
    assert!(without.open && without.probability < 0.6, "{without:?}");
}

#[test]
fn without_a_living_planogram_nothing_stands_in_a_wrong_place() {
    let strangers = |without| {
        let mut day = Day::without(without, &shelf(), &[A]);
        day.change(&[(10, -202.0)], &[Person::at(A, 1.0, 0.5)]);
        day.change(&[(3, 202.3)], &[Person::at(A, 0.3, 0.5)]);
        day.settle(A);
        let standing = day.book.standing(PlateIx(3));
        standing.iter().filter(|s| s.misplaced).count()
    };
    assert_eq!(strangers(&[]), 1);
    assert_eq!(strangers(&[Part::LivingPlanogram]), 0);
}

#[test]
fn without_open_hypotheses_a_return_revises_nothing() {
    let both = [Person::at(A, 0.3, 0.5), Person::at(B, 0.42, 0.5)];
    let mut day = Day::without(&[Part::OpenHypotheses], &shelf(), &[A, B]);
    let take = day.change(&[(3, -100.0), (4, -110.0)], &both);
    assert!(!take[0].open && day.book.open_count() == 0, "{take:?}");
    let said = day.change(&[(4, 210.2)], &[Person::at(B, 0.4, 0.5)]);
    assert!(said.iter().all(|d| d.interaction != take[0].interaction));
}
