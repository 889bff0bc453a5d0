//! `amble evaluate`: receipts against what really happened.

use std::{
    fs::{self, File},
    io::BufReader,
    path::Path,
    process::ExitCode,
};

use amble_checkout::ReceiptDocument;
use amble_simulator::Truth;
use serde::Serialize;
use serde_json::Value;

use super::{
    ablation, catalogue, days, explain,
    replay::{self, How, Replayed},
};
use crate::{
    args::EvaluateArgs,
    config::Config,
    evaluate::{
        self, Prices, Problem, Report, Run, Series, Versus, series_page, series_text, tracks,
        versus_text,
    },
    failure::{Explain as _, Failure},
    output::{print, print_json},
};

/// Prints how well the receipts fit.
///
/// # Errors
/// When something can't be read or simulated.
pub async fn evaluate(args: &EvaluateArgs, config: &Config) -> Result<ExitCode, Failure> {
    if let Some(folder) = &args.catalogue {
        return if args.ablate {
            ablation::of_catalogue(args, folder, config).await
        } else {
            catalogue::evaluate(args, folder, config).await
        };
    }
    let mut hardware = None;
    let reports = if let Some(store) = &args.store {
        if args.hardware {
            return super::hardware::evaluate(args, store, config).await;
        }
        if args.ablate {
            return ablation::of_days(args, store, config).await;
        }
        let fewer = super::hardware::fewer(args, store)?;
        let how = How {
            gaps_are_meant: fewer.is_less(),
            ..How::usual(config)
        };
        let played = days::days(args, &fewer, &[how]).await?;
        hardware = fewer.is_less().then_some(fewer.kit);
        played.into_iter().flatten().collect()
    } else {
        let truth = args.truth.as_deref().unwrap_or(Path::new(""));
        let open = |path: &Path| {
            File::open(path)
                .map(BufReader::new)
                .explain(|| format!("cannot read {}", path.display()))
        };
        let truth_read = evaluate::truth(open(truth)?).explain(|| truth.display().to_string())?;
        let report = match (&args.receipts, &args.recording) {
            (Some(file), _) => {
                let receipts = evaluate::receipts(open(file)?);
                compare(
                    &truth_read,
                    &receipts.explain(|| file.display().to_string())?,
                    None,
                )
            }
            (None, Some(recording)) => {
                let replayed = replay::replayed(recording, &How::usual(config)).await?;
                let mut report = judge(&truth_read, &replayed)?;
                if args.explain {
                    explain::explain(&mut report, &truth_read, &replayed).await?;
                }
                report
            }
            (None, None) => compare(&truth_read, &[], None),
        };
        vec![(truth.display().to_string(), report)]
    };
    let series = Series {
        hardware,
        ..Series::of(reports)
    };
    tell(
        args,
        &series,
        || series_text(&series),
        |versus| series_page(&series, versus),
    )
}

/// Prints what was found, as JSON or as text, writes it as a page, and compares it with an earlier run,
/// as is asked for.
///
/// # Errors
/// When a file can't be read or written.
pub(super) fn tell(
    args: &EvaluateArgs,
    found: &impl Serialize,
    text: impl FnOnce() -> String,
    page: impl FnOnce(Option<&Versus>) -> String,
) -> Result<ExitCode, Failure> {
    let versus = match &args.baseline {
        Some(file) => Some(since(file, found)?),
        None => None,
    };
    if args.json {
        print_json(found)?;
    } else {
        print(&text())?;
    }
    if let Some(file) = &args.html {
        let page = page(versus.as_ref());
        fs::write(file, page).explain(|| format!("cannot write {}", file.display()))?;
    }
    let Some(versus) = versus else {
        return Ok(ExitCode::SUCCESS);
    };
    let said = versus_text(&versus);
    if args.json {
        // What is printed stays one JSON object.
        eprint!("{said}");
    } else {
        print(&format!("\n{said}"))?;
    }
    Ok(if versus.worse.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What became of an earlier run.
fn since(file: &Path, found: &impl Serialize) -> Result<Versus, Failure> {
    let cannot = || format!("cannot read {}", file.display());
    let before = fs::read_to_string(file).explain(cannot)?;
    let before: Value = serde_json::from_str(&before).explain(cannot)?;
    let before = Run::read(&before).ok_or_else(|| {
        Failure::new(format!(
            "{} is not what `amble evaluate --json` prints",
            file.display()
        ))
    })?;
    let now = Run::read(&serde_json::to_value(found)?);
    let now = now.ok_or_else(|| Failure::new("this run has no figures to compare"))?;
    Ok(now.versus(&before))
}

pub(super) fn parsed(bodies: &[String]) -> Result<Vec<ReceiptDocument>, Failure> {
    bodies
        .iter()
        .map(|body| Ok(ReceiptDocument::from_json(body)?))
        .collect()
}

fn compare(truth: &Truth, receipts: &[ReceiptDocument], prices: Option<&Prices>) -> Report {
    evaluate::evaluate(&Problem {
        actions: &truth.actions,
        visits: &truth.visits,
        receipts,
        prices,
    })
}

/// Receipts and tracks against what really happened.
///
/// # Errors
/// When a receipt is none.
pub(super) fn judge(truth: &Truth, replayed: &Replayed) -> Result<Report, Failure> {
    let receipts = parsed(&replayed.receipts)?;
    let mut report = compare(truth, &receipts, Some(&replayed.prices));
    let people = replayed.ground.truth(&truth.paths);
    report.reviewed = Some(replayed.reviewed);
    report.tracking = (people.places() > 0).then(|| tracks::tally(&people, &replayed.tracks));
    Ok(report)
}

/// A folder that goes with its owner.
pub(super) struct Folder(pub(super) std::path::PathBuf);

impl Folder {
    pub(super) fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("amble-{}", std::process::id()));
        std::fs::create_dir_all(&path).explain(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed from the temporary folder, the system removes some day.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
