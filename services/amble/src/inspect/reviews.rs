//! `amble reviews`.

use std::{
    process::ExitCode,
    time::{Duration, UNIX_EPOCH},
};

use amble_checkout::currency;
use amble_proto::v1::{
    AnswerReviewRequest, GetReviewRequest, Hypothesis, ListReviewsRequest, ListReviewsResponse,
    ProductUnits, Review, ReviewState, operator_service_client::OperatorServiceClient,
};

use super::{client::refused, message, words};
use crate::{
    args::{AnswerReviewArgs, ListReviewsArgs, ReviewsArgs, ReviewsCommand},
    client::Shop,
    failure::Failure,
    output::{print, print_json},
    table::{Align, Table},
};

type Client = OperatorServiceClient<Shop>;

/// Reviews of a page.
const PAGE: u32 = 1_000;

/// Lists reviews, shows one, or answers it.
///
/// # Errors
/// When no shop answers, or it can't do what it is asked.
pub async fn reviews(args: &ReviewsArgs) -> Result<ExitCode, Failure> {
    let mut client = Client::new(args.shop.connect().await?);
    let json = args.form.json;
    match &args.command {
        None => list(&mut client, ListReviewsArgs::default(), json).await?,
        Some(ReviewsCommand::List(wanted)) => list(&mut client, *wanted, json).await?,
        Some(ReviewsCommand::Show(wanted)) => {
            let review_id = wanted.review.clone();
            let found = client.get_review(GetReviewRequest { review_id }).await;
            let found = found.map_err(|status| refused(&status))?.into_inner();
            show(&found.review.unwrap_or_default(), json)?;
        }
        Some(ReviewsCommand::Answer(given)) => {
            let answered = client.answer_review(answer(given)).await;
            let answered = answered.map_err(|status| refused(&status))?.into_inner();
            let review = answered.review.unwrap_or_default();
            if json {
                show(&review, json)?;
            } else {
                print(&said(&review))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &mut Client, wanted: ListReviewsArgs, json: bool) -> Result<(), Failure> {
    let state = if wanted.answered {
        ReviewState::Answered
    } else {
        ReviewState::Open
    };
    let mut request = ListReviewsRequest {
        state: state.into(),
        page_size: PAGE,
        page_token: String::new(),
    };
    let mut all = ListReviewsResponse::default();
    loop {
        let page = client.list_reviews(request.clone()).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        all.reviews.extend(page.reviews);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    if json {
        return print_json(&message::json("ListReviewsResponse", &all)?);
    }
    print(&text(&all))
}

fn show(review: &Review, json: bool) -> Result<(), Failure> {
    if json {
        print_json(&message::json("Review", review)?)
    } else {
        print(&message::text("Review", review)?)
    }
}

fn answer(given: &AnswerReviewArgs) -> AnswerReviewRequest {
    let lines = given.right.iter().map(|right| ProductUnits {
        product: right.product.clone(),
        quantity: right.quantity,
    });
    AnswerReviewRequest {
        review_id: given.review.clone(),
        lines: lines.collect(),
        note: given.note.clone(),
        by: given.by.clone(),
    }
}

/// What came of an answer.
fn said(review: &Review) -> String {
    let verdict = review.verdict.clone().unwrap_or_default();
    let (id, by) = (&review.review_id, &verdict.by);
    let total = verdict.correction.and_then(|correction| correction.total);
    match total {
        Some(total) if total.minor < 0 => {
            let back = currency::amount(total.minor.saturating_neg(), &total.currency);
            let code = &total.currency;
            format!("{id} is answered by {by}: {back} {code} are given back\n")
        }
        Some(_) => format!("{id} is answered by {by}: the receipt is corrected\n"),
        None => format!("{id} is answered by {by}: nothing is corrected\n"),
    }
}

fn text(listed: &ListReviewsResponse) -> String {
    let mut table = Table::new(&[
        ("opened", Align::Left),
        ("why", Align::Left),
        ("charged", Align::Left),
        ("likeliest", Align::Left),
        ("answered by", Align::Left),
        ("review", Align::Left),
    ]);
    for review in &listed.reviews {
        let charged = review.hypotheses.iter().find(|h| h.charged);
        let by = review.verdict.as_ref().map(|verdict| verdict.by.as_str());
        table.row([
            time(review.opened_us),
            words::state(review.reason().as_str_name(), "REVIEW_REASON_"),
            charged.map(hypothesis).unwrap_or_default(),
            review
                .hypotheses
                .first()
                .map(hypothesis)
                .unwrap_or_default(),
            by.unwrap_or(words::NOTHING).to_owned(),
            review.review_id.clone(),
        ]);
    }
    table.to_string()
}

/// As `2 × 4006381333931 (87 %)`.
fn hypothesis(hypothesis: &Hypothesis) -> String {
    let units = hypothesis.units.iter();
    let units: Vec<_> = units
        .map(|units| format!("{} × {}", units.quantity, units.product))
        .collect();
    let percent = hypothesis.probability * 100.0;
    format!("{} ({percent:.0} %)", units.join(", "))
}

fn time(us: i64) -> String {
    let at = UNIX_EPOCH + Duration::from_micros(us.unsigned_abs());
    humantime::format_rfc3339_seconds(at).to_string()
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::{Correction, Money, ReviewReason, ReviewVerdict};

    use super::*;

    fn review() -> Review {
        let tea = |quantity, probability, charged| Hypothesis {
            units: vec![ProductUnits {
                product: "tea".to_owned(),
                quantity,
            }],
            probability,
            charged,
        };
        Review {
            review_id: "r/dispute/tea".to_owned(),
            opened_us: 1_767_225_600_000_000,
            reason: ReviewReason::Dispute.into(),
            hypotheses: vec![tea(0, 0.625, false), tea(1, 0.375, true)],
            ..Review::default()
        }
    }

    #[test]
    fn a_list_says_what_is_charged_and_what_is_likeliest() {
        let listed = ListReviewsResponse {
            reviews: vec![review()],
            next_page_token: String::new(),
        };
        let text = text(&listed);
        for told in [
            "2026-01-01T00:00:00Z",
            "dispute",
            "1 × tea (38 %)",
            "0 × tea (62 %)",
        ] {
            assert!(text.contains(told), "{text}");
        }
    }

    #[test]
    fn an_answer_says_what_is_given_back() {
        let correction = Correction {
            total: Some(Money {
                currency: "EUR".to_owned(),
                minor: -349,
            }),
            ..Correction::default()
        };
        let mut answered = review();
        answered.verdict = Some(ReviewVerdict {
            by: "anna".to_owned(),
            correction: Some(correction),
            ..ReviewVerdict::default()
        });
        assert_eq!(
            said(&answered),
            "r/dispute/tea is answered by anna: 3.49 EUR are given back\n"
        );
    }
}
