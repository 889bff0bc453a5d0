//! Judges a plan file.
//!
//! 1. Every fault of the file is named, each with its place, in the order of the file. Faults of
//!    shape that hide the plan (a missing field, a wrong type) come alone; what the plan means is
//!    judged as soon as it can be read.
//! 2. A plan without errors can be laid out ([`super::shop`]) and opened.
//! 3. Nothing in a file makes this panic.

mod cameras;
mod furniture;
mod gates;
mod goods;
mod ids;
mod numbers;
mod planogram;
mod references;
mod zones;

use std::collections::BTreeSet;

use amble_proto::plan::{FORMAT, StorePlan, schema};
use serde_json::Value;

use super::fault::{Fault, FaultKind, Faults, Place, Severity};
use super::shape::shape;
use super::spans::spans;

/// Reads and judges the text of a plan file: the plan and what to be warned of.
///
/// # Errors
/// Every fault, warnings included, if one of them is an error.
pub fn check(text: &str) -> Result<(StorePlan, Vec<Fault>), Vec<Fault>> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| vec![syntax(&error)])?;
    let mut faults = Faults::default();
    shape(schema().as_value(), &mut value, &mut faults);
    let plan = match serde_json::from_value::<StorePlan>(value) {
        Ok(plan) => {
            judge(&plan, &mut faults);
            Some(plan)
        }
        Err(error) => {
            if faults.0.is_empty() {
                let remedy = "compare it with the format's description";
                faults.error(FaultKind::Shape, Place::Plan, error.to_string(), remedy);
            }
            None
        }
    };
    let faults = located(text, faults);
    let sound = faults.iter().all(|f| f.severity == Severity::Warning);
    match plan {
        Some(plan) if sound => Ok((plan, faults)),
        _ => Err(faults),
    }
}

fn syntax(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or_default();
    Fault {
        severity: Severity::Error,
        kind: FaultKind::Syntax,
        path: String::new(),
        line: error.line().max(1),
        column: error.column().max(1),
        problem: format!("this is not JSON: {problem}"),
        remedy: "correct what stands here or just before".to_owned(),
    }
}

fn judge(plan: &StorePlan, faults: &mut Faults) {
    if plan.format != FORMAT {
        faults.error(
            FaultKind::Format,
            Place::Plan.field("format"),
            format!("this version doesn't read the format `{}`", plan.format),
            format!("write `{FORMAT}`, or use a version that reads it"),
        );
    }
    ids::judge(plan, faults);
    references::judge(plan, faults);
    numbers::judge(plan, faults);
    goods::judge(plan, faults);
    planogram::judge(plan, faults);
    zones::judge(plan, faults);
    gates::judge(plan, faults);
    cameras::judge(plan, faults);
    furniture::judge(plan, faults);
}

/// Fills in lines and columns, adds fields that stand twice, and puts all in the file's order.
fn located(text: &str, Faults(mut faults): Faults) -> Vec<Fault> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for fault in &faults {
        wanted.extend(with_parents(&fault.path).map(str::to_owned));
    }
    let spans = spans(text, &wanted);
    for fault in &mut faults {
        let spot = with_parents(&fault.path).find_map(|path| spans.found.get(path));
        (fault.line, fault.column) = spot.copied().unwrap_or((1, 1));
    }
    for (path, field, (line, column)) in spans.twice {
        faults.push(Fault {
            severity: Severity::Error,
            kind: FaultKind::Duplicate,
            path,
            line,
            column,
            problem: format!("the field `{field}` stands here a second time"),
            remedy: "take one of them out".to_owned(),
        });
    }
    faults.sort_by_key(|fault| (fault.line, fault.column, fault.kind));
    faults
}

/// A path and, as a missing part has no place of its own, those of the parts that it belongs to.
fn with_parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        let end = path.rfind(['.', '['])?;
        path.get(..end)
    })
}
