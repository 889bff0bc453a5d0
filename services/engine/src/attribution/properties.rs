//! The rules, over random days.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::{
    Book, Costs, Decision, Favoured, HYPOTHESES, InteractionId, Settings,
    shop::{Day, Person, layout, moves},
};
use crate::{
    evidence::{Interaction, PartyId},
    layout::{Layout, ProductIx, ShelfIx},
    time::Time,
};

const PLATES: u32 = 9;
const PARTIES: u64 = 3;
const GOODS: &[(f64, &[u32], u32)] = &[
    (100.0, &[0, 1], 9),
    (103.0, &[1, 2], 9),
    (60.0, &[3, 4], 9),
    (250.0, &[5, 6], 9),
    (160.0, &[7, 8], 9),
];

fn shelf() -> Arc<Layout> {
    layout(PLATES, GOODS)
}

/// Steps that look like goods, and steps that don't, on one to three plates.
fn steps() -> impl Strategy<Value = Vec<(u32, f64)>> {
    let gram = prop_oneof![
        3 => (0..GOODS.len(), 1..3_i32, any::<bool>(), -2.0..2.0).prop_map(|(p, n, up, e)| {
            GOODS[p].0 * f64::from(if up { n } else { -n }) + e
        }),
        1 => -400.0..400.0,
    ];
    proptest::collection::btree_map(0..PLATES, gram, 1..4).prop_map(|m| m.into_iter().collect())
}

fn people() -> impl Strategy<Value = Vec<Person>> {
    let person = (0.0..0.9, 0.3..1.0, proptest::option::of(0.0..8.0));
    proptest::collection::btree_map(1..=PARTIES, person, 0..4).prop_map(|people| {
        let person = |(party, (x, distance, hand))| Person {
            party,
            at: (x, distance),
            hand,
        };
        people.into_iter().map(person).collect()
    })
}

type Happening = (Vec<(u32, f64)>, Vec<Person>);

fn day() -> impl Strategy<Value = Vec<Happening>> {
    proptest::collection::vec((steps(), people()), 1..8)
}

fn interactions(happenings: &[Happening]) -> Vec<Interaction> {
    let mut day = Day::new(&shelf(), &[]);
    let mut interaction = |(steps, people): &Happening| {
        day.now = day.now.plus_us(10_000_000);
        day.interaction(steps, people, &[])
    };
    happenings.iter().map(&mut interaction).collect()
}

fn fold(interactions: &[Interaction]) -> (Book, Vec<Decision>) {
    fold_with(Costs::default(), interactions)
}

