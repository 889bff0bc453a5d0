//! The known hard cases, by hand.

use std::sync::Arc;

use super::shop::{Day, Person, layout, moves};
use crate::{
    evidence::PartyId,
    layout::{Layout, PlateIx},
};

const A: u64 = 1;
const B: u64 = 2;

/// Twelve plates: water 0–2, tea 3–4, crisps 5–6, gum 7, bread 8–9, nuts 10–11.
pub(super) fn shelf() -> Arc<Layout> {
    layout(
        12,
        &[
            (500.0, &[0, 1, 2], 12),
            (210.0, &[3, 4], 8),
            (150.0, &[5, 6], 8),
            (52.0, &[7], 10),
            (360.0, &[8, 9], 6),
            (202.0, &[10, 11], 6),
        ],
    )
}

#[test]
fn the_only_person_near_took_it() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let said = day.change(&[(3, -90.5), (4, -120.0)], &[Person::at(A, 0.35, 0.5)]);
    assert_eq!(moves(&said[0]), [(A, 1, 1)]);
    assert!(said[0].probability > 0.99 && !said[0].open, "{said:?}");
}

#[test]
fn two_people_take_the_same_product_at_the_same_moment() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let people = [
        Person::at(A, 0.0, 0.5).hand(0.4),
        Person::at(B, 0.3, 0.5).hand(1.6),
    ];
    let said = day.change(&[(0, -380.0), (1, -270.0), (2, -351.0)], &people);
    assert_eq!(moves(&said[0]), [(A, 0, 1), (B, 0, 1)]);
}

#[test]
fn different_products_from_one_shelf_at_once() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let people = [
        Person::at(A, 0.1, 0.5).hand(1.0),
        Person::at(B, 0.9, 0.5).hand(8.5),
    ];
    let said = day.change(&[(1, -501.0), (8, -180.0), (9, -179.0)], &people);
    assert_eq!(moves(&said[0]), [(A, 0, 1), (B, 4, 1)]);
    assert!(said[0].probability > 0.99);
}

#[test]
fn one_takes_while_another_puts_back() {
    let mut day = Day::new(&shelf(), &[A, B]);
    day.change(&[(1, -500.0)], &[Person::at(A, 0.1, 0.5)]);
    let people = [Person::at(A, 0.2, 0.5), Person::at(B, 0.5, 0.5)];
    let said = day.change(&[(1, 500.3), (5, -151.0)], &people);
    let newest = said.last().unwrap();
    assert!(moves(newest).contains(&(A, 0, -1)), "{said:?}");
    let people = [Person::at(B, 0.5, 0.5)];
    let said = day.change(&[(5, 151.0)], &people);
    // B could put it back, so B had taken it.
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(moves(&said[0]), [(A, 0, -1), (B, 2, 1)]);
    assert_eq!(moves(&said[1]), [(B, 2, -1)]);
}

#[test]
fn hands_crossed_count_more_than_bodies() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let people = [
        Person::at(A, 0.1, 0.5).hand(6.0),
        Person::at(B, 0.6, 0.5).hand(1.0),
    ];
    let said = day.change(&[(1, -500.0), (6, -150.5)], &people);
    assert_eq!(moves(&said[0]), [(A, 2, 1), (B, 0, 1)]);
    assert!(said[0].probability > 0.95, "{said:?}");
}

#[test]
fn what_is_put_in_a_wrong_place_is_there_for_the_next() {
    // Nuts (202 g) are put among the tea (210 g); B takes them from there.
    let mut day = Day::new(&shelf(), &[A, B]);
    day.change(&[(10, -202.0)], &[Person::at(A, 1.0, 0.5)]);
    let back = day.change(&[(3, 202.3)], &[Person::at(A, 0.3, 0.5)]);
    assert_eq!(moves(back.last().unwrap()), [(A, 5, -1)]);
    let standing = day.book.standing(PlateIx(3));
    assert!(
        standing
            .iter()
            .any(|s| s.product.0 == 5 && s.misplaced && s.units > 0.9)
    );
    let said = day.change(&[(3, -202.1)], &[Person::at(B, 0.3, 0.5)]);
    assert_eq!(moves(&said[0]), [(B, 5, 1)]);
    assert_eq!(day.settle(A), []);
    assert_eq!(day.settle(B), [(5, 1)]);
}

#[test]
fn two_kinds_that_weigh_as_much_as_a_third() {
    // Tea and crisps together weigh as much as the bread, but they stand elsewhere.
    let mut day = Day::new(&shelf(), &[A]);
    let said = day.change(&[(4, -210.0), (5, -150.0)], &[Person::at(A, 0.45, 0.5)]);
    assert_eq!(moves(&said[0]), [(A, 1, 1), (A, 2, 1)]);
    let said = day.change(&[(8, -200.0), (9, -160.0)], &[Person::at(A, 0.85, 0.5)]);
    assert_eq!(moves(&said[0]), [(A, 4, 1)]);
}

#[test]
fn two_kinds_at_once_on_the_same_plate() {
    let goods: &[(f64, &[u32], u32)] = &[(300.0, &[0, 1], 5), (80.0, &[1, 2], 5), (55.0, &[3], 5)];
    let mut day = Day::new(&layout(4, goods), &[A]);
    let said = day.change(&[(1, -380.4)], &[Person::at(A, 0.1, 0.5)]);
    assert_eq!(moves(&said[0]), [(A, 0, 1), (A, 1, 1)]);
}

