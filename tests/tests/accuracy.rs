//! How right the receipts are: a script in the measured shop, and chance in a made-up one. Both are
//! replays, so the figures are the same on every machine.

use std::{fs, path::Path, time::Duration};

use amble_tests::{Outcome, run};
use serde_json::Value;

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

/// What `evaluate` prints of what it is told to play.
fn evaluated(folder: &Path, what: &[&str]) -> Outcome<Value> {
    let evaluate = [&["evaluate", "--json"], what].concat();
    let finished = run(folder, Duration::from_secs(300), &evaluate)?.well()?;
    Ok(serde_json::from_slice(&finished.out)?)
}

/// The mean F1 over the seeds of what `evaluate` is told to play.
fn mean_f1(folder: &Path, what: &[&str], seeds: &str) -> Outcome<f64> {
    let report = evaluated(folder, &[&["--seeds", seeds], what].concat())?;
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

#[test]
fn what_no_plate_weighs_is_given_away() -> Outcome {
    let folder = tempfile::tempdir()?;
    let kiosk = ["--store", "kiosk", "--seconds", "120"];
    let all = evaluated(folder.path(), &kiosk)?;
    let less = [&kiosk[..], &["--without-plates", "225"]].concat();
    let less = evaluated(folder.path(), &less)?;
    assert!(all["hardware"].is_null());
    assert_eq!(less["hardware"]["plates"], 75);
    assert!(less["hardware"]["unweighed"].as_u64() > Some(0));
    let given = |report: &Value| report["sales"]["given_away_share"].as_f64().unwrap_or(-1.0);
    assert!(given(&all) >= 0.0);
    assert!(given(&less) > given(&all) + 0.1, "{less}");
    Ok(())
}

#[test]
fn crossed_hands_are_told_apart_by_hands() -> Outcome {
    let folder = tempfile::tempdir()?;
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("accuracy");
    let scenes = scenes.to_string_lossy();
    let what = [
        "--catalogue",
        &scenes,
        "--only",
        "hands-crossed",
        "--ablate",
    ];
    let report = evaluated(folder.path(), &what)?;
    let f1 = |name: &str| {
        let mut rows = report["rows"].as_array().into_iter().flatten();
        let row = rows.find(|row| row["name"] == name);
        row.and_then(|row| row["report"]["score"]["f1"].as_f64())
    };
    assert!(f1("everything") > f1("no hands"), "{report}");
    assert!(f1("no hands").is_some());
    Ok(())
}
