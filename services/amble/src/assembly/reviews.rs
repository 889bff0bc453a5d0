//! Reviews and disputes in the protocol's words.

use amble_gateway::ports::{OperatorError, ReviewAnswer, ReviewPage, ReviewQuery, ShopperError};
use amble_ledger::StoredCorrection;
use amble_proto::v1::{self, DisputeState, ReviewReason};
use amble_store::{
    Shop,
    review::{Answer, Dispute, Evidence, Explained, ReviewError, Reviewed, Units, VerdictBody},
};

/// Some reviews, with the names of their evidence only.
pub async fn list(shop: &Shop, query: ReviewQuery) -> Result<ReviewPage, OperatorError> {
    let after = Some(query.page_token.as_str()).filter(|token| !token.is_empty());
    let wanted = query.page_size;
    // One more than wanted says whether there are more.
    let mut found = shop
        .reviews(query.answered, after, wanted.saturating_add(1))
        .await
        .map_err(operators)?;
    let more = found.len() > wanted as usize;
    found.truncate(wanted as usize);
    let last = found.last().filter(|_| more);
    Ok(ReviewPage {
        next_page_token: last.map(|review| review.id.clone()).unwrap_or_default(),
        reviews: found.into_iter().map(|review| told(review, None)).collect(),
    })
}

/// One review with its evidence.
pub async fn one(shop: &Shop, id: &str) -> Result<v1::Review, OperatorError> {
    let found = shop.review(id).await.map_err(operators)?;
    let none = || operators(ReviewError::NoSuchReview(id.to_owned()));
    let (review, known, own) = found.ok_or_else(none)?;
    let mut review = told(review, own.as_ref());
    review.evidence = known.into_iter().map(evidence).collect();
    Ok(review)
}

/// Answers a review.
pub async fn answer(shop: &Shop, answer: ReviewAnswer) -> Result<v1::Review, OperatorError> {
    let id = answer.review_id.clone();
    let lines = answer.lines.into_iter().map(|line| Units {
        product: line.product,
        quantity: line.quantity,
    });
    let said = Answer {
        review: answer.review_id,
        by: answer.by,
        verdict: VerdictBody {
            lines: lines.collect(),
            note: answer.note,
        },
    };
    shop.answer(said).await.map_err(operators)?;
    one(shop, &id).await
}

/// Opens a dispute, or says how it stands.
pub async fn dispute(shop: &Shop, visit: &str, product: &str) -> Result<v1::Dispute, ShopperError> {
    let asked = Dispute {
        visit: visit.to_owned(),
        product: product.to_owned(),
    };
    let review = shop.dispute(asked).await.map_err(shoppers)?;
    Ok(standing(&review).unwrap_or_default())
}

/// How the disputes of a visit stand.
pub async fn disputes(shop: &Shop, visit: &str) -> Result<Vec<v1::Dispute>, ShopperError> {
    let reviews = shop.disputes(visit).await.map_err(shoppers)?;
    Ok(reviews.iter().filter_map(standing).collect())
}

/// A correction.
pub fn correction(stored: &StoredCorrection) -> v1::Correction {
    v1::Correction {
        correction_id: stored.id.clone(),
        total: Some(v1::Money {
            currency: stored.currency.clone(),
            minor: stored.total_minor,
        }),
        decided_us: stored.decided_us,
    }
}

/// A dispute, as its shopper sees it.
fn standing(review: &Reviewed) -> Option<v1::Dispute> {
    let product = review.disputed()?;
    let of = |units: &[Units]| {
        let own = units.iter().find(|units| units.product == product);
        own.map(|units| units.quantity)
    };
    let charged = of(review.body.charged()).unwrap_or(0);
    // What an answer does not name was charged rightly.
    let right = review
        .verdict
        .as_ref()
        .map(|verdict| of(&verdict.body.lines).unwrap_or(charged));
    let state = match right {
        None => DisputeState::Open,
        Some(right) if right < charged => DisputeState::Upheld,
        Some(_) => DisputeState::Rejected,
    };
    Some(v1::Dispute {
        product: product.to_owned(),
        state: state.into(),
        charged,
        right,
    })
}

