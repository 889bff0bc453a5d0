//! From what the engine wants a person to look at to the ledger's entries.

use amble_engine::{
    attribution::{Hypothesis, InteractionId, Review},
    layout::ProductIx,
};
use amble_ledger::Entry;

use super::body::{Possible, ReviewBody, Units, json};
use crate::names::{DOUBT, doubt_id, receipt_id};

/// The entries that open the reviews of a visit, with its receipt.
pub(crate) fn entries(
    reviews: &[Review],
    visit: &str,
    opened_us: i64,
    product: impl Fn(ProductIx) -> String,
    name: impl Fn(InteractionId) -> Option<String>,
) -> Vec<Entry> {
    let receipt = receipt_id(visit);
    let possible = |hypothesis: &Hypothesis| Possible {
        units: hypothesis
            .units
            .iter()
            .map(|&(ix, quantity)| Units {
                product: product(ix),
                quantity,
            })
            .collect(),
        probability: hypothesis.probability,
        charged: hypothesis.charged,
    };
    let entry = |(number, review): (u32, &Review)| {
        let body = ReviewBody {
            hypotheses: review.hypotheses.iter().map(possible).collect(),
            interactions: review
                .interactions
                .iter()
                .filter_map(|&id| name(id))
                .collect(),
            cost: Some(review.cost),
        };
        Entry::Review {
            id: doubt_id(&receipt, number),
            receipt: receipt.clone(),
            visit: visit.to_owned(),
            opened_us,
            why: DOUBT.to_owned(),
            body: json(&body),
        }
    };
    (1..).zip(reviews).map(entry).collect()
}
