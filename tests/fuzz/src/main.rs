//! Tries inputs until the time is over, or until there were so many.

use std::{process::ExitCode, time::Duration};

use amble_fuzz::{Limit, run, targets};
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
    let (mut all, mut failed) = (0, false);
    for target in &targets {
        match run(target, args.seed, limit) {
            Ok(outcome) => {
                all += outcome.inputs;
                println!("{:12} {:>10} inputs", target.name, outcome.inputs);
                if let Some(failure) = outcome.failure {
                    println!("{:12} FAILED: {failure}", target.name);
                    failed = true;
                }
            }
            Err(error) => {
                eprintln!("error: the corpus of {}: {error}", target.name);
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{:12} {all:>10} inputs", "all");
    ExitCode::from(u8::from(failed))
}
