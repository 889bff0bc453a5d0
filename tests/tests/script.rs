//! The measured shop, with a script of takes and returns.

use std::{fs, time::Duration};

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

#[test]
fn the_measured_shop_is_right() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("visit.csv"), SCRIPT)?;
    let evaluate = [
        "evaluate",
        "--store",
        "nanostore",
        "--script",
        "visit.csv",
        "--seeds",
        "5",
        "--json",
    ];
    let finished = run(folder.path(), Duration::from_secs(120), &evaluate)?.well()?;
    let report: serde_json::Value = serde_json::from_slice(&finished.out)?;
    assert_eq!(report["visits"], 10, "two people, five seeds");
    let f1 = report["mean_f1"].as_f64().unwrap_or(0.0);
    println!("F1 {f1}, worst {}", report["worst"]);
    assert!(f1 >= 0.95, "{report:#}");
    Ok(())
}
