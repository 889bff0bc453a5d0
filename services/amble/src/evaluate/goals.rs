//! What a shop that nobody watches must keep, beside what it kept.
//!
//! What was open at the exit counts as what was then charged.

use amble_checkout::currency::amount;
use serde::Serialize;

use super::Report;

/// Visits that need a review.
const REVIEWS: f64 = 0.005;
/// Goods given away, of sales.
const GIVEN_AWAY: f64 = 0.003;
/// Overcharges, of sales.
const OVERCHARGED: f64 = 0.0005;

/// A share that must not be exceeded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// Of what.
    pub what: &'static str,
    /// What came of it.
    pub found: f64,
    /// What is wanted.
    pub at_most: f64,
    /// Whether that is kept.
    pub kept: bool,
    /// Of which numbers it is the share.
    pub out_of: String,
}

impl Goal {
    fn new(what: &'static str, found: f64, at_most: f64, out_of: String) -> Self {
        Self {
            what,
            found,
            at_most,
            kept: found <= at_most,
            out_of,
        }
    }
}

/// The goals and what became of them; those in money only where prices are known.
#[must_use]
pub fn goals(report: &Report) -> Vec<Goal> {
    let (open, visits) = (report.to_review(), report.visits);
    let mut goals = vec![Goal::new(
        "visits to review",
        report.reviews(),
        REVIEWS,
        format!("{open} of {visits}"),
    )];
    if let Some(sales) = &report.sales {
        let money = |minor| amount(minor, &sales.currency);
        let of = |minor| {
            let (part, all) = (money(minor), money(sales.taken_minor));
            format!("{part} of {all} {}", sales.currency)
        };
        goals.push(Goal::new(
            "goods given away",
            sales.given_away(),
            GIVEN_AWAY,
            of(sales.given_away_minor),
        ));
        goals.push(Goal::new(
            "overcharges",
            sales.overcharged(),
            OVERCHARGED,
            of(sales.overcharged_minor),
        ));
    }
    goals
}
