//! Receipts to the last word, comparable between days that began at different times.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{Fault, Outcome};

/// Receipts as they were written, by the visit's number on its day. Times are counted from the first
/// entry of the day, and ids begin and end as they do but without the day's beginning in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents(pub BTreeMap<u64, String>);

impl Documents {
    /// Those in a folder, of the day whose truth this is.
    ///
    /// # Errors
    /// When one is damaged, or there are two of a visit.
    pub fn of_day(folder: &Path, truth: &Path) -> Outcome<Self> {
        let began = first_entry(truth)?;
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let text = fs::read_to_string(&path)?;
            let (number, document) = timeless(&text, began)
                .ok_or_else(|| Fault::new(format!("no receipt of a simulated day: {text}")))?;
            if all.insert(number, document).is_some() {
                return Err(Fault::new(format!("two receipts for visit {number}")));
            }
        }
        Ok(Self(all))
    }

    /// Where `self` differs from `other`, one visit a line; empty when they are the same.
    #[must_use]
    pub fn differences(&self, other: &Self) -> String {
        let visits = self.0.keys().chain(other.0.keys());
        let visits: std::collections::BTreeSet<_> = visits.collect();
        visits
            .into_iter()
            .filter(|visit| self.0.get(visit) != other.0.get(visit))
            .map(|visit| {
                let (own, other) = (self.0.get(visit), other.0.get(visit));
                format!("{visit}: {own:?}\n  against {other:?}\n")
            })
            .collect()
    }
}

/// When the first visit of a day was entered, in µs.
fn first_entry(truth: &Path) -> Outcome<i64> {
    let text = fs::read_to_string(truth)?;
    let visits = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    visits
        .filter_map(|line| line["entered_us"].as_i64())
        .min()
        .ok_or_else(|| Fault::new("the truth has no visit"))
}

/// Ids of simulated visits are `NUMBER-BEGIN-SEED`.
fn timeless(text: &str, began: i64) -> Option<(u64, String)> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    let visit = value["visit"].as_str()?.to_owned();
    let number = visit.split('-').next()?;
    for time in ["entered_us", "left_us", "settled_us"] {
        value[time] = (value[time].as_i64()? - began).into();
    }
    let document = value.to_string().replace(&visit, number);
    Some((number.parse().ok()?, document))
}
