//! How well people are tracked who walk along paths of their own, and that the measures are the field's.

use std::{
    f64::consts::TAU,
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use amble_tests::{Fault, Outcome, run};
use serde_json::Value;

const WITHIN: Duration = Duration::from_secs(300);

/// Pairs who walk up and down a hall side by side, some of whom stand for a while, and single people who
/// cross their ways: thirty walkers in two minutes.
fn paths() -> String {
    let mut paths = "t_s,person,x_m,y_m\n".to_owned();
    for person in 0..30_u32 {
        let pair = f64::from(person / 2);
        let side = f64::from(person % 2);
        let begin = 6.0 * pair;
        let crossing = person % 10 >= 8;
        for step in 0..70_u32 {
            let t = 0.4 * f64::from(step);
            // Who walks along stands for six seconds in the middle.
            let walked = 1.1
                * if crossing {
                    t
                } else {
                    t.min(10.0) + (t - 16.0).max(0.0)
                };
            let sway = 0.15 * (t / 9.0 * TAU + pair).sin();
            let lane = 2.0 + 1.1 * (pair % 5.0) + 0.6 * side + sway;
            let (x, y) = if crossing {
                (lane + 6.5, walked)
            } else {
                (walked, lane)
            };
            if walked <= 16.0 && y <= 9.0 {
                let _ = writeln!(paths, "{:.2},{person},{x:.3},{y:.3}", begin + t);
            }
        }
    }
    paths
}

fn walk(folder: &Path, more: &[&str]) -> Outcome<Value> {
    fs::write(folder.join("paths.csv"), paths())?;
    let args = [&["tracks", "walkers", "paths.csv", "--json"], more].concat();
    Ok(serde_json::from_slice(
        &run(folder, WITHIN, &args)?.well()?.out,
    )?)
}

/// What a tool from PyPI says of the first seed's files.
fn said_by(folder: &Path, package: &str, script: &str) -> Outcome<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = output(Command::new(root.join("scripts/python")).arg(package))?;
    let mut tool = Command::new(python.trim());
    tool.arg(root.join("tests/tracking").join(script));
    let files = ["1.truth.txt", "1.tracks.txt"].map(|name| folder.join("kept").join(name));
    Ok(serde_json::from_str(&output(tool.args(files).arg("0.5"))?)?)
}

fn output(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(Fault::new(format!("{command:?}: {}", output.status)));
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn mota_idf1_and_hota_are_those_of_motmetrics_and_trackeval() -> Outcome {
    let folder = tempfile::tempdir()?;
    // Far too much error: there is a good deal to be counted.
    let hard = [
        "--seeds", "1", "--sigma", "0.25", "--recall", "0.8", "--keep", "kept",
    ];
    walk(folder.path(), &hard)?;
    let files = ["kept/1.tracks.txt", "--truth", "kept/1.truth.txt", "--json"];
    let score = run(
        folder.path(),
        WITHIN,
        &[&["tracks", "score"], &files[..]].concat(),
    )?;
    let ours: Value = serde_json::from_slice(&score.well()?.out)?;
    assert!(ours["switches"].as_u64() > Some(3), "{ours}");
    for (package, script) in [("motmetrics", "clear.py"), ("trackeval", "hota.py")] {
        let theirs = said_by(folder.path(), package, script)?;
        let theirs = theirs.as_object().ok_or_else(|| Fault::new("no object"))?;
        assert!(theirs.len() >= 4, "{theirs:?}");
        for (name, figure) in theirs {
            let (ours, theirs) = (ours[name].as_f64(), figure.as_f64());
            let near = ours.zip(theirs).is_some_and(|(a, b)| (a - b).abs() < 1e-9);
            assert!(near, "{name}: {ours:?}, {package} has {theirs:?}");
        }
    }
    Ok(())
}

#[test]
fn pairs_who_walk_stand_and_cross_keep_their_names() -> Outcome {
    let folder = tempfile::tempdir()?;
    let walked = walk(folder.path(), &["--seeds", "5"])?;
    println!("{}", walked["total"]);
    // MOTA was 0.93 and there were 0.27 switches a person-minute when this was written.
    let total = &walked["total"];
    let switches = total["switches_per_person_minute"].as_f64();
    assert!(total["mota"].as_f64() >= Some(0.9), "{walked}");
    assert!(switches.is_some_and(|rate| rate <= 0.5), "{walked}");
    Ok(())
}