#[test]
fn a_return_settles_who_took_it() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let both = [Person::at(A, 0.3, 0.5), Person::at(B, 0.42, 0.5)];
    let take = day.change(&[(3, -100.0), (4, -110.0)], &both);
    assert!(take[0].open, "{take:?}");
    let said = day.change(&[(4, 210.2)], &[Person::at(B, 0.4, 0.5)]);
    let revised = said.iter().find(|d| d.interaction == take[0].interaction);
    let now = revised.unwrap_or(&take[0]);
    assert_eq!(moves(now), [(B, 1, 1)]);
    assert_eq!((day.holds(A), day.holds(B)), (vec![], vec![]));
}

#[test]
fn what_proved_right_is_said_again_when_it_is_decided_for_good() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let near = [Person::at(A, 0.3, 0.5), Person::at(B, 1.1, 0.5)];
    let take = day.change(&[(3, -100.0), (4, -110.0)], &near).remove(0);
    assert!(!take.open && take.probability < 0.99, "{take:?}");
    let said = day.change(&[(4, 210.2)], &[Person::at(A, 0.4, 0.5)]);
    let again = said.iter().find(|d| d.interaction == take.interaction);
    let again = again.unwrap();
    assert_eq!((moves(again), again.revision), (moves(&take), 1));
    assert!(again.probability > 0.99, "{again:?}");
}

#[test]
fn a_sighting_tells_apart_what_weighs_the_same() {
    let goods: &[(f64, &[u32], u32)] = &[(100.0, &[0, 1], 5), (101.0, &[1, 2], 5)];
    let mut day = Day::new(&layout(4, goods), &[A]);
    let near = [Person::at(A, 0.1, 0.5)];
    let said = day.change(&[(1, -100.4)], &near);
    assert!(said[0].open);
    let said = day.change_seen(&[(1, -100.4)], &near, &[(A, &[(1, 0.8), (0, 0.15)])]);
    assert_eq!(moves(&said[0]), [(A, 1, 1)]);
    assert!(said[0].probability > 0.7);
}

#[test]
fn a_bag_put_down_by_an_empty_hand_is_nobodys_return() {
    let mut day = Day::new(&shelf(), &[A]);
    let said = day.change(&[(7, 841.0)], &[Person::at(A, 0.7, 0.5)]);
    assert_eq!(moves(&said[0]), []);
    let said = day.change(&[(7, -841.0)], &[Person::at(A, 0.7, 0.5)]);
    assert_eq!(moves(&said[0]), []);
}

#[test]
fn what_is_pushed_along_the_shelf_is_not_taken() {
    let mut day = Day::new(&shelf(), &[A]);
    let said = day.change(&[(3, -80.0), (4, 80.5)], &[Person::at(A, 0.35, 0.5)]);
    assert_eq!(moves(&said[0]), []);
}

#[test]
fn a_claimed_guest_hands_its_cart_over() {
    let mut day = Day::new(&shelf(), &[A]);
    let guest = 77;
    day.change(&[(7, -52.2)], &[Person::at(guest, 0.7, 0.5)]);
    let both = [Person::at(guest, 0.3, 0.5), Person::at(A, 0.42, 0.5)];
    let open = day.change(&[(3, -100.0), (4, -110.0)], &both);
    assert!(open[0].open);
    let said = day.book.join(PartyId(guest), PartyId(A), day.now);
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|d| d.revision == 1 && !d.open));
    assert_eq!(day.holds(A), [(1, 1), (3, 1)]);
    assert_eq!(day.settle(A), [(1, 1), (3, 1)]);
}

#[test]
fn what_stays_in_doubt_is_decided_in_the_shoppers_favour() {
    let mut day = Day::new(&shelf(), &[A, B]);
    let both = [Person::at(A, 0.30, 0.5), Person::at(B, 0.40, 0.5)];
    day.change(&[(3, -100.0), (4, -110.0)], &both);
    let settlements = [A, B].map(|p| day.book.settle(PartyId(p), day.now));
    for settlement in &settlements {
        assert!(settlement.lines.is_empty() && settlement.undecided.len() == 1);
    }
    let last = settlements.iter().flat_map(|s| &s.decisions).next_back();
    assert_eq!(last.map(|d| (moves(d), d.open)), Some((vec![], false)));
    assert_eq!(day.book.open_count(), 0);
}

#[test]
fn a_dear_doubt_goes_to_a_person_and_the_shopper_is_not_charged_for_it() {
    // Two at once, and again, by either of two who stand alike: to guess costs more than to ask.
    let mut day = Day::new(&shelf(), &[A, B]);
    day.book.settings.costs.review = 1.0;
    let both = [Person::at(A, 0.30, 0.5), Person::at(B, 0.40, 0.5)];
    for _ in 0..2 {
        day.change(&[(3, -200.0), (4, -220.0)], &both);
    }
    let settlement = day.book.settle(PartyId(A), day.now);
    assert!(settlement.lines.is_empty(), "{settlement:?}");
    let [review] = settlement.reviews.as_slice() else {
        panic!("{settlement:?}");
    };
    assert!(review.cost > 1.0);
    assert!(
        review
            .hypotheses
            .iter()
            .any(|h| h.charged && h.units.iter().all(|u| u.1 == 0))
    );
}
