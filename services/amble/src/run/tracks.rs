//! `amble tracks`: how well people are tracked.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::Path,
    process::ExitCode,
};

use amble_proto::{
    plan::{Sensors, StorePlan},
    recording::Reader,
};
use amble_simulator::{Day, DayConfig, Fit, FloorPaths};
use amble_tracks::{Figures, Tally};
use serde::Serialize;

use super::{
    evaluate::Folder,
    replay::{self, How},
};
use crate::{
    args::{ScoreArgs, TracksCommand, WalkersArgs},
    config::Config,
    evaluate::tracks::{self, Floor, detections, figures_table, mot_file},
    failure::{Explain as _, Failure},
    output::{print, print_json},
};

/// Measures tracks.
///
/// # Errors
/// When something can't be read or simulated.
pub async fn tracks(command: &TracksCommand, config: &Config) -> Result<ExitCode, Failure> {
    match command {
        TracksCommand::Score(args) => score(args)?,
        TracksCommand::Walkers(args) => walkers(args, config).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn score(args: &ScoreArgs) -> Result<(), Failure> {
    let truth = mot_file::read(&args.truth)?;
    let tracks = mot_file::read(&args.tracks)?;
    let figures = Tally::of(&truth, &tracks, args.within, args.fps).figures();
    if args.json {
        return print_json(&figures);
    }
    let name = args.tracks.display().to_string();
    print(&figures_table("tracks", &[(name, figures)]).to_string())
}

/// Several seeds of the same walkers.
#[derive(Debug, Serialize)]
struct Walked {
    /// All seeds added up.
    total: Figures,
    /// The most identity switches of a seed.
    worst_switches: u64,
    /// Each seed.
    seeds: Vec<Figures>,
}

async fn walkers(args: &WalkersArgs, config: &Config) -> Result<(), Failure> {
    let file =
        File::open(&args.paths).explain(|| format!("cannot read {}", args.paths.display()))?;
    let paths = FloorPaths::read(BufReader::new(file), Fit::default())
        .explain(|| args.paths.display().to_string())?;
    let (low, high) = paths
        .bounds()
        .ok_or_else(|| Failure::new(format!("{} has no paths", args.paths.display())))?;
    let sensors = Sensors {
        recall: args.recall,
        precision: args.precision,
        position_sigma_m: args.sigma,
        ..Sensors::default()
    };
    let plan = tracks::plan(Floor { low, high }, sensors);
    if let Some(folder) = &args.keep {
        fs::create_dir_all(folder).explain(|| format!("cannot make {}", folder.display()))?;
    }
    let folder = Folder::new()?;
    let mut seeds = Vec::new();
    let mut total = Tally::default();
    for seed in args.seed..args.seed.saturating_add(args.seeds) {
        let recording = folder.0.join("walkers.amble");
        let tally = walk(args, &plan, &paths, seed, &recording, config).await?;
        total += tally;
        seeds.push((format!("seed {seed}"), tally.figures()));
    }
    report(args, &total, seeds)
}

/// One seed.
async fn walk(
    args: &WalkersArgs,
    plan: &StorePlan,
    paths: &FloorPaths,
    seed: u64,
    recording: &Path,
    config: &Config,
) -> Result<Tally, Failure> {
    let sensed = DayConfig {
        appearance: false,
        hands: false,
        sightings: false,
        ..DayConfig::for_plan(plan)
    };
    let day = Day::with_paths(plan, sensed, seed, paths)?;
    let mut output = BufWriter::new(File::create(recording)?);
    let truth = amble_simulator::record(day, Vec::new(), &mut output)?;
    drop(output);
    let replayed = replay::replayed(recording, &How::usual(config)).await?;
    let truth = replayed.ground.truth(&truth.paths);
    if let Some(folder) = &args.keep {
        let seen = Reader::new(BufReader::new(File::open(recording)?));
        let seen = detections(seen, &replayed.ground)?;
        for (what, sequence) in [
            ("detections", &seen),
            ("truth", &truth),
            ("tracks", &replayed.tracks),
        ] {
            mot_file::write(&folder.join(format!("{seed}.{what}.txt")), sequence)?;
        }
    }
    Ok(tracks::tally(&truth, &replayed.tracks))
}

fn report(
    args: &WalkersArgs,
    total: &Tally,
    mut seeds: Vec<(String, Figures)>,
) -> Result<(), Failure> {
    let worst = seeds.iter().map(|(_, figures)| figures.switches).max();
    let worst_switches = worst.unwrap_or_default();
    let total = total.figures();
    if args.json {
        return print_json(&Walked {
            total,
            worst_switches,
            seeds: seeds.into_iter().map(|(_, figures)| figures).collect(),
        });
    }
    seeds.push(("all".to_owned(), total));
    let table = figures_table("walkers", &seeds);
    print(&format!(
        "{table}\nidentity switches: {worst_switches} at worst, {:.2} in the mean of {} seeds\n",
        total.switches as f64 / args.seeds as f64,
        args.seeds,
    ))
}
