//! Properties over many shelves.

use proptest::prelude::*;

use super::{
    super::{Config, Frame, PlateStep, Weigher},
    shelf::{Hand, Shelf, take},
};

const SECONDS: f64 = 60.0;

/// Hands on three plates, one after the other on each, at either rate.
fn shelves() -> impl Strategy<Value = Shelf> {
    let visit = (
        0.1..3.0_f64,
        0.2..1.5_f64,
        -400.0..400.0_f64,
        20.0..300.0_f64,
    );
    let plate = (0.4..1.4_f64, prop::collection::vec(visit, 0..8));
    (prop::collection::vec(plate, 3), any::<bool>(), any::<u64>()).prop_map(
        |(plates, fast, seed)| {
            let noise: Vec<f64> = plates.iter().map(|plate| plate.0).collect();
            let (hz, batch) = if fast { (60, 12) } else { (10, 1) };
            let mut shelf = Shelf::at(hz, batch, &noise, seed);
            for (plate, (_, visits)) in plates.into_iter().enumerate() {
                let mut now = 15.0;
                for (pause, lasts, delta, force) in visits {
                    let from = now + pause;
                    now = from + lasts;
                    shelf.hands.push(Hand {
                        plate,
                        from,
                        to: now,
                        delta,
                        force,
                    });
                }
            }
            shelf
        },
    )
}

fn steps(shelf: &Shelf, seconds: f64) -> Vec<PlateStep> {
    let (changes, _) = shelf.weigh(seconds);
    changes
        .into_iter()
        .flat_map(|change| change.plates)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nothing_is_lost_and_nothing_is_told_twice(shelf in shelves()) {
        let steps = steps(&shelf, SECONDS);
        for (plate, noise) in (0..).zip(&shelf.noise) {
            let of_plate = steps.iter().filter(|step| step.plate == plate);
            let told: f64 = of_plate.map(|step| step.delta_g).sum();
            let hands = shelf.hands.iter().filter(|hand| hand.plate == plate as usize);
            let truth: f64 = hands.map(|hand| hand.delta).sum();
            // What is too small to tell may be missing, and the noise of the two ends.
            prop_assert!((told - truth).abs() < 2.5 + 4.0 * noise, "{plate}: {told} {truth} {steps:?}");
        }
    }

    #[test]
    fn what_is_taken_up_again_closes_the_same(shelf in shelves(), stops in any::<u64>()) {
        let mut whole = Weigher::new(shelf.noise.len(), Config::default());
        let mut parted = whole.clone();
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        for (i, (time, period_us, grams)) in shelf.frames(SECONDS).enumerate() {
            let frame = Frame { time, period_us, grams: &grams };
            whole.fold(frame, &mut expected);
            parted.fold(frame, &mut found);
            prop_assert_eq!(&expected, &found);
            if stops >> (i % 61) & 1 == 1 {
                let stored = postcard::to_stdvec(&parted).unwrap();
                prop_assert!(stored.len() < 150 * shelf.noise.len(), "{}", stored.len());
                parted = postcard::from_bytes(&stored).unwrap();
            }
        }
        prop_assert_eq!(whole, parted);
    }

    #[test]
    fn changes_come_in_order_and_settled_ones_are_no_longer_open(shelf in shelves()) {
        let mut weigher = Weigher::new(shelf.noise.len(), Config::default());
        let mut changes = Vec::new();
        for (time, period_us, grams) in shelf.frames(SECONDS) {
            let open = weigher.open_since();
            let known = changes.len();
            weigher.fold(Frame { time, period_us, grams: &grams }, &mut changes);
            for change in &changes[known..] {
                prop_assert!(change.start < change.end && change.end < change.closed);
                prop_assert!(change.closed <= weigher.folded_until() && change.closed >= time);
                prop_assert!(open.is_none_or(|open| open <= change.start) || change.start >= time);
                prop_assert!(change.plates.is_sorted_by(|a, b| a.plate < b.plate));
                let ends = change.plates.iter().map(|step| step.end).max();
                prop_assert_eq!(ends, Some(change.end));
            }
        }
    }

    #[test]
    fn whatever_comes_is_no_panic(
        grams in prop::collection::vec(prop_oneof![any::<f32>(), -9.0..9.0_f32, Just(1e9)], 0..60),
        times in prop::collection::vec((any::<i64>(), any::<i64>()), 1..8),
    ) {
        let mut weigher = Weigher::new(3, Config::default());
        let mut changes = Vec::new();
        for (time, period_us) in times {
            let time = crate::time::Time(time);
            for grams in [grams.as_slice(), &[]] {
                weigher.fold(Frame { time, period_us, grams }, &mut changes);
            }
        }
    }
}

#[test]
fn the_stated_sigma_is_the_real_one() {
    for (hz, batch) in [(10, 1), (60, 12)] {
        let (mut squares, mut split) = (Vec::new(), 0);
        for seed in 0..120 {
            let noise = 0.5 + 0.007 * seed as f64;
            // Late enough for the noise to be learned; in all pauses.
            let hands: Vec<Hand> = (0..10)
                .map(|k| take(0, 90.0 + 4.0 * f64::from(k * k % 7 + 7 * k), 0.7, 50.0))
                .collect();
            let shelf = Shelf::at(hz, batch, &[noise], seed).with(&hands);
            let steps = steps(&shelf, 400.0);
            if steps.len() != hands.len() {
                split += 1;
                continue;
            }
            squares.extend(
                steps
                    .iter()
                    .map(|step| ((step.delta_g + 50.0) / step.sigma_g).powi(2)),
            );
        }
        let variance = squares.iter().sum::<f64>() / squares.len() as f64;
        println!("{hz} Hz: variance of the normalised error {variance:.2}, {split} split");
        assert!(
            split <= 2,
            "{hz} Hz: a hand kept still in {split} of 1200 takes"
        );
        assert!((0.7..1.3).contains(&variance), "{hz} Hz: {variance}");
    }
}
