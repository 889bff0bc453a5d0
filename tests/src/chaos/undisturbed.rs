//! What a day's receipts get wrong without any fault: sensors err, and the same people of the same seed err
//! with them.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use serde_json::Value;

use crate::{Fault, Outcome, run};

/// How long the day may take when it is played at full speed.
const WITHIN: Duration = Duration::from_secs(600);

/// Which day it is.
#[derive(Clone, Debug)]
pub struct Day {
    /// Where files are put.
    pub folder: PathBuf,
    /// The profile of the shop.
    pub store: String,
    /// Chooses people.
    pub seed: u64,
    /// How long people came, in seconds.
    pub seconds: u64,
}

/// A product of somebody's receipt. Visits are named by their number: the rest of their names is the time
/// at which the day began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrongLine {
    /// Which visit of the day it is.
    pub number: String,
    /// What it is about.
    pub product: String,
    /// How many were taken.
    pub taken: u64,
    /// How many were charged.
    pub charged: u64,
}

impl WrongLine {
    /// A line of the visit of this name.
    #[must_use]
    pub fn new(visit: &str, product: &str, taken: u64, charged: u64) -> Self {
        let number = visit.split('-').next().unwrap_or(visit).to_owned();
        Self {
            number,
            product: product.to_owned(),
            taken,
            charged,
        }
    }
}

impl Day {
    /// Plays it on one node to which nothing happens.
    ///
    /// # Errors
    /// When it can't be played.
    pub fn wrong_lines(&self) -> Outcome<BTreeSet<WrongLine>> {
        let (seed, seconds) = (self.seed.to_string(), self.seconds.to_string());
        let played = run(
            &self.folder,
            WITHIN,
            &[
                "evaluate",
                "--store",
                &self.store,
                "--seed",
                &seed,
                "--seconds",
                &seconds,
                "--mishaps",
                "none",
                "--json",
            ],
        )?
        .well()?;
        let report: Value = serde_json::from_str(played.text()?)?;
        let lines = report["wrong_lines"].as_array().into_iter().flatten();
        let line = |line: &Value| {
            let (visit, product) = (line["visit"].as_str()?, line["product"].as_str()?);
            let (taken, charged) = (line["taken"].as_u64()?, line["charged"].as_u64()?);
            Some(WrongLine::new(visit, product, taken, charged))
        };
        lines
            .map(|value| line(value).ok_or_else(|| Fault::new(value.to_string())))
            .collect()
    }
}
