//! Sets what was charged beside what was taken, for each (visit, product).

use std::collections::{BTreeMap, BTreeSet};

use amble_simulator::{Action, Mishap};

use super::{Prices, Problem, Sales, Score, WrongLine, mishaps::concerned};

/// A visit's product.
pub(super) type Line<'a> = (&'a str, &'a str);

/// How many pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pieces {
    taken: u64,
    charged: u64,
}

/// Truth and receipts side by side.
pub(super) struct Comparison<'a> {
    /// The visits that are over.
    pub(super) visits: BTreeSet<&'a str>,
    /// The visits that have receipts.
    billed: BTreeSet<&'a str>,
    lines: BTreeMap<Line<'a>, Pieces>,
    names: BTreeMap<&'a str, &'a str>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(problem: &Problem<'a>) -> Self {
        let mut lines: BTreeMap<Line<'a>, Pieces> = BTreeMap::new();
        for visit in problem.visits {
            for item in &visit.items {
                let pieces = lines.entry((&visit.visit, &item.product)).or_default();
                pieces.taken += u64::from(item.quantity);
            }
        }
        let mut names = BTreeMap::new();
        for receipt in problem.receipts {
            for line in &receipt.lines {
                let pieces = lines.entry((&receipt.visit, &line.product)).or_default();
                pieces.charged += u64::from(line.quantity);
                names.insert(line.product.as_str(), line.name.as_str());
            }
        }
        Self {
            visits: problem.visits.iter().map(|visit| &*visit.visit).collect(),
            billed: problem
                .receipts
                .iter()
                .map(|receipt| receipt.visit.as_str())
                .collect(),
            lines,
            names,
        }
    }

    /// Whether a line is right; one that nobody took and nobody was charged for is.
    pub(super) fn is_right(&self, line: Line<'_>) -> bool {
        self.lines
            .get(&line)
            .is_none_or(|pieces| pieces.taken == pieces.charged)
    }

    /// Visits with an exact receipt.
    pub(super) fn exact(&self) -> usize {
        let wrong: BTreeSet<&str> = self.wrong().map(|((visit, _), _)| visit).collect();
        self.visits
            .intersection(&self.billed)
            .filter(|visit| !wrong.contains(*visit))
            .count()
    }

    /// Visits without a receipt.
    pub(super) fn missing(&self) -> Vec<String> {
        self.visits
            .difference(&self.billed)
            .map(|&visit| visit.to_owned())
            .collect()
    }

    /// Visits that have a receipt, but are not known to be over.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.billed
            .difference(&self.visits)
            .map(|&visit| visit.to_owned())
            .collect()
    }

    pub(super) fn score(&self) -> Score {
        let mut score = Score::default();
        for pieces in self.lines.values() {
            score += Score {
                right: pieces.taken.min(pieces.charged),
                extra: pieces.charged.saturating_sub(pieces.taken),
                lacking: pieces.taken.saturating_sub(pieces.charged),
            };
        }
        score
    }

    /// What it is worth by these prices.
    pub(super) fn sales(&self, prices: &Prices) -> Sales {
        let mut sales = Sales {
            currency: prices.currency.clone(),
            ..Sales::default()
        };
        for (&(_, product), pieces) in &self.lines {
            sales.add_line(prices, product, pieces.taken, pieces.charged);
        }
        sales
    }

    /// How many lines exact receipts would have.
    pub(super) fn true_lines(&self) -> usize {
        self.lines
            .values()
            .filter(|pieces| pieces.taken > 0)
            .count()
    }

    fn wrong(&self) -> impl Iterator<Item = (Line<'a>, Pieces)> {
        let lines = self.lines.iter().map(|(&line, &pieces)| (line, pieces));
        lines.filter(|(_, pieces)| pieces.taken != pieces.charged)
    }

    /// What is extra or lacking, with the mishaps that it was in.
    pub(super) fn wrong_lines(&self, actions: &[Action]) -> Vec<WrongLine> {
        let mut mishaps: BTreeMap<Line<'_>, BTreeSet<Mishap>> = BTreeMap::new();
        for action in actions {
            for line in concerned(action) {
                mishaps.entry(line).or_default().insert(action.mishap);
            }
        }
        self.wrong()
            .map(|(line @ (visit, product), pieces)| WrongLine {
                visit: visit.to_owned(),
                product: product.to_owned(),
                name: self
                    .names
                    .get(product)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                taken: pieces.taken,
                charged: pieces.charged,
                mishaps: mishaps.get(&line).into_iter().flatten().copied().collect(),
            })
            .collect()
    }
}