fn told(review: Reviewed, own: Option<&StoredCorrection>) -> v1::Review {
    let reason = match review.why.as_str() {
        amble_store::review::DOUBT => ReviewReason::Doubt,
        amble_store::review::DISPUTE => ReviewReason::Dispute,
        _ => ReviewReason::Unspecified,
    };
    let hypotheses = review.body.hypotheses.into_iter();
    let names = review.body.interactions.into_iter();
    v1::Review {
        review_id: review.id,
        receipt_id: review.receipt,
        visit_id: review.visit,
        opened_us: review.opened_us,
        reason: reason.into(),
        hypotheses: hypotheses
            .map(|possible| v1::Hypothesis {
                units: units(possible.units),
                probability: possible.probability,
                charged: possible.charged,
            })
            .collect(),
        expected_cost: review.body.cost.unwrap_or_default(),
        evidence: names
            .map(|interaction_id| v1::Evidence {
                interaction_id,
                ..v1::Evidence::default()
            })
            .collect(),
        verdict: review.verdict.map(|verdict| v1::ReviewVerdict {
            by: verdict.by,
            decided_us: verdict.decided_us,
            lines: units(verdict.body.lines),
            note: verdict.body.note,
            correction: own.map(correction),
        }),
    }
}

fn units(units: Vec<Units>) -> Vec<v1::ProductUnits> {
    let units = units.into_iter().map(|units| v1::ProductUnits {
        product: units.product,
        quantity: units.quantity,
    });
    units.collect()
}

/// What is known of one interaction.
pub fn evidence(known: Evidence) -> v1::Evidence {
    let (started, ended) = known.moved.map_or((0, 0), |(start, end)| (start.0, end.0));
    let plates = known.plates.into_iter();
    v1::Evidence {
        interaction_id: known.interaction,
        shelf_id: known.shelf,
        started_us: started,
        ended_us: ended,
        plates: plates
            .map(|(plate_id, delta_g)| v1::PlateStep { plate_id, delta_g })
            .collect(),
        suspects: known.suspects,
        explanations: known.explanations.into_iter().map(explanation).collect(),
    }
}

fn explanation(explained: Explained) -> v1::Explanation {
    let moves = explained.moves.into_iter();
    v1::Explanation {
        moves: moves
            .map(|(who, product, quantity)| v1::ExplainedMove {
                who,
                product,
                quantity,
            })
            .collect(),
        probability: explained.probability,
    }
}

fn operators(error: ReviewError) -> OperatorError {
    let why = error.to_string();
    match error {
        ReviewError::NoSuchVisit(id) => OperatorError::NotFound { what: "visit", id },
        ReviewError::NoSuchReview(id) => OperatorError::NotFound { what: "review", id },
        ReviewError::NoSuchLine { product: id } => OperatorError::NotFound { what: "line", id },
        ReviewError::NotSettled => OperatorError::Refused {
            reason: "NOT_SETTLED",
            why,
        },
        ReviewError::AlreadyAnswered { .. } => OperatorError::Refused {
            reason: "ALREADY_ANSWERED",
            why,
        },
        ReviewError::Unfit(why) => OperatorError::Unfit {
            field: "lines",
            why,
        },
        ReviewError::NotNow(why) => OperatorError::NotNow { why },
    }
}

fn shoppers(error: ReviewError) -> ShopperError {
    match error {
        ReviewError::NoSuchVisit(id) => ShopperError::NotFound { what: "visit", id },
        ReviewError::NoSuchLine { product: id } => ShopperError::NotFound { what: "line", id },
        ReviewError::NotNow(why) => ShopperError::NotNow { why },
        other => ShopperError::NotNow {
            why: other.to_string(),
        },
    }
}
