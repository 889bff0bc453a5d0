//! What a sample costs, over a supermarket's 1,600 shelves of twelve plates, one frame after the other.

use amble_engine::{
    time::Time,
    weighing::{Config, Frame, ShelfChange, Weigher},
};
use divan::{Bencher, counter::ItemsCount};

const SHELVES: usize = 1_600;
const PLATES: usize = 12;

fn main() {
    divan::main();
}

/// A few frames of noise that repeat; about N(0, 0.67 g) as a sum of uniform numbers.
fn noise(instants: usize) -> Vec<f32> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    };
    let mut normal = || (0..12).map(|_| uniform()).sum::<f32>();
    (0..instants * PLATES)
        .map(|i| 1_000.0 * (i % PLATES) as f32 + 0.67 * normal())
        .collect()
}

/// One frame of every shelf; `hands` of a thousand shelves are being shaken.
fn round(bencher: Bencher<'_, '_>, hz: i64, instants: usize, hands: usize) {
    const LOOP: usize = 509;
    let grams = noise(instants * LOOP);
    let frames: Vec<&[f32]> = grams.chunks_exact(instants * PLATES).collect();
    let mut shelves = vec![Weigher::new(PLATES, Config::default()); SHELVES];
    let mut changes: Vec<ShelfChange> = Vec::new();
    let mut shaken = vec![0.0; instants * PLATES];
    let mut tick = 0_i64;
    let mut fold = |shelves: &mut [Weigher]| {
        let period_us = 1_000_000 / hz;
        let time = Time(tick * period_us * i64::try_from(instants).unwrap_or(1));
        tick += 1;
        let at = usize::try_from(tick).unwrap_or(0);
        for (i, shelf) in shelves.iter_mut().enumerate() {
            let mut grams = frames[(at + i) % LOOP];
            if i % 1_000 < hands {
                shaken.copy_from_slice(grams);
                shaken[3] += 30.0 * ((at * 7 + i) % 11) as f32;
                grams = &shaken;
            }
            shelf.fold(
                Frame {
                    time,
                    period_us,
                    grams,
                },
                &mut changes,
            );
        }
        changes.clear();
    };
    for _ in 0..100 {
        fold(&mut shelves);
    }
    bencher
        .counter(ItemsCount::new(SHELVES * PLATES * instants))
        .bench_local(|| fold(&mut shelves));
}

#[divan::bench]
fn calm_10_hz(bencher: Bencher<'_, '_>) {
    round(bencher, 10, 1, 0);
}

#[divan::bench]
fn calm_60_hz_in_batches(bencher: Bencher<'_, '_>) {
    round(bencher, 60, 12, 0);
}

#[divan::bench]
fn one_shelf_in_ten_moves_10_hz(bencher: Bencher<'_, '_>) {
    round(bencher, 10, 1, 100);
}
