//! Tries inputs until the time is over, or until there were so many.

use std::{process::ExitCode, time::Duration};

use amble_fuzz::{Limit, all, targets};
use clap::Parser;

/// Fuzzes what parses input from outside.
#[derive(Parser)]
struct Args {
    /// Only this target; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// For how long, all targets together
    #[arg(long, default_value_t = 60, conflicts_with = "inputs")]
    seconds: u64,
    /// How many inputs, all targets together
    #[arg(long)]
    inputs: Option<u64>,
    /// The stream of inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut targets = targets::all();
    if !args.only.is_empty() {
        targets.retain(|target| args.only.iter().any(|name| name == target.name));
    }
    let Ok(count @ 1..) = u64::try_from(targets.len()) else {
        eprintln!("error: there is no such target");
        return ExitCode::FAILURE;
    };
    let limit = match args.inputs {
        Some(inputs) => Limit::Inputs(inputs.div_ceil(count)),
        None => Limit::Time(Duration::from_secs(args.seconds) / u32::try_from(count).unwrap_or(1)),
    };
    match all(&targets, args.seed, limit) {
        Ok(sum) => ExitCode::from(u8::from(sum.failure.is_some())),
        Err(error) => {
            eprintln!("error: the corpus: {error}");
            ExitCode::FAILURE
        }
    }
}
