//! Whether the shop knows how sure it is: what it stated beside what came true.
//!
//! 1. What is judged is a line: one product of one visit that the shop said anything about. It is
//!    right when the receipt charges as many pieces as were taken.
//! 2. The probability stated for a line is that of its number of pieces, from the decisions that may
//!    have moved any, as they were said last, and their alternatives: what is put back may come to the same as what
//!    was never taken. Interactions count as if they were independent of one another.
//! 3. The calibration error is the mean over [`EDGES`]' classes of the distance between what was
//!    stated and what came true, weighed by the lines in each (expected calibration error). The Brier
//!    score is the mean square of the distance for each single line.

use std::collections::BTreeMap;

use amble_checkout::ReceiptDocument;
use amble_engine::{attribution::Decision, evidence::PartyId, layout::ProductIx};
use amble_simulator::Truth;
use amble_store::{review::totals, visit_party};
use serde::Serialize;

/// Lower edges of the classes of stated probability.
const EDGES: [f64; 10] = [0.0, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999];
/// Lines stated below this are also judged alone.
const DOUBTFUL: f64 = 0.99;

/// One line: what was stated, and whether it came true.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    probability: f64,
    right: bool,
}

/// How well stated probabilities fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Lines.
    pub lines: usize,
    /// Share of wrong lines that was to be expected.
    pub expected_error: f64,
    /// Share of lines that were wrong.
    pub observed_error: f64,
    /// Expected calibration error.
    pub calibration_error: f64,
    /// Mean square distance.
    pub brier: f64,
    /// The classes that have lines.
    pub classes: Vec<Class>,
    /// The same of the lines stated below 0.99 alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubtful: Option<Box<Self>>,
}

/// The lines whose stated probability lies between two edges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Class {
    /// The lower edge.
    pub from: f64,
    /// Lines.
    pub lines: usize,
    /// Mean probability that was stated.
    pub stated: f64,
    /// Share that was right.
    pub right: f64,
}

/// The lines of the visits that are over. `decisions` are those that were said last, one for each
/// interaction; `products` are the plan's codes.
#[must_use]
pub fn stated(
    decisions: &[Decision],
    products: &[String],
    truth: &Truth,
    receipts: &[ReceiptDocument],
) -> Vec<Stated> {
    let visits: BTreeMap<_, &str> = truth
        .visits
        .iter()
        .map(|visit| (visit_party(&visit.visit), &*visit.visit))
        .collect();
    let mut lines: BTreeMap<(&str, &str), (PartyId, ProductIx)> = BTreeMap::new();
    for said in decisions.iter().flat_map(|decision| &decision.moves) {
        if let (Some(visit), Some(code)) =
            (visits.get(&said.party), products.get(said.product.at()))
        {
            lines.insert((visit, code), (said.party, said.product));
        }
    }
    let stated = |(party, product), pieces: u32| -> f64 {
        let mut totals = totals(decisions.iter(), party, product).into_iter();
        let charged = totals.find(|total| total.0 == i64::from(pieces));
        charged.map_or(0.0, |total| total.1.min(1.0))
    };
    let taken = |visit: &str, code: &str| -> u32 {
        let visit = truth.visits.iter().filter(|v| &*v.visit == visit);
        let items = visit.flat_map(|v| &v.items).filter(|i| i.product == code);
        items.map(|item| item.quantity).sum()
    };
    let charged = |visit: &str, code: &str| -> u32 {
        let receipts = receipts.iter().filter(|r| r.visit == visit);
        let lines = receipts
            .flat_map(|r| &r.lines)
            .filter(|l| l.product == code);
        lines.map(|line| line.quantity).sum()
    };
    lines
        .into_iter()
        .map(|((visit, code), line)| Stated {
            probability: stated(line, charged(visit, code)),
            right: taken(visit, code) == charged(visit, code),
        })
        .collect()
}

impl Calibration {
    /// Judges lines, and the doubtful ones among them alone.
    #[must_use]
    pub fn of(lines: &[Stated]) -> Self {
        let doubtful: Vec<Stated> = lines
            .iter()
            .filter(|line| line.probability < DOUBTFUL)
            .copied()
            .collect();
        Self {
            doubtful: Some(Box::new(Self::plain(&doubtful))),
            ..Self::plain(lines)
        }
    }

    fn plain(lines: &[Stated]) -> Self {
        let mean = |of: &dyn Fn(&Stated) -> f64, lines: &[Stated]| {
            lines.iter().map(of).sum::<f64>() / lines.len().max(1) as f64
        };
        let truth = |line: &Stated| f64::from(u8::from(line.right));
        let class = |at: usize| {
            let upper = EDGES.get(at + 1).copied().unwrap_or(f64::INFINITY);
            let within: Vec<Stated> = lines
                .iter()
                .filter(|line| line.probability >= EDGES[at] && line.probability < upper)
                .copied()
                .collect();
            Class {
                from: EDGES[at],
                lines: within.len(),
                stated: mean(&|line| line.probability, &within),
                right: mean(&truth, &within),
            }
        };
        let classes: Vec<Class> = (0..EDGES.len())
            .map(class)
            .filter(|class| class.lines > 0)
            .collect();
        let off: f64 = classes
            .iter()
            .map(|class| class.lines as f64 * (class.stated - class.right).abs())
            .sum();
        Self {
            lines: lines.len(),
            expected_error: mean(&|line| 1.0 - line.probability, lines),
            observed_error: mean(&|line| 1.0 - truth(line), lines),
            calibration_error: off / lines.len().max(1) as f64,
            brier: mean(&|line| (line.probability - truth(line)).powi(2), lines),
            classes,
            doubtful: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stated: &[(f64, bool)]) -> Vec<Stated> {
        let line = |&(probability, right): &(f64, bool)| Stated { probability, right };
        stated.iter().map(line).collect()
    }

    #[test]
    fn who_states_what_comes_true_has_no_calibration_error() {
        let mut all = vec![(0.75, true); 3];
        all.push((0.75, false));
        all.extend([(1.0, true); 4]);
        let calibration = Calibration::of(&lines(&all));
        assert!(calibration.calibration_error.abs() < 1e-12);
        assert!((calibration.expected_error - 0.125).abs() < 1e-12);
        assert!((calibration.observed_error - 0.125).abs() < 1e-12);
        let doubtful = calibration.doubtful.unwrap();
        assert_eq!(doubtful.lines, 4);
        assert!((doubtful.brier - 0.1875).abs() < 1e-12);
    }

    #[test]
    fn who_is_sure_and_wrong_is_found_out() {
        let calibration = Calibration::of(&lines(&[(1.0, false), (1.0, true)]));
        assert!((calibration.calibration_error - 0.5).abs() < 1e-12);
        assert!((calibration.brier - 0.5).abs() < 1e-12);
    }
}
