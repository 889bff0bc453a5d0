//! How right the receipts are: a script in the measured shop, and chance in a made-up one. Both are
//! replays, so the figures are the same on every machine.

use std::{fs, path::Path, time::Duration};

use amble_tests::{Outcome, run};

/// What two people do: goods of several plates, goods that share plates, two that go back.
const SCRIPT: &str = "\
t_s,shopper,action,gtin,gondola,shelf,plates
2,shopper-1,take,012000181139,4,1,1 2 3
10,shopper-2,take,042238380868,5,3,7 8 9
16,shopper-1,take,028400090858,4,3,7 8
22,shopper-2,take,041364002323,1,2,10 11 12
28,shopper-1,return,028400090858,4,3,7 8
34,shopper-2,take,891760002560,2,3,7 8 9
40,shopper-1,take,012000181139,4,1,1 2 3
46,shopper-2,take,041420027161,5,2,5 6 7
52,shopper-2,return,042238380868,5,3,7 8 9
58,shopper-1,take,634418523488,5,4,4 5 6
";

/// The mean F1 over the seeds of what `evaluate` is told to play.
fn mean_f1(folder: &Path, what: &[&str], seeds: &str) -> Outcome<f64> {
    let evaluate = [&["evaluate", "--json", "--seeds", seeds], what].concat();
    let finished = run(folder, Duration::from_secs(300), &evaluate)?.well()?;
    let report: serde_json::Value = serde_json::from_slice(&finished.out)?;
    let f1 = report["mean_f1"].as_f64().unwrap_or(0.0);
    println!(
        "F1 {f1} over {} visits, worst {}",
        report["visits"], report["worst"]
    );
    Ok(f1)
}

#[test]
fn the_measured_shop_is_right() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("visit.csv"), SCRIPT)?;
    let what = ["--store", "nanostore", "--script", "visit.csv"];
    let f1 = mean_f1(folder.path(), &what, "5")?;
    assert!(f1 >= 0.97, "{f1}");
    Ok(())
}

#[test]
fn ninety_eight_of_a_hundred_pieces_are_right_amid_mishaps() -> Outcome {
    let folder = tempfile::tempdir()?;
    let what = ["--store", "convenience", "--seconds", "600"];
    let f1 = mean_f1(folder.path(), &what, "3")?;
    assert!(f1 >= 0.98, "{f1}");
    Ok(())
}
