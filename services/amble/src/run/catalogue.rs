//! `amble evaluate --catalogue`: every scenario of a folder, with every set of senses and seed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::ExitCode,
};

use amble_engine::{
    attribution::Decision,
    evidence::{Interaction, PartyId},
};
use amble_ledger::Ledger;
use amble_simulator::{Day, DayConfig, Scenario, Staged, Truth};
use amble_store::{Plan, visit_party};

use super::{
    evaluate::{Folder, judge, parsed, tell},
    replay::{self, How},
};
use crate::{
    args::EvaluateArgs,
    config::Config,
    evaluate::{
        Catalogue, Played, Score, Senses, catalogue_page, catalogue_text,
        solver::{Basket, Recorded, Truth as Parameters, solve},
        stated,
    },
    failure::{Explain as _, Failure},
    plan_file,
};

/// What a scenario's file is called after its name.
const ENDING: &str = "scene";

/// Plays the catalogue and prints how it went.
///
/// # Errors
/// When a scenario can't be read, names what its shop has not, or can't be played.
pub(super) async fn evaluate(
    args: &EvaluateArgs,
    folder: &Path,
    config: &Config,
) -> Result<ExitCode, Failure> {
    let scenarios = read(folder, &args.only)?;
    let scratch = Folder::new()?;
    let recording = scratch.0.join("scene.amble");
    let mut played = Vec::new();
    for (name, scenario) in &scenarios {
        for senses in Senses::SETS {
            for seed in args.day.seed..args.day.seed + args.seeds {
                let day = play(args, scenario, senses, seed, &recording, config);
                let day = day.await.explain(|| format!("scenario {name}"))?;
                played.push(Played {
                    scenario: name.clone(),
                    senses,
                    seed,
                    ..day
                });
            }
        }
    }
    let names: Vec<(String, String)> = scenarios
        .iter()
        .map(|(name, scenario)| (name.clone(), scenario.about().to_owned()))
        .collect();
    let catalogue = Catalogue::of(&names, &played);
    tell(
        args,
        &catalogue,
        || catalogue_text(&catalogue),
        |versus| catalogue_page(&catalogue, versus),
    )
}

/// The scenarios of a folder by name: all, or those that are asked for.
pub(super) fn read(folder: &Path, only: &[String]) -> Result<Vec<(String, Scenario)>, Failure> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).explain(cannot)? {
        files.push(entry.explain(cannot)?.path());
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
    files.sort();
    let mut scenarios = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if !only.is_empty() && !only.iter().any(|wanted| *wanted == name) {
            continue;
        }
        let file = File::open(&path).explain(|| format!("cannot read {}", path.display()))?;
        let scenario = Scenario::read(file).explain(|| path.display().to_string())?;
        scenarios.push((name.into_owned(), scenario));
    }
    let missing = only
        .iter()
        .find(|wanted| !scenarios.iter().any(|(name, _)| name == *wanted));
    match missing {
        Some(name) => Err(Failure::new(format!(
            "there is no {name}.{ENDING} in {}",
            folder.display()
        ))),
        None if scenarios.is_empty() => Err(Failure::new(format!(
            "there are no scenarios (*.{ENDING}) in {}",
            folder.display()
        ))),
        None => Ok(scenarios),
    }
}

/// A scenario that was recorded.
pub(super) struct Recording {
    staged: Staged,
    /// What really happened.
    pub(super) truth: Truth,
}

/// Records a scenario once.
///
/// # Errors
/// When its shop has not what it names, or the recording can't be written.
pub(super) fn record(
    args: &EvaluateArgs,
    scenario: &Scenario,
    senses: Senses,
    seed: u64,
    recording: &Path,
) -> Result<Recording, Failure> {
    let plan = plan_file::open(scenario.shop())?;
    let sensed = DayConfig {
        hands: senses != Senses::Bodies,
        sightings: senses == Senses::All,
        ..args.day.config(&plan)?
    };
    let staged = scenario.stage(&plan, sensed)?;
    let day = Day::with_scenario(&staged, seed, scenario)?;
    let mut output = BufWriter::new(File::create(recording)?);
    let truth = amble_simulator::record(day, Vec::new(), &mut output)?;
    Ok(Recording { staged, truth })
}

