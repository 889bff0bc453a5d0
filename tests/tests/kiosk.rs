//! A kiosk runs on whatever small machine there is.

use std::time::{Duration, Instant};

use amble_tests::{Outcome, Start, visits_in};

/// How soon it serves, from the start of the process.
const UP: Duration = Duration::from_secs(1);
/// How much memory it may have after a day's work.
const MEMORY_MB: u64 = 64;

#[test]
fn a_kiosk_is_small_and_quick() -> Outcome {
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &["--event-time"])?;
    // The machine may be busy with something else for a moment: the quickest of some starts says
    // what the process takes.
    let mut up = Duration::MAX;
    for _ in 0..3 {
        let began = Instant::now();
        let shop = start.open(Duration::from_secs(30))?;
        up = up.min(began.elapsed());
        shop.close()?;
    }

    let shop = start.open(Duration::from_secs(200))?;
    let options = ["--speed", "max", "--seconds", "900", "--json"];
    let people = start.simulate(Duration::from_secs(120), &options)?;
    people.finish()?.well()?;
    let visits = visits_in(&start.truth())?;
    // Only a shop that has done its work shows what that costs: nearly all have their receipts now,
    // some may still be given up.
    start.receipts(visits * 3 / 4, Duration::from_secs(60))?;
    let memory = shop.memory_mb()?;
    shop.close()?;

    println!("ready after {up:?}, {memory} MB after {visits} visits");
    assert!(visits > 20, "{visits} visits are no day");
    assert!(up < UP, "ready after {up:?}");
    assert!(memory < MEMORY_MB, "{memory} MB");
    Ok(())
}
