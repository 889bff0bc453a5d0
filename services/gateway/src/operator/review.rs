//! What is asked about reviews, checked.

use amble_proto::v1::{AnswerReviewRequest, ListReviewsRequest, ReviewState};
use tonic::Status;

use super::page_size;
use crate::{
    errors::unfit,
    limits::{MAX_ID_BYTES, MAX_REVIEW_ID_BYTES},
    ports::{ReviewAnswer, ReviewQuery},
    shopper,
};

/// Products that an answer may name.
const MAX_LINES: usize = 64;
/// Bytes of what may be said about it.
const MAX_NOTE_BYTES: usize = 500;
/// Who answers where nobody shows a token: everybody is an operator there.
const SOMEBODY: &str = "operator";

pub(super) fn check_id(id: &str) -> Result<(), Status> {
    match id.len() {
        0 => Err(unfit("review_id", "it is empty")),
        n if n > MAX_REVIEW_ID_BYTES => Err(unfit(
            "review_id",
            format!("{n} bytes; a review's id has at most {MAX_REVIEW_ID_BYTES}"),
        )),
        _ => Ok(()),
    }
}

pub(super) fn query(request: ListReviewsRequest) -> Result<ReviewQuery, Status> {
    let answered = match ReviewState::try_from(request.state) {
        Ok(ReviewState::Unspecified | ReviewState::Open) => false,
        Ok(ReviewState::Answered) => true,
        Err(_) => {
            let why = format!("{} is no state of a review", request.state);
            return Err(unfit("state", why));
        }
    };
    if request.page_token.len() > MAX_REVIEW_ID_BYTES {
        return Err(unfit("page_token", "it is not one that was given out"));
    }
    Ok(ReviewQuery {
        answered,
        page_size: page_size(request.page_size),
        page_token: request.page_token,
    })
}

/// `subject`: whose token was shown.
pub(super) fn answer(
    request: AnswerReviewRequest,
    subject: Option<String>,
) -> Result<ReviewAnswer, Status> {
    check_id(&request.review_id)?;
    if request.lines.len() > MAX_LINES {
        let why = format!("{} products; name at most {MAX_LINES}", request.lines.len());
        return Err(unfit("lines", why));
    }
    for line in &request.lines {
        shopper::check_id("lines.product", &line.product)?;
    }
    if request.note.len() > MAX_NOTE_BYTES {
        let why = format!("{} bytes; at most {MAX_NOTE_BYTES}", request.note.len());
        return Err(unfit("note", why));
    }
    if request.by.len() > MAX_ID_BYTES {
        let why = format!("{} bytes; at most {MAX_ID_BYTES}", request.by.len());
        return Err(unfit("by", why));
    }
    let said = Some(request.by).filter(|by| !by.is_empty());
    Ok(ReviewAnswer {
        review_id: request.review_id,
        lines: request.lines,
        note: request.note,
        by: subject.or(said).unwrap_or_else(|| SOMEBODY.to_owned()),
    })
}
