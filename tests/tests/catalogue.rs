//! The catalogue of hard cases (`tests/accuracy`), with three seeds each: all of them can be played, and
//! the decisions stay as right as they are. Replays, so the figures are the same on every machine; more
//! seeds by `amble evaluate --catalogue tests/accuracy --seeds 20`.

use std::{path::Path, time::Duration};

use amble_tests::{Outcome, run};
use serde_json::Value;

/// What every scenario must reach, with hands and sightings, and without sightings, unless an exhaustive
/// solver that knows the true parameters does not reach it either.
const LEAST_EACH: f64 = 0.9;
/// The same of all together.
const LEAST: [f64; 2] = [0.985, 0.98];

#[test]
fn hard_cases_are_decided_right() -> Outcome {
    let folder = tempfile::tempdir()?;
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("accuracy");
    let scenes = scenes.to_string_lossy();
    let evaluate = ["evaluate", "--catalogue", &scenes, "--seeds", "3", "--json"];
    let finished = run(folder.path(), Duration::from_secs(900), &evaluate)?.well()?;
    let report: Value = serde_json::from_slice(&finished.out)?;
    let f1 = |figures: &Value| figures["report"]["score"]["f1"].as_f64().unwrap_or(0.0);
    let mut low = Vec::new();
    for scene in report["scenarios"].as_array().into_iter().flatten() {
        let name = scene["name"].as_str().unwrap_or_default();
        let figures = [&scene["figures"][0], &scene["figures"][1]];
        let senses = figures.map(f1);
        let solved = figures.map(|figures| figures["solver"]["f1"].as_f64().unwrap_or(1.0));
        println!("{name}: {senses:?}, solver {solved:?}");
        let low_beside = |(ours, solver): (&f64, &f64)| *ours < LEAST_EACH && *solver >= LEAST_EACH;
        if senses.iter().zip(&solved).any(low_beside) {
            low.push((name.to_owned(), senses));
        }
    }
    let overall = [&report["overall"][0], &report["overall"][1]].map(f1);
    println!("all: {overall:?}");
    assert!(low.is_empty(), "{low:?}");
    assert!(
        overall[0] >= LEAST[0] && overall[1] >= LEAST[1],
        "{overall:?}"
    );
    Ok(())
}
