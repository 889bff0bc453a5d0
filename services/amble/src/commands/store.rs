//! `amble store`.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
    process::ExitCode,
};

use amble_proto::plan::{StorePlan, schema};
use amble_store::plan::{Fault, Severity, check, to_text};
use serde::Serialize;

use super::cost;
use crate::{
    args::{CheckArgs, NewArgs, StoreCommand},
    failure::{Explain as _, Failure},
    output::{print, print_json},
    plan_file,
};

/// Makes or checks a plan.
///
/// # Errors
/// When a file can't be read or written. A plan with faults is none: it is exit code 1.
pub fn run(command: &StoreCommand) -> Result<ExitCode, Failure> {
    match command {
        StoreCommand::New(args) => new(args).map(|()| ExitCode::SUCCESS),
        StoreCommand::Check(args) => judge(args),
        StoreCommand::Cost(args) => cost::run(args).map(|()| ExitCode::SUCCESS),
        StoreCommand::Schema => {
            print(&format!("{:#}\n", schema().as_value())).map(|()| ExitCode::SUCCESS)
        }
    }
}

fn new(args: &NewArgs) -> Result<(), Failure> {
    let text = to_text(&plan_file::by_name(&args.profile, args.seed)?)?;
    match &args.output {
        Some(file) => write_new(file, &text),
        None => print(&text),
    }
}

/// A plan is hours of somebody's work: none is overwritten.
fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let written = File::create_new(file).and_then(|mut out| out.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::new(format!(
            "{} exists already; name another file",
            file.display()
        ))),
        result => result.explain(|| format!("cannot write {}", file.display())),
    }
}

/// What is told of a checked plan.
#[derive(Serialize)]
struct Verdict<'a> {
    /// Whether the plan can be opened.
    ok: bool,
    /// Every fault, in the order of the file.
    faults: &'a [Fault],
    /// What is in it, when it can be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<Content<'a>>,
}

/// How much there is of what.
#[derive(Serialize)]
struct Content<'a> {
    id: &'a str,
    zones: usize,
    gates: usize,
    cameras: usize,
    gondolas: usize,
    shelves: usize,
    plates: usize,
    products: usize,
}

impl<'a> Content<'a> {
    fn of(plan: &'a StorePlan) -> Self {
        let shelves = || plan.gondolas.iter().flat_map(|gondola| &gondola.shelves);
        Self {
            id: &plan.store,
            zones: plan.zones.len(),
            gates: plan.gates.len(),
            cameras: plan.cameras.len(),
            gondolas: plan.gondolas.len(),
            shelves: shelves().count(),
            plates: shelves().map(|shelf| shelf.plates.len()).sum(),
            products: plan.products.len(),
        }
    }
}

fn judge(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let text = fs::read_to_string(&args.file)
        .explain(|| format!("cannot read the store plan {}", args.file.display()))?;
    let (plan, faults) = match check(&text) {
        Ok((plan, warnings)) => (Some(plan), warnings),
        Err(faults) => (None, faults),
    };
    let store = plan.as_ref().map(Content::of);
    let verdict = Verdict {
        ok: store.is_some(),
        faults: &faults,
        store,
    };
    if args.json {
        print_json(&verdict)?;
    } else {
        print(&report(&verdict, &args.file))?;
    }
    Ok(if verdict.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn report(verdict: &Verdict<'_>, file: &Path) -> String {
    let file = file.display();
    let mut text: String = verdict
        .faults
        .iter()
        .map(|fault| format!("{file}:{fault}\n"))
        .collect();
    let warnings = verdict
        .faults
        .iter()
        .filter(|f| f.severity == Severity::Warning)
        .count();
    let errors = verdict.faults.len() - warnings;
    text += &match &verdict.store {
        Some(store) => format!(
            "{file}: store {} can be opened: {} zones, {} gates, {} cameras, {} gondolas, \
             {} shelves, {} plates, {} products; {warnings} warnings\n",
            store.id,
            store.zones,
            store.gates,
            store.cameras,
            store.gondolas,
            store.shelves,
            store.plates,
            store.products,
        ),
        None => format!("{file}: can't be opened: {errors} errors, {warnings} warnings\n"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> (ExitCode, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.json");
        fs::write(&file, text).unwrap();
        let code = judge(&CheckArgs {
            file: file.clone(),
            json: true,
        })
        .unwrap();
        let faults = check(text).err().unwrap_or_default();
        (
            code,
            report(
                &Verdict {
                    ok: false,
                    faults: &faults,
                    store: None,
                },
                &file,
            ),
        )
    }

    #[test]
    fn a_new_plan_has_no_fault_and_is_never_written_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("shop.json");
        let args = NewArgs {
            profile: "kiosk".to_owned(),
            seed: 3,
            output: Some(output.clone()),
        };
        new(&args).unwrap();
        let text = fs::read_to_string(&output).unwrap();
        assert_eq!(checked(&text).0, ExitCode::SUCCESS);

        assert!(
            new(&args)
                .unwrap_err()
                .to_string()
                .contains("exists already")
        );
        assert_eq!(fs::read_to_string(&output).unwrap(), text);
    }

    #[test]
    fn a_plan_with_faults_fails_and_each_is_named_with_file_and_line() {
        let (code, report) = checked("{\n  \"format\": \"amble.store/9\"\n}");
        assert_eq!(code, ExitCode::FAILURE);
        assert!(report.contains("shop.json:1:1: error: "), "{report}");
        assert!(report.contains("cameras"), "{report}");
    }
}
