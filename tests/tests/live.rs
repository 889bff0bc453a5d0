//! What happened live is what its recording says.

use std::{fs, time::Duration};

use amble_tests::{Outcome, Receipts, Start, run, visits_in};

#[test]
fn live_and_replayed_are_the_same() -> Outcome {
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &["--record", "day.amble"])?;
    let shop = start.open(Duration::from_secs(180))?;
    // The doors close after 20 s; who is inside then still finishes and leaves.
    let options = ["--speed", "real", "--seconds", "20"];
    let people = start.simulate(Duration::from_secs(120), &options)?;
    people.finish()?.well()?;
    let visits = visits_in(&start.truth())?;
    assert!(visits > 0, "nobody came");
    let live = start.receipts(visits, Duration::from_secs(30))?;
    shop.close()?;

    let replay = ["replay", "day.amble"];
    let replayed = run(folder.path(), Duration::from_secs(60), &replay)?.well()?;
    let differences = live.differences(&Receipts::from_lines(replayed.text()?)?);
    if !differences.is_empty() {
        // For whoever looks for the reason.
        let kept = std::env::temp_dir().join("amble-live-differs.amble");
        fs::copy(folder.path().join("day.amble"), &kept)?;
        panic!(
            "live against replayed, recording in {}:\n{differences}",
            kept.display()
        );
    }
    Ok(())
}
