//! The same recording gives the same receipts, on any number of threads.

use std::{fs, time::Duration};

use amble_tests::{Outcome, Receipts, run};

const WITHIN: Duration = Duration::from_secs(120);

#[test]
fn same_recording_same_receipts() -> Outcome {
    let folder = tempfile::tempdir()?;
    let record = [
        "record",
        "--store",
        "convenience",
        "--seconds",
        "60",
        "--seed",
        "3",
        "day.amble",
    ];
    run(folder.path(), WITHIN, &record)?.well()?;
    let replay = |workers| {
        run(
            folder.path(),
            WITHIN,
            &["replay", "--workers", workers, "day.amble"],
        )
    };

    let first = replay("1")?.well()?;
    let receipts = Receipts::from_lines(first.text()?)?;
    // Whether they are right is asked elsewhere.
    assert!(!receipts.0.is_empty(), "no receipts show nothing");
    for workers in ["2", "1", "2"] {
        let again = replay(workers)?.well()?;
        assert!(
            again.out == first.out,
            "{workers} workers:\n{}",
            receipts.differences(&Receipts::from_lines(again.text()?)?)
        );
    }
    Ok(())
}

#[test]
fn same_seed_same_day() -> Outcome {
    let folder = tempfile::tempdir()?;
    for name in ["one.amble", "two.amble"] {
        let record = [
            "record",
            "--store",
            "kiosk",
            "--seconds",
            "30",
            "--seed",
            "7",
            name,
        ];
        run(folder.path(), WITHIN, &record)?.well()?;
    }
    let read = |name| fs::read(folder.path().join(name));
    assert!(read("one.amble")? == read("two.amble")?);
    assert!(read("one.truth.jsonl")? == read("two.truth.jsonl")?);
    Ok(())
}