fn fold_with(costs: Costs, interactions: &[Interaction]) -> (Book, Vec<Decision>) {
    let settings = Settings {
        costs,
        ..Settings::default()
    };
    let mut book = Book::new(shelf(), settings);
    (1..=PARTIES).for_each(|p| book.open(PartyId(p), Time(0)));
    let mut said = Vec::new();
    for (at, interaction) in (0..).zip(interactions) {
        said.extend(book.record(InteractionId(at), interaction));
    }
    (book, said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn goods_are_conserved(happenings in day()) {
        let (book, said) = fold(&interactions(&happenings));
        let latest: BTreeMap<_, _> = said.iter().map(|d| (d.interaction, d)).collect();
        for (at, good) in (0..).zip(GOODS) {
            let product = ProductIx(at);
            let decided = latest.values().flat_map(|d| &d.moves);
            let decided: i32 = decided.filter(|m| m.product == product).map(|m| m.quantity).sum();
            let held = (1..=PARTIES).flat_map(|p| book.holding(PartyId(p)));
            let held: i32 = held.filter(|h| h.product == product).map(|h| h.units).sum();
            prop_assert_eq!(decided, held, "carts and hands differ");
            let stand = book.likely_stacks(ShelfIx(0)).into_iter();
            let stand: i32 = stand.filter(|s| s.key.product == product).map(|s| s.units).sum();
            let all = held + stand + book.unaccounted(product);
            prop_assert_eq!(all, i32::try_from(good.2).unwrap());
        }
    }

    #[test]
    fn settled_lines_are_what_the_decisions_come_to(happenings in day()) {
        let (mut book, said) = fold(&interactions(&happenings));
        let mut latest: BTreeMap<_, _> = said.into_iter().map(|d| (d.interaction, d)).collect();
        let mut lines = BTreeMap::new();
        for party in (1..=PARTIES).map(PartyId) {
            let settlement = book.settle(party, Time(0));
            latest.extend(settlement.decisions.into_iter().map(|d| (d.interaction, d)));
            for line in settlement.lines {
                prop_assert!(line.quantity > 0 && (0.0..=1.0).contains(&line.probability));
                lines.insert((party, line.product), i32::try_from(line.quantity).unwrap());
            }
        }
        let mut carts: BTreeMap<_, i32> = BTreeMap::new();
        for m in latest.values().flat_map(|d| &d.moves) {
            *carts.entry((m.party, m.product)).or_insert(0) += m.quantity;
        }
        carts.retain(|_, units| *units != 0);
        prop_assert_eq!(lines, carts);
        prop_assert!(latest.values().all(|d| !d.open));
        prop_assert_eq!(book.open_count(), 0);
    }

    #[test]
    fn a_review_is_there_where_it_is_cheapest_and_agrees_with_the_lines(
        happenings in day(),
        review in 0.0..1.5_f64,
        favours in prop_oneof![Just(Favoured::Shopper), Just(Favoured::Shop)],
    ) {
        let costs = Costs { review, favours, ..Costs::default() };
        let (mut book, _) = fold_with(costs, &interactions(&happenings));
        for party in (1..=PARTIES).map(PartyId) {
            let settlement = book.settle(party, Time(0));
            let line = |product| settlement.lines.iter().find(|l| l.product == product);
            let units = |product| line(product).map_or(0, |l| l.quantity);
            for asked in &settlement.reviews {
                prop_assert!(asked.cost > review, "{asked:?}");
                prop_assert!(!asked.interactions.is_empty() && asked.interactions.is_sorted());
                let shown = &asked.hypotheses;
                prop_assert!((2..=HYPOTHESES).contains(&shown.len()), "{asked:?}");
                let all: f64 = shown.iter().map(|h| h.probability).sum();
                prop_assert!(all < 1.0 + 1e-9, "{asked:?}");
                let charged: Vec<_> = shown.iter().filter(|h| h.charged).collect();
                prop_assert_eq!(charged.len(), 1);
                for &(product, quantity) in &charged[0].units {
                    prop_assert_eq!(quantity, units(product));
                }
            }
        }
    }

    #[test]
    fn without_a_price_that_pays_nobody_is_asked(happenings in day()) {
        let costs = Costs { review: f64::INFINITY, ..Costs::default() };
        let (mut book, _) = fold_with(costs, &interactions(&happenings));
        for party in (1..=PARTIES).map(PartyId) {
            prop_assert!(book.settle(party, Time(0)).reviews.is_empty());
        }
    }

    #[test]
    fn nobody_holds_less_than_nothing(happenings in day()) {
        let (book, _) = fold(&interactions(&happenings));
        for party in 1..=PARTIES {
            for holding in book.holding(PartyId(party)) {
                prop_assert!(holding.units > 0, "{holding:?}");
                prop_assert!((0.0..=1.0).contains(&holding.probability));
            }
        }
    }

    #[test]
    fn an_empty_handed_party_never_returns(up in steps(), near in people()) {
        let up: Vec<_> = up.into_iter().map(|(p, g)| (p, g.abs())).collect();
        let (_, said) = fold(&interactions(&[(up, near)]));
        prop_assert!(said.iter().flat_map(|d| &d.moves).all(|m| m.quantity > 0), "{said:?}");
    }

    #[test]
    fn the_order_of_the_suspects_plays_no_part(happenings in day()) {
        let interactions = interactions(&happenings);
        let mut turned = interactions.clone();
        turned.iter_mut().for_each(|i| i.evidence.reverse());
        prop_assert_eq!(fold(&interactions).1, fold(&turned).1);
    }

    #[test]
    fn probabilities_are_those_of_exclusive_explanations(happenings in day()) {
        let (_, said) = fold(&interactions(&happenings));
        for d in &said {
            let all = d.probability + d.alternatives.iter().map(|a| a.probability).sum::<f64>();
            prop_assert!(d.probability > 0.0 && all < 1.0 + 1e-9, "{d:?}");
            prop_assert!(d.moves.iter().all(|m| m.probability >= d.probability - 1e-9));
        }
    }

    #[test]
    fn a_revision_says_something_new(happenings in day()) {
        let (_, said) = fold(&interactions(&happenings));
        let mut last: BTreeMap<InteractionId, Decision> = BTreeMap::new();
        for d in &said {
            let Some(before) = last.insert(d.interaction, d.clone()) else {
                prop_assert_eq!(d.revision, 0);
                continue;
            };
            prop_assert_eq!(before.revision + 1, d.revision);
            let said = |d: &Decision| (d.moves.clone(), d.open, d.probability);
            prop_assert!(said(&before) != said(d));
        }
    }

    #[test]
    fn the_only_person_near_takes_what_fits(
        product in 0..GOODS.len(),
        share in 0.1..0.9_f64,
        error in -1.0..1.0_f64,
        distance in 0.3..0.7_f64,
    ) {
        let (grams, plates, _) = GOODS[product];
        // The first two overlap and weigh nearly the same: who is plain, what is not.
        let steps = [(plates[0], -grams * share), (plates[1], error - grams * (1.0 - share))];
        let x = f64::from(plates[0]) * super::shop::PLATE_M;
        let mut day = Day::new(&shelf(), &[1, 2]);
        let said = day.change(&steps, &[Person::at(1, x, distance)]);
        let taken = |party| said[0].moves.iter().filter(move |m| m.party.0 == party);
        prop_assert_eq!(taken(1).map(|m| m.quantity).sum::<i32>(), 1);
        if product > 1 {
            prop_assert_eq!(moves(&said[0]), vec![(1, u32::try_from(product).unwrap(), 1)]);
            prop_assert!(said[0].probability > 0.99, "{:?}", said[0]);
        }
    }
}
