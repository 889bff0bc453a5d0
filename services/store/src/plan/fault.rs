//! What is wrong with a plan file, where, and what to do about it.

use std::fmt;

use serde::Serialize;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The shop can't open with it.
    Error,
    /// The shop can open, but somebody should look at it.
    Warning,
}

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The file is not JSON.
    Syntax,
    /// A field is missing, unknown, given twice, or of the wrong type.
    Shape,
    /// The file is of another format or version.
    Format,
    /// An id or a name is empty, too long, or has characters that it must not have.
    Id,
    /// Two things of one kind have the same id, or one thing is listed twice.
    Duplicate,
    /// Something is named that the plan doesn't have.
    Reference,
    /// A number is outside what is possible.
    Number,
    /// The corners don't make a polygon that can be used.
    Polygon,
    /// Zones overlap, or don't cover the floor, or reach beyond it.
    Zones,
    /// A gate can't work where it is, or the shop lacks one.
    Gate,
    /// A camera looks elsewhere.
    Camera,
    /// No camera sees a place where people are.
    Blind,
    /// A gondola stands where it can't stand.
    Gondola,
    /// A plate lies where it can't lie.
    Plate,
    /// A code is no GTIN, or a wrong one.
    Code,
    /// The currency is none.
    Currency,
    /// A product's place makes no sense.
    Placement,
    /// Something is heavier or lighter than a plate can weigh, or weighs like what it shares one with.
    Weight,
    /// Nothing stands on a plate, or a product stands nowhere.
    Empty,
}

/// One fault of a plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub kind: FaultKind,
    /// Which part of the plan is wrong, like `gondolas[2].shelves[0].plates[3].size`; empty for
    /// the file as a whole.
    pub path: String,
    /// The line of the file where that part begins, from 1.
    pub line: usize,
    /// The character of that line, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}:{}: {severity}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

/// A part of the plan, written as a path only when it is wrong.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// The plan.
    Plan,
    /// A field of a part.
    Field(&'a Place<'a>, &'a str),
    /// An item of a list, from 0.
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(super) const fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    pub(super) const fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => Ok(()),
            Self::Field(Self::Plan, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The faults found so far; their lines are filled in at the end.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn error(
        &mut self,
        kind: FaultKind,
        place: Place<'_>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Severity::Error, kind, place, problem.into(), remedy.into());
    }

    pub(super) fn warning(
        &mut self,
        kind: FaultKind,
        place: Place<'_>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(
            Severity::Warning,
            kind,
            place,
            problem.into(),
            remedy.into(),
        );
    }

    fn push(
        &mut self,
        severity: Severity,
        kind: FaultKind,
        place: Place<'_>,
        problem: String,
        remedy: String,
    ) {
        self.0.push(Fault {
            severity,
            kind,
            path: place.to_string(),
            line: 1,
            column: 1,
            problem,
            remedy,
        });
    }
}
