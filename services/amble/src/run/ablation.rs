//! `amble evaluate --ablate`: days or the catalogue, decided without one part after another.

use std::{path::Path, process::ExitCode};

use super::{
    catalogue::{read, record},
    days::days,
    evaluate::{Folder, judge, tell},
    hardware::fewer,
    replay::{self, How},
};
use crate::{
    args::EvaluateArgs,
    config::Config,
    evaluate::{Ablation, Report, Row, Senses, Without, ablation_page, ablation_text, ablations},
    failure::{Explain as _, Failure},
};

/// What each row is played with.
fn hows(config: &Config, all: &[Without]) -> Vec<How> {
    let how = |without: &Without| {
        let mut how = How::usual(config);
        how.without.clone_from(&without.parts);
        how
    };
    all.iter().map(how).collect()
}

/// Days in a shop.
///
/// # Errors
/// When the days can't be simulated.
pub(super) async fn of_days(
    args: &EvaluateArgs,
    store: &str,
    config: &Config,
) -> Result<ExitCode, Failure> {
    let all = ablations();
    let mut hows = hows(config, &all);
    let fewer = fewer(args, store)?;
    for how in &mut hows {
        how.gaps_are_meant = fewer.is_less();
    }
    let played = days(args, &fewer, &hows).await?;
    finish(args, &all, played)
}

/// The catalogue, with hands and sightings: all that can be left out is there.
///
/// # Errors
/// When a scenario can't be played.
pub(super) async fn of_catalogue(
    args: &EvaluateArgs,
    folder: &Path,
    config: &Config,
) -> Result<ExitCode, Failure> {
    let all = ablations();
    let hows = hows(config, &all);
    let scratch = Folder::new()?;
    let recording = scratch.0.join("scene.amble");
    let mut played: Vec<Vec<(String, Report)>> = vec![Vec::new(); all.len()];
    for (name, scenario) in read(folder, &args.only)? {
        for seed in args.day.seed..args.day.seed + args.seeds {
            let scene = record(args, &scenario, Senses::All, seed, &recording)
                .explain(|| format!("scenario {name}"))?;
            for (how, days) in hows.iter().zip(&mut played) {
                let replayed = replay::replayed(&recording, how).await?;
                days.push((name.clone(), judge(&scene.truth, &replayed)?));
            }
        }
    }
    finish(args, &all, played)
}

fn finish(
    args: &EvaluateArgs,
    all: &[Without],
    played: Vec<Vec<(String, Report)>>,
) -> Result<ExitCode, Failure> {
    let rows = all.iter().zip(played);
    let ablation = Ablation {
        rows: rows.map(|(without, days)| Row::of(without, days)).collect(),
    };
    tell(
        args,
        &ablation,
        || ablation_text(&ablation),
        |versus| ablation_page(&ablation, versus),
    )
}
