//! What happens at shelves, one story a test.

use super::{
    super::{Config, Frame, Health, ShelfChange, Weigher},
    shelf::{Hand, Shelf, seconds, take},
};
use crate::{layout::PlateIx, time::Time};

/// Plate and rounded grams of each step, change by change.
fn told(changes: &[ShelfChange]) -> Vec<Vec<(u32, i32)>> {
    let steps = |change: &ShelfChange| {
        let step = change.plates.iter();
        step.map(|step| (step.plate, (step.delta_g / 10.0).round() as i32 * 10))
            .collect()
    };
    changes.iter().map(steps).collect()
}

/// 10 Hz one by one, and 60 Hz in batches of twelve.
const RATES: [(u32, u32); 2] = [(10, 1), (60, 12)];

fn every_rate(seed: u64, plates: usize) -> impl Iterator<Item = Shelf> {
    RATES
        .map(|(hz, batch)| Shelf::at(hz, batch, &vec![0.67; plates], seed))
        .into_iter()
}

#[test]
fn noise_outliers_and_drift_make_no_changes_in_an_hour() {
    for (hz, batch, hours) in [(10, 1, 1.0), (60, 12, 0.4)] {
        let noise: Vec<f64> = (0..12).map(|i| 0.4 + 0.08 * f64::from(i)).collect();
        let mut shelf = Shelf::at(hz, batch, &noise, 7);
        shelf.drift = 4.0 / 60.0;
        shelf.outliers = 1e-4;
        let (changes, weigher) = shelf.weigh(hours * 3_600.0);
        assert_eq!(changes, [], "{hz} Hz");
        for (plate, noise) in weigher.plates().zip(noise) {
            assert!(
                (plate.noise_g / noise - 1.0).abs() < 0.3,
                "{plate:?} {noise}"
            );
        }
    }
}

#[test]
fn a_take_closes_soon_after_the_hand_left() {
    for (hz, goal) in [(10, 0.4), (60, 0.3)] {
        let mut waits: Vec<f64> = (0..200_u32)
            .map(|i| {
                let from = 20.0 + f64::from(i) * 0.013;
                let hand = take(1, from, 0.2 + f64::from(i) * 0.006, 80.0);
                let batch = if hz == 60 { 12 } else { 1 };
                let shelf = Shelf::at(hz, batch, &[0.67; 3], u64::from(i)).with(&[hand]);
                let (changes, _) = shelf.weigh(26.0);
                assert_eq!(told(&changes), [[(1, -80)]], "{hz} Hz, {i}");
                let change = &changes[0];
                assert!(
                    (seconds(change.start) - hand.from).abs() < 0.35,
                    "{change:?} {hand:?}"
                );
                assert!(
                    (seconds(change.end) - hand.to).abs() < 0.7,
                    "{change:?} {hand:?}"
                );
                seconds(change.closed) - hand.to
            })
            .collect();
        waits.sort_by(f64::total_cmp);
        println!(
            "{hz} Hz: median {:.3} s, p90 {:.3} s",
            waits[100], waits[180]
        );
        assert!(waits[180] <= goal, "{hz} Hz: {waits:?}");
    }
}

#[test]
fn the_lightest_products_are_seen() {
    for seed in 0..50 {
        for mut shelf in every_rate(seed, 2) {
            shelf.noise[1] = 1.3;
            let mut hands = [take(0, 40.0, 0.6, 4.0), take(1, 50.0, 0.6, 5.0)];
            hands.iter_mut().for_each(|hand| hand.force = 25.0);
            let (changes, _) = shelf.with(&hands).weigh(60.0);
            assert_eq!(changes.len(), 2, "{seed}: {changes:?}");
            for (change, hand) in changes.iter().zip(hands) {
                let step = change.plates[0];
                assert!(
                    (step.delta_g - hand.delta).abs() < 5.0 * step.sigma_g,
                    "{step:?}"
                );
            }
        }
    }
}

#[test]
fn a_slow_lift_is_one_change() {
    for grams in [40.0, 300.0, 900.0] {
        for shelf in every_rate(11, 1) {
            let hand = Hand {
                force: 0.0,
                ..take(0, 20.0, 2.7, grams)
            };
            let (changes, _) = shelf.with(&[hand]).weigh(30.0);
            assert_eq!(told(&changes), [[(0, -(grams as i32))]]);
        }
    }
}

#[test]
fn what_is_held_for_a_minute_and_left_again_changes_nothing() {
    for mut shelf in every_rate(5, 3) {
        shelf.drift = 2.0 / 60.0;
        let hand = Hand {
            delta: 0.0,
            force: 60.0,
            ..take(1, 20.0, 60.0, 0.0)
        };
        let (changes, weigher) = shelf.with(&[hand]).weigh(90.0);
        assert_eq!(changes, []);
        assert_eq!(weigher.open_since(), None);
    }
}

