//! The whole loop on synthetic walkers: cameras → matcher → tracks → births, with predictions three
//! rounds old.

mod floor;

use floor::{Floor, Looks, Outcome};

/// Twenty people for two minutes in 100 m² under four cameras.
fn crowd(looks: Looks) -> Outcome {
    let mut worst = Outcome::default();
    for seed in 0..4 {
        let outcome = Floor::new(seed, 20, looks).run(120.0);
        println!("seed {seed}: {outcome:.4?}");
        worst = worst.worst(&outcome);
    }
    worst
}

#[test]
fn people_who_look_different_keep_their_tracks() {
    let worst = crowd(Looks::Told);
    assert!(worst.switches <= 8, "{worst:?}");
    assert!(worst.lost_share < 0.005, "{worst:?}");
    assert!(worst.false_births <= 5, "{worst:?}");
    assert!(worst.error_m < 0.12, "{worst:?}");
}

#[test]
fn people_who_look_alike_mostly_keep_their_tracks() {
    let worst = crowd(Looks::Untold);
    assert!(worst.switches <= 25, "{worst:?}");
    assert!(worst.lost_share < 0.01, "{worst:?}");
    assert!(worst.false_births <= 6, "{worst:?}");
    assert!(worst.error_m < 0.12, "{worst:?}");
}

/// Ten minutes of nothing but clutter, as dense as five people in each view would cause.
#[test]
fn clutter_alone_gives_less_than_one_birth_in_ten_minutes() {
    let births: usize = (0..6)
        .map(|seed| Floor::new(seed, 0, Looks::Untold).run(600.0).births)
        .sum();
    assert!(births <= 3, "{births} in an hour");
}