/// Plays a scenario once.
async fn play(
    args: &EvaluateArgs,
    scenario: &Scenario,
    senses: Senses,
    seed: u64,
    recording: &Path,
    config: &Config,
) -> Result<Played, Failure> {
    let Recording { staged, truth } = record(args, scenario, senses, seed, recording)?;
    let products: Vec<String> = staged.products().map(str::to_owned).collect();
    let replayed = replay::replayed(recording, &How::usual(config)).await?;
    let receipts = parsed(&replayed.receipts)?;
    let decisions = decisions(&*replayed.ledger).await?;
    Ok(Played {
        scenario: String::new(),
        senses,
        seed,
        report: judge(&truth, &replayed)?,
        stated: stated(&decisions, &products, &truth, &receipts),
        solver: solved(&*replayed.ledger, &staged, &truth, &products).await?,
    })
}

/// What an exhaustive solver gets right of a scene.
async fn solved(
    ledger: &dyn Ledger,
    staged: &Staged,
    truth: &Truth,
    products: &[String],
) -> Result<Option<Score>, Failure> {
    let visits: Vec<PartyId> = truth.visits.iter().map(|v| visit_party(&v.visit)).collect();
    let stored = ledger.interactions_after(i64::MIN, u32::MAX >> 1).await?;
    let interactions: Vec<Interaction> = stored
        .iter()
        .filter_map(|stored| amble_store::interaction(&stored.body))
        .collect();
    let plan = Plan::new(staged.truth().clone())?;
    let (sensors, day) = (&staged.truth().sensors, staged.config());
    let sensors = day.sensors.as_ref().unwrap_or(sensors);
    let baskets = solve(&Recorded {
        layout: &plan.layout,
        visits: &visits,
        interactions: &interactions,
        truth: Parameters {
            wrist_sigma_m: sensors.wrist_sigma_m,
            sighting_share: if day.sightings {
                day.sighting_share
            } else {
                0.0
            },
            sighting_right: day.sighting_right,
            put_back: day.mishaps.put_back,
            wrong_place: day.mishaps.wrong_place,
        },
    });
    Ok(baskets.map(|baskets| judged(&baskets, truth, products)))
}

/// Baskets beside what was taken.
fn judged(baskets: &BTreeMap<PartyId, Basket>, truth: &Truth, products: &[String]) -> Score {
    let mut score = Score::default();
    for visit in &truth.visits {
        let mut taken: BTreeMap<&str, u64> = BTreeMap::new();
        for item in &visit.items {
            *taken.entry(&item.product).or_insert(0) += u64::from(item.quantity);
        }
        let basket = baskets
            .get(&visit_party(&visit.visit))
            .into_iter()
            .flatten();
        for (product, units) in basket {
            let code = products.get(product.at()).map_or("", String::as_str);
            let truly = taken.remove(code).unwrap_or(0);
            let units = u64::from(*units);
            score += Score {
                right: units.min(truly),
                extra: units.saturating_sub(truly),
                lacking: truly.saturating_sub(units),
            };
        }
        score.lacking += taken.values().sum::<u64>();
    }
    score
}

/// What was said last of each interaction.
async fn decisions(ledger: &dyn Ledger) -> Result<Vec<Decision>, Failure> {
    let mut last: BTreeMap<String, Decision> = BTreeMap::new();
    for stored in ledger.decisions_after(i64::MIN, u32::MAX >> 1).await? {
        if let Some(decision) = amble_store::decision(&stored.body) {
            last.insert(stored.interaction, decision);
        }
    }
    Ok(last.into_values().collect())
}
