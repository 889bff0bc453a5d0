//! Compares receipts with what really happened: a [`Problem`] in, a [`Report`] out.
//!
//! 1. What is counted is one piece of one product in one visit. Of each (visit, product), as many
//!    pieces are right as receipt and truth have both; what the receipt has beyond is extra, what
//!    the truth has beyond is lacking.
//! 2. Every visit that is over counts, with or without a receipt, and every receipt counts, whether
//!    or not its visit is known. Several receipts of one visit count together.
//! 3. A receipt is exact when nothing in it is extra or lacking; so may be one without lines.
//! 4. Precision is right of charged, recall right of taken, F1 their harmonic mean; each is 1 when
//!    there was nothing to get wrong.
//! 5. An action went right when its product is right in every visit that it concerns. Actions of
//!    visits that are not over are not judged.
//! 6. The order of actions, visits and receipts changes nothing.

mod ablation;
mod baseline;
mod calibration;
mod catalogue;
mod catalogue_text;
mod compare;
pub mod explain;
mod goals;
pub mod hardware;
mod mishaps;
mod page;
mod plot;
mod read;
mod report;
mod sales;
mod score;
mod series;
mod settling;
pub mod solver;
mod text;
pub mod tracks;

use amble_checkout::ReceiptDocument;
use amble_simulator::{Action, Visit};

pub use ablation::{Ablation, Row, Without, ablation_text, ablations};
pub use baseline::{Run, Versus};
pub use calibration::{Calibration, stated};
pub use catalogue::{Catalogue, Played, Senses};
pub use catalogue_text::catalogue_text;
pub use goals::{Goal, goals};
pub use page::{ablation_page, catalogue_page, curve_page, series_page};
pub use read::{receipts, truth};
pub use report::{MishapReport, Report, WrongLine};
pub use sales::{Prices, Sales};
pub use score::Score;
pub use series::Series;
pub use settling::Settling;
pub use text::{report_text, series_text, versus_text};

use self::compare::Comparison;

/// What is to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// What was done with goods.
    pub actions: &'a [Action],
    /// The visits that are over, and what they left with.
    pub visits: &'a [Visit],
    /// What the shop made of it.
    pub receipts: &'a [ReceiptDocument],
    /// What goods cost, if that is known.
    pub prices: Option<&'a Prices>,
}

/// Compares.
#[must_use]
pub fn evaluate(problem: &Problem<'_>) -> Report {
    let comparison = Comparison::new(problem);
    Report {
        visits: comparison.visits.len(),
        receipts: problem.receipts.len(),
        exact: comparison.exact(),
        missing: comparison.missing(),
        unknown: comparison.unknown(),
        score: comparison.score(),
        true_lines: comparison.true_lines(),
        wrong_lines: comparison.wrong_lines(problem.actions),
        explained: Vec::new(),
        undecided: problem
            .receipts
            .iter()
            .map(|receipt| receipt.undecided)
            .sum(),
        undecided_receipts: problem.receipts.iter().filter(|r| r.undecided > 0).count(),
        reviewed: None,
        mishaps: mishaps::judge(&comparison, problem.actions),
        settling: Settling::of(
            problem
                .receipts
                .iter()
                .map(|receipt| receipt.settled_us - receipt.left_us),
        ),
        sales: problem.prices.map(|prices| comparison.sales(prices)),
        tracking: None,
    }
}

#[cfg(test)]
mod tests;
