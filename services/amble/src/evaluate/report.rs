//! What comes of a comparison.

use std::collections::BTreeMap;

use amble_simulator::Mishap;
use amble_tracks::Tally;
use serde::Serialize;

use super::{Sales, Score, Settling, explain::Explained, score::part_of};

/// What comes of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Visits that are over.
    pub visits: usize,
    /// Receipts.
    pub receipts: usize,
    /// Visits with an exact receipt.
    pub exact: usize,
    /// Visits that are over and have no receipt.
    pub missing: Vec<String>,
    /// Visits that have a receipt and are not known to be over.
    pub unknown: Vec<String>,
    /// Pieces right, extra and lacking.
    pub score: Score,
    /// How many lines exact receipts would have.
    pub true_lines: usize,
    /// What is extra or lacking.
    pub wrong_lines: Vec<WrongLine>,
    /// Why; empty when that was not asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explained: Vec<Explained>,
    /// Weight changes that nobody was charged for because nobody could be with good reason.
    pub undecided: u32,
    /// Receipts with such.
    pub undecided_receipts: usize,
    /// Visits that a person is to look at; `None` when nobody knows.
    pub reviewed: Option<usize>,
    /// How each kind of mishap went.
    pub mishaps: BTreeMap<Mishap, MishapReport>,
    /// How long the receipts took.
    pub settling: Settling,
    /// What it is worth; `None` when prices are not known.
    pub sales: Option<Sales>,
    /// How people were tracked; `None` when it is not known where they were.
    pub tracking: Option<Tally>,
}

/// A product of a visit that is not charged as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrongLine {
    /// The visit.
    pub visit: String,
    /// The product's code.
    pub product: String,
    /// Its name, when any receipt knows it.
    pub name: String,
    /// Pieces that the visit left with.
    pub taken: u64,
    /// Pieces on its receipt.
    pub charged: u64,
    /// What the visit did with this product, as mishaps.
    pub mishaps: Vec<Mishap>,
}

/// How one kind of mishap went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MishapReport {
    /// Actions of visits that are over.
    pub actions: u64,
    /// Those whose product came out right in every visit that they concern.
    pub right: u64,
}

impl Report {
    /// The share of visits that a person is to look at; where that is not known, of those with anything open at
    /// the exit.
    #[must_use]
    pub fn reviews(&self) -> f64 {
        part_of(self.to_review() as u64, self.visits as u64)
    }

    /// How many visits that are.
    #[must_use]
    pub fn to_review(&self) -> usize {
        self.reviewed.unwrap_or(self.undecided_receipts)
    }

    /// All of these added up; where there are several, visits get their part's name before their
    /// own.
    #[must_use]
    pub fn sum(parts: Vec<(String, Self)>) -> Self {
        let several = parts.len() > 1;
        let mut total = Self::default();
        for (name, report) in parts {
            total.add(&if several {
                report.of_part(&name)
            } else {
                report
            });
        }
        total
    }

    fn add(&mut self, other: &Self) {
        self.visits += other.visits;
        self.receipts += other.receipts;
        self.exact += other.exact;
        self.missing.extend_from_slice(&other.missing);
        self.unknown.extend_from_slice(&other.unknown);
        self.score += other.score;
        self.true_lines += other.true_lines;
        self.wrong_lines.extend_from_slice(&other.wrong_lines);
        self.explained.extend_from_slice(&other.explained);
        self.undecided += other.undecided;
        self.undecided_receipts += other.undecided_receipts;
        if let Some(reviewed) = other.reviewed {
            *self.reviewed.get_or_insert_default() += reviewed;
        }
        for (mishap, report) in &other.mishaps {
            let sum = self.mishaps.entry(*mishap).or_default();
            sum.actions += report.actions;
            sum.right += report.right;
        }
        self.settling.add(&other.settling);
        if let Some(sales) = &other.sales {
            self.sales.get_or_insert_default().add(sales);
        }
        if let Some(tracking) = other.tracking {
            *self.tracking.get_or_insert_default() += tracking;
        }
    }

    fn of_part(mut self, part: &str) -> Self {
        let visits = self.missing.iter_mut().chain(&mut self.unknown);
        let explained = self.explained.iter_mut().map(|why| &mut why.line);
        let lines = self.wrong_lines.iter_mut().chain(explained);
        for visit in visits.chain(lines.map(|line| &mut line.visit)) {
            *visit = format!("{part}/{visit}");
        }
        self
    }
}
