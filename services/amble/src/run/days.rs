//! Days that are simulated to be judged: all scripts one after another, or chance; one for each seed.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
};

use amble_proto::recording::Reader;
use amble_simulator::Truth;

use super::{
    evaluate::{Folder, judge},
    explain,
    replay::{self, How},
};
use crate::{
    args::{EvaluateArgs, PlaysArgs},
    evaluate::{
        Report,
        hardware::{Fewer, strip},
    },
    failure::Failure,
};

/// Simulates each day once and plays it through the shop in each of some manners. Gives, for each of these,
/// the days by name.
///
/// # Errors
/// When a day can't be simulated, written or played.
pub(super) async fn days(
    args: &EvaluateArgs,
    fewer: &Fewer,
    hows: &[How],
) -> Result<Vec<Vec<(String, Report)>>, Failure> {
    let folder = Folder::new()?;
    let recording = folder.0.join("day.amble");
    let scripts: Vec<Option<&Path>> = match args.script.as_slice() {
        [] => vec![None],
        scripts => scripts.iter().map(|path| Some(path.as_path())).collect(),
    };
    let mut all: Vec<Vec<(String, Report)>> = vec![Vec::new(); hows.len()];
    for seed in args.day.seed..args.day.seed + args.seeds {
        let mut parts: Vec<Vec<(String, Report)>> = vec![Vec::new(); hows.len()];
        for script in &scripts {
            let truth = record(args, fewer, *script, seed, &recording)?;
            let name = script.and_then(Path::file_stem).unwrap_or_default();
            for (how, parts) in hows.iter().zip(&mut parts) {
                let replayed = replay::replayed(&recording, how).await?;
                let mut report = judge(&truth, &replayed)?;
                if args.explain {
                    explain::explain(&mut report, &truth, &replayed).await?;
                }
                parts.push((name.to_string_lossy().into_owned(), report));
            }
        }
        for (days, parts) in all.iter_mut().zip(parts) {
            days.push((format!("seed {seed}"), Report::sum(parts)));
        }
    }
    Ok(all)
}

/// Records a day in the world, as the shop with less hears of it.
fn record(
    args: &EvaluateArgs,
    fewer: &Fewer,
    script: Option<&Path>,
    seed: u64,
    recording: &Path,
) -> Result<Truth, Failure> {
    let plays = PlaysArgs {
        script: script.map(Path::to_owned),
        paths: None,
    }
    .read()?;
    let config = args.day.config(&fewer.world)?;
    let day = plays.day(&fewer.world, config, seed)?;
    let whole = if fewer.is_less() {
        recording.with_extension("whole")
    } else {
        recording.to_owned()
    };
    let mut output = BufWriter::new(File::create(&whole)?);
    let truth = amble_simulator::record(day, Vec::new(), &mut output)?;
    drop(output);
    if fewer.is_less() {
        let input = Reader::new(BufReader::new(File::open(&whole)?));
        strip(fewer, input, &mut BufWriter::new(File::create(recording)?))?;
    }
    Ok(truth)
}
