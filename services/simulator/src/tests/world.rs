use std::collections::BTreeMap;

use super::{busy, plan, rounds};
use crate::{
    ActionKind, Day, Mishaps,
    geometry::V2,
    record,
    shop::Shop,
    world::{Plays, World},
};

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let recording = |seed| {
        let mut bytes = Vec::new();
        let day = Day::new(&plan(), busy(40), seed).unwrap();
        let truth = record(day, Vec::new(), &mut bytes).unwrap();
        truth.write_lines(&mut bytes).unwrap();
        bytes
    };
    assert!(recording(7) == recording(7));
    assert!(recording(7) != recording(8));
}

#[test]
fn goods_are_conserved_at_every_tick() {
    let shop = Shop::new(&plan()).unwrap();
    let mut config = busy(400);
    config.mishaps.left_on_floor = 0.05;
    config.mishaps.handed_over = 0.1;
    let mut world = World::new(shop, config, 3, &Plays::Chance);
    let before: usize = world.goods().iter().sum();
    while !world.over() {
        world.step();
        assert_eq!(world.goods().iter().sum::<usize>(), before);
    }
    let [_, in_hands, bought, littered] = world.goods();
    assert_eq!(in_hands, 0);
    assert!(bought > 50 && littered > 0);
}

#[test]
fn what_a_visit_leaves_with_is_what_its_actions_say() {
    let mut config = busy(400);
    config.mishaps.handed_over = 0.1;
    let mut day = Day::new(&plan(), config, 5).unwrap();
    rounds(&mut day);
    let truth = day.take_truth();
    let mut net: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for action in &truth.actions {
        let quantity = i64::from(action.quantity);
        let own = net.entry((&action.visit, &action.product)).or_default();
        *own += match action.kind {
            ActionKind::Take => quantity,
            ActionKind::Hold => 0,
            _ => -quantity,
        };
        if let Some(to) = &action.to_visit {
            *net.entry((to, &action.product)).or_default() += quantity;
        }
    }
    net.retain(|_, quantity| *quantity != 0);
    let mut bought = BTreeMap::new();
    for visit in &truth.visits {
        for item in &visit.items {
            bought.insert(
                (&*visit.visit, item.product.as_str()),
                i64::from(item.quantity),
            );
        }
    }
    assert!(truth.actions.iter().any(|a| a.kind == ActionKind::Handover));
    assert_eq!(net, bought);
}

#[test]
fn nobody_walks_through_gondolas_and_bodies_keep_apart() {
    let shop = Shop::new(&plan()).unwrap();
    let mut config = busy(300);
    config.people = 10;
    let mut world = World::new(shop, config, 1, &Plays::Chance);
    let (mut pairs, mut close) = (0, 0);
    while !world.over() {
        world.step();
        let inside: Vec<V2> = world
            .people
            .iter()
            .filter(|p| p.visible && world.shop.floor.contains(p.position))
            .map(|p| p.position)
            .collect();
        for (nth, &here) in inside.iter().enumerate() {
            for gondola in &world.shop.gondolas {
                assert!(gondola.distance(here) > 0.19, "{here:?}");
            }
            for there in &inside[nth + 1..] {
                pairs += 1;
                close += usize::from(here.distance(*there) < 0.35);
            }
        }
    }
    // Only who was stuck for seconds squeezes past.
    assert!(pairs > 10_000 && close * 100 < pairs, "{close} of {pairs}");
}

#[test]
fn mishaps_come_at_their_rates() {
    let mut config = busy(6_000);
    config.truth_paths = false;
    let mut plan = plan();
    for place in &mut plan.planogram {
        place.units = 400;
    }
    let rates = Mishaps::default();
    let shop = Shop::new(&plan).unwrap();
    let mut world = World::new(shop, config, 2, &Plays::Chance);
    while !world.over() {
        world.step();
    }
    let actions = &world.truth.actions;
    let share = |kinds: &[ActionKind]| {
        let n = actions.iter().filter(|a| kinds.contains(&a.kind)).count();
        n as f64 / actions.len() as f64
    };
    assert!(actions.len() > 1_500, "{}", actions.len());
    let back = share(&[ActionKind::Return, ActionKind::WrongReturn]);
    assert!((back / rates.put_back - 1.0).abs() < 0.3, "{back}");
    let wrong = share(&[ActionKind::WrongReturn]) / back;
    assert!((wrong / rates.wrong_place - 1.0).abs() < 0.4, "{wrong}");
    let both = actions
        .iter()
        .filter(|a| a.mishap == crate::Mishap::Simultaneous);
    let both = both.count() as f64 / actions.len() as f64;
    assert!((both / rates.simultaneous - 1.0).abs() < 0.5, "{both}");
}

#[test]
fn nobody_is_stuck_for_good_in_a_crowd() {
    let shop = Shop::new(&plan()).unwrap();
    let mut config = busy(600);
    config.people = 40;
    let mut world = World::new(shop, config, 7, &Plays::Chance);
    let mut longest = 0;
    while !world.over() {
        world.step();
        longest = world.people.iter().map(|p| p.stuck).fold(longest, u32::max);
        assert!(longest < 600, "for a minute, after {} s", world.tick / 10);
        assert!(world.tick < 12_000, "{} never left", world.people.len());
    }
    assert!(longest > 40, "who is stuck never squeezed past");
}
