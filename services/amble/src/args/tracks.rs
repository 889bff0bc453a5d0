//! `amble tracks`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const AFTER: &str = "\
Examples:
  amble tracks score day.tracks.txt --truth day.truth.txt
  amble tracks walkers paths.csv --recall 0.85 --json";

/// Measures how well people are tracked, as the field does: MOTA, MOTP, IDF1, HOTA, switches.
///
/// Files of tracks are in the MOT Challenge's form: frame,id,-1,-1,-1,-1,1,x,y,0 with x and y in
/// metres on the floor.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct TracksArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TracksCommand,
}

/// What to do with tracks.
#[derive(Clone, Debug, Subcommand)]
pub enum TracksCommand {
    /// Compares a file of tracks with one of the truth
    Score(ScoreArgs),
    /// Tracks people who walk along given floor paths, seen by one camera, and compares with the paths
    Walkers(WalkersArgs),
}

/// Two files to be compared.
#[derive(Args, Clone, Debug)]
pub struct ScoreArgs {
    /// The tracks
    pub tracks: PathBuf,

    /// Who was where
    #[arg(long, value_name = "FILE")]
    pub truth: PathBuf,

    /// Up to which distance two places may be one person, in metres
    #[arg(long, value_name = "M", default_value_t = crate::evaluate::tracks::WITHIN_M,
          value_parser = positive)]
    pub within: f64,

    /// Frames a second
    #[arg(long, value_name = "N", default_value_t = crate::evaluate::tracks::FRAMES_PER_S,
          value_parser = positive)]
    pub fps: f64,

    /// The figures as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Walkers to be tracked.
#[derive(Args, Clone, Debug)]
pub struct WalkersArgs {
    /// The floor paths: CSV with t_s,person,x_m,y_m
    pub paths: PathBuf,

    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: u64,

    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Share of the frames in which somebody is found; misses come in bursts
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = share)]
    pub recall: f64,

    /// Share of the detections that are people
    #[arg(long, value_name = "SHARE", default_value_t = 0.94, value_parser = share)]
    pub precision: f64,

    /// Standard deviation of a detection's position on each axis, in metres
    #[arg(long, value_name = "M", default_value_t = 0.09, value_parser = positive)]
    pub sigma: f64,

    /// Keeps each seed's detections, truth and tracks in this folder, for other tools
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,

    /// The figures as one JSON object
    #[arg(long)]
    pub json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    let share = share.filter(|share| (0.5..=1.0).contains(share));
    share.ok_or_else(|| "use a share from 0.5 to 1".to_owned())
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "use a number above 0".to_owned())
}
