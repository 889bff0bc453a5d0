//! Reviews, their evidence and their answers.

use amble_proto::v1;
use serde::{Deserialize, Serialize};

use super::super::super::form::Money;

/// What is known of one interaction.
#[derive(Debug, Serialize)]
pub(super) struct Evidence<'a> {
    interaction: &'a str,
    shelf: &'a str,
    started_us: i64,
    ended_us: i64,
    plates: Vec<Plate<'a>>,
    suspects: &'a [String],
    explanations: Vec<Explanation<'a>>,
}

#[derive(Debug, Serialize)]
struct Plate<'a> {
    plate: &'a str,
    delta_g: f64,
}

#[derive(Debug, Serialize)]
struct Explanation<'a> {
    moves: Vec<Move<'a>>,
    probability: f64,
}

#[derive(Debug, Serialize)]
struct Move<'a> {
    who: &'a str,
    product: &'a str,
    quantity: i32,
}

impl<'a> From<&'a v1::Evidence> for Evidence<'a> {
    fn from(evidence: &'a v1::Evidence) -> Self {
        let plates = evidence.plates.iter().map(|plate| Plate {
            plate: &plate.plate_id,
            delta_g: plate.delta_g,
        });
        let explanations = evidence.explanations.iter();
        Self {
            interaction: &evidence.interaction_id,
            shelf: &evidence.shelf_id,
            started_us: evidence.started_us,
            ended_us: evidence.ended_us,
            plates: plates.collect(),
            suspects: &evidence.suspects,
            explanations: explanations.map(Explanation::from).collect(),
        }
    }
}

impl<'a> From<&'a v1::Explanation> for Explanation<'a> {
    fn from(explanation: &'a v1::Explanation) -> Self {
        let moves = explanation.moves.iter().map(|moved| Move {
            who: &moved.who,
            product: &moved.product,
            quantity: moved.quantity,
        });
        Self {
            moves: moves.collect(),
            probability: explanation.probability,
        }
    }
}

#[derive(Debug, Serialize)]
struct Units<'a> {
    product: &'a str,
    quantity: u32,
}

fn units(units: &[v1::ProductUnits]) -> Vec<Units<'_>> {
    let units = units.iter().map(|units| Units {
        product: &units.product,
        quantity: units.quantity,
    });
    units.collect()
}

#[derive(Debug, Serialize)]
struct Hypothesis<'a> {
    units: Vec<Units<'a>>,
    probability: f64,
    charged: bool,
}

#[derive(Debug, Serialize)]
struct Verdict<'a> {
    by: &'a str,
    decided_us: i64,
    lines: Vec<Units<'a>>,
    note: &'a str,
    given_back: Option<Money<'a>>,
}

/// A review.
#[derive(Debug, Serialize)]
pub(in super::super) struct Review<'a> {
    review: &'a str,
    receipt: &'a str,
    visit: &'a str,
    opened_us: i64,
    why: &'static str,
    hypotheses: Vec<Hypothesis<'a>>,
    expected_cost: f64,
    evidence: Vec<Evidence<'a>>,
    verdict: Option<Verdict<'a>>,
}

impl<'a> From<&'a v1::Review> for Review<'a> {
    fn from(review: &'a v1::Review) -> Self {
        let hypotheses = review.hypotheses.iter().map(|possible| Hypothesis {
            units: units(&possible.units),
            probability: possible.probability,
            charged: possible.charged,
        });
        Self {
            review: &review.review_id,
            receipt: &review.receipt_id,
            visit: &review.visit_id,
            opened_us: review.opened_us,
            why: match review.reason() {
                v1::ReviewReason::Dispute => "dispute",
                v1::ReviewReason::Doubt | v1::ReviewReason::Unspecified => "doubt",
            },
            hypotheses: hypotheses.collect(),
            expected_cost: review.expected_cost,
            evidence: review.evidence.iter().map(Evidence::from).collect(),
            verdict: review.verdict.as_ref().map(|verdict| Verdict {
                by: &verdict.by,
                decided_us: verdict.decided_us,
                lines: units(&verdict.lines),
                note: &verdict.note,
                given_back: verdict
                    .correction
                    .as_ref()
                    .and_then(|correction| correction.total.as_ref().map(Money::from)),
            }),
        }
    }
}

/// Reviews, with the names of their evidence only.
#[derive(Debug, Serialize)]
pub(in super::super) struct Reviews<'a> {
    reviews: Vec<Review<'a>>,
    next: &'a str,
}

impl<'a> From<&'a v1::ListReviewsResponse> for Reviews<'a> {
    fn from(page: &'a v1::ListReviewsResponse) -> Self {
        Self {
            reviews: page.reviews.iter().map(Review::from).collect(),
            next: &page.next_page_token,
        }
    }
}

/// What somebody says of a review.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Answer {
    review: String,
    lines: Vec<Line>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    product: String,
    quantity: u32,
}

impl From<Answer> for v1::AnswerReviewRequest {
    fn from(answer: Answer) -> Self {
        let lines = answer.lines.into_iter().map(|line| v1::ProductUnits {
            product: line.product,
            quantity: line.quantity,
        });
        Self {
            review_id: answer.review,
            lines: lines.collect(),
            note: answer.note,
            // The token says who; where nobody shows one, nobody is asked.
            by: String::new(),
        }
    }
}
