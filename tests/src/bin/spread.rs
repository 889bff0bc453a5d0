//! `tests/chaos/spread`: what sharing a shop among nodes costs, and how even it is.

use std::process::ExitCode;

use amble_tests::{
    Fault, Outcome,
    chaos::{Found, Spread, spread},
    command,
};

const USAGE: &str = "spread [--seconds N] [--warm-up N] [--seed S] [--store PROFILE] [--keep]";

fn main() -> ExitCode {
    command(USAGE, wanted, |(wanted, keep)| run(&wanted, keep))
}

fn run(wanted: &Spread, keep: bool) -> Outcome {
    let folder = tempfile::Builder::new().prefix("amble-spread-").tempdir()?;
    let mut found = Found::default();
    let measured = spread(folder.path(), wanted, &mut found);
    println!("\n{}, seed {}\n{found}", wanted.store, wanted.seed);
    if measured.is_err() || keep {
        println!("all that was said is in {}", folder.keep().display());
    }
    measured?;
    let missed = found.missed();
    if missed.is_empty() {
        return Ok(());
    }
    Err(Fault::new(format!("missed: {}", missed.join("; "))))
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<(Spread, bool), String> {
    let mut keep = false;
    let mut wanted = Spread {
        seconds: 60,
        warm_up: 120,
        seed: 1,
        store: "supermarket".to_owned(),
    };
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        let number = |text: String| {
            text.parse::<u64>()
                .map_err(|_| format!("{text} is no number"))
        };
        match name.as_str() {
            "--seconds" => wanted.seconds = number(value()?)?,
            "--warm-up" => wanted.warm_up = number(value()?)?,
            "--seed" => wanted.seed = number(value()?)?,
            "--store" => wanted.store = value()?,
            "--keep" => keep = true,
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok((wanted, keep))
}
