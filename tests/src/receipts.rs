//! Receipts, reduced to what a customer would notice.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{Fault, Outcome};

/// What one visit bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How many of each product, by code.
    pub lines: BTreeMap<String, u64>,
    /// What it comes to, in the currency's minor unit.
    pub total_minor: i64,
}

/// Receipts by visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts(pub BTreeMap<String, Receipt>);

impl Receipts {
    /// Those that `replay` printed, one a line.
    ///
    /// # Errors
    /// When a line is no receipt, or a visit has two.
    pub fn from_lines(text: &str) -> Outcome<Self> {
        let mut all = Self::default();
        for line in text.lines() {
            all.add(line)?;
        }
        Ok(all)
    }

    /// Those in a folder; none when there is no such folder yet.
    ///
    /// # Errors
    /// When a file is no receipt, or a visit has two.
    pub fn from_folder(folder: &Path) -> Outcome<Self> {
        let mut all = Self::default();
        if !folder.is_dir() {
            return Ok(all);
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                all.add(&fs::read_to_string(&path)?)?;
            }
        }
        Ok(all)
    }

    /// The same, by the visits' numbers on their day instead of their ids, which say when the day
    /// began. Ids of simulated visits are `NUMBER-BEGIN-SEED`.
    #[must_use]
    pub fn by_number(self) -> Self {
        let number = |id: String| id.split('-').next().unwrap_or_default().to_owned();
        Self(
            self.0
                .into_iter()
                .map(|(id, receipt)| (number(id), receipt))
                .collect(),
        )
    }

    /// Where `self` differs from `other`, one visit a line; empty when they are the same.
    #[must_use]
    pub fn differences(&self, other: &Self) -> String {
        let mut visits: Vec<_> = self.0.keys().chain(other.0.keys()).collect();
        visits.sort();
        visits.dedup();
        visits
            .into_iter()
            .filter(|visit| self.0.get(*visit) != other.0.get(*visit))
            .map(|visit| {
                format!(
                    "{visit}: {:?}\n  against {:?}\n",
                    self.0.get(visit),
                    other.0.get(visit)
                )
            })
            .collect()
    }

    fn add(&mut self, text: &str) -> Outcome {
        let (visit, receipt) =
            parse(text).ok_or_else(|| Fault::new(format!("no receipt: {text}")))?;
        match self.0.insert(visit.clone(), receipt) {
            None => Ok(()),
            Some(_) => Err(Fault::new(format!("two receipts for visit {visit}"))),
        }
    }
}

fn parse(text: &str) -> Option<(String, Receipt)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let mut lines = BTreeMap::new();
    for line in value["lines"].as_array()? {
        *lines
            .entry(line["product"].as_str()?.to_owned())
            .or_default() += line["quantity"].as_u64()?;
    }
    let total_minor = value["total_minor"].as_i64()?;
    Some((
        value["visit"].as_str()?.to_owned(),
        Receipt { lines, total_minor },
    ))
}

/// How many visits a truth has.
///
/// # Errors
/// When it can't be read.
pub fn visits_in(truth: &Path) -> Outcome<usize> {
    let text = fs::read_to_string(truth)?;
    Ok(text
        .lines()
        .filter(|line| line.starts_with(r#"{"what":"visit""#))
        .count())
}