#[test]
fn an_offset_counts_only_when_it_persists() {
    for (lasts, expected) in [(0.4, vec![]), (30.0, vec![vec![(0, 100)]])] {
        for shelf in every_rate(9, 1) {
            let jump = |from, delta| Hand {
                plate: 0,
                from,
                to: from + 1e-3,
                delta,
                force: 0.0,
            };
            let (changes, _) = shelf
                .with(&[jump(20.0, 100.0), jump(20.0 + lasts, -100.0)])
                .weigh(25.0);
            assert_eq!(told(&changes), expected, "{lasts} s");
        }
    }
}

#[test]
fn plates_that_move_together_change_together() {
    for shelf in every_rate(2, 4) {
        let shaken = Hand {
            delta: 0.0,
            force: 20.0,
            ..take(0, 20.0, 0.7, 0.0)
        };
        let hands = [take(1, 20.0, 0.8, 250.0), take(2, 20.3, 0.8, 90.0), shaken];
        let (changes, _) = shelf.with(&hands).weigh(25.0);
        assert_eq!(told(&changes), [[(1, -250), (2, -90)]]);
        let first = changes[0].plates[0];
        assert!(first.end < changes[0].end, "each plate keeps its own end");
    }
}

#[test]
fn who_leans_on_a_plate_does_not_hold_back_the_others() {
    for shelf in every_rate(4, 6) {
        let leans = Hand {
            delta: 0.0,
            force: 80.0,
            ..take(0, 15.0, 40.0, 0.0)
        };
        let hands = [
            leans,
            take(4, 20.0, 0.6, 120.0),
            take(4, 21.6, 0.6, 120.0),
            take(5, 30.0, 0.6, 60.0),
        ];
        let (changes, _) = shelf.with(&hands).weigh(70.0);
        assert_eq!(told(&changes), [[(4, -120)], [(4, -120)], [(5, -60)]]);
        for change in &changes {
            assert!(change.closed.since(change.end) < 2.3, "{change:?}");
        }
    }
}

#[test]
fn two_quick_takes_are_two_changes_when_a_plateau_is_between() {
    for shelf in every_rate(6, 1) {
        for (pause, expected) in [
            (0.6, vec![vec![(0, -100)], vec![(0, -150)]]),
            (0.1, vec![vec![(0, -250)]]),
        ] {
            let hands = [take(0, 20.0, 0.5, 100.0), take(0, 20.5 + pause, 0.5, 150.0)];
            let (changes, _) = shelf.clone().with(&hands).weigh(25.0);
            assert_eq!(told(&changes), expected, "{pause} s");
        }
    }
}

#[test]
fn stuck_and_noisy_plates_are_recognised_and_silent() {
    for mut shelf in every_rate(8, 3) {
        shelf.noise = vec![0.0, 15.0, 0.67];
        let (changes, weigher) = shelf.weigh(300.0);
        assert_eq!(changes, []);
        let health: Vec<Health> = weigher.plates().map(|plate| plate.health).collect();
        assert_eq!(health, [Health::Stuck, Health::Noisy, Health::Ok]);
    }
}

#[test]
fn a_plate_that_becomes_noisy_falls_silent() {
    for shelf in every_rate(8, 2) {
        let tremor = Hand {
            delta: 0.0,
            force: 15.0,
            ..take(1, 30.0, 600.0, 0.0)
        };
        let (changes, weigher) = shelf.with(&[tremor]).weigh(400.0);
        assert!(changes.len() <= 3, "{}", changes.len());
        let last = weigher.plates().last().unwrap();
        assert_eq!(last.health, Health::Noisy, "{last:?}");
    }
}

#[test]
fn a_sender_on_change_is_understood() {
    let mut weigher = Weigher::new(2, Config::default());
    let mut changes = Vec::new();
    let mut send = |seconds: f64, grams: &[f32]| {
        let time = Time::from_secs_f64(seconds);
        weigher.fold(
            Frame {
                time,
                period_us: 0,
                grams,
            },
            &mut changes,
        );
        weigher.open_since()
    };
    send(0.0, &[500.0, 900.0]);
    assert_eq!(send(10.0, &[]), None);
    send(20.0, &[640.0, 900.0]);
    assert!(send(20.1, &[380.0, 900.0]).is_some());
    assert!(send(20.3, &[]).is_some());
    assert_eq!(send(20.4, &[]), None);
    assert_eq!(send(60.0, &[]), None);
    assert_eq!(told(&changes), [[(0, -120)]]);
    assert_eq!(changes[0].closed, Time::from_secs_f64(20.4));
}

#[test]
fn a_change_is_told_in_the_layouts_indices() {
    let shelf = Shelf::at(10, 1, &[0.67; 3], 1).with(&[take(2, 20.0, 0.5, 100.0)]);
    let (mut changes, _) = shelf.weigh(25.0);
    let change = changes.remove(0).into_change(PlateIx(40));
    assert_eq!(change.plates[0].plate, PlateIx(42));
}
