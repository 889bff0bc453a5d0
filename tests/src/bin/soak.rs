//! `tests/chaos/soak`: fault after fault, as many as are asked for.

use std::process::ExitCode;

use amble_tests::{
    Outcome,
    chaos::{Happening, Table, Wanted, soak},
    command,
};

const USAGE: &str = "soak [--faults N] [--seed S] [--only FAULT,...] [--store PROFILE] [--keep]";

fn main() -> ExitCode {
    command(USAGE, wanted, |(wanted, keep)| run(&wanted, keep))
}

fn run(wanted: &Wanted, keep: bool) -> Outcome {
    let folder = tempfile::Builder::new().prefix("amble-soak-").tempdir()?;
    let mut table = Table::default();
    let found = soak(folder.path(), wanted, &mut table);
    println!("{table}");
    if found.is_err() || keep {
        println!("all that was said is in {}", folder.keep().display());
    }
    found
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<(Wanted, bool), String> {
    let mut keep = false;
    let mut wanted = Wanted {
        faults: 20,
        seed: 1,
        only: Happening::ALL.to_vec(),
        store: "stadium".to_owned(),
    };
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        let number = |text: String| {
            text.parse::<u32>()
                .map_err(|_| format!("{text} is no number"))
        };
        match name.as_str() {
            "--faults" => wanted.faults = number(value()?)?,
            "--seed" => wanted.seed = number(value()?)?.into(),
            "--store" => wanted.store = value()?,
            "--keep" => keep = true,
            "--only" => {
                let names = value()?;
                wanted.only = names.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok((wanted, keep))
}
